"""manage.py seed: the demo shop with a year behind it, once; --large: one with a million orders."""

import signal
import time
from dataclasses import asdict
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo.large.building import build
from demo.large.foundation import prepare
from demo.large.keeping import BeingBuilt, keep
from demo.large.progress import Progress
from demo.large.size import Size
from demo.seed import seed


class Command(BaseCommand):
    help = "Fills an empty database with the demo shop; --large: builds a large one beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--large", action="store_true", help="20,000 products, 1,000,000 orders"
        )
        parser.add_argument("--scale", type=float, default=1.0, help="of --large: 0.01 is 1 %%")

    def handle(self, *args: Any, large: bool, scale: float, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's staff have derivable passwords: set DEMO=1 to seed.")
        if large:
            self._keep_large(Size(scale))
        else:
            self._seed()

    def _seed(self) -> None:
        began = time.monotonic()
        made = seed()
        seconds = time.monotonic() - began
        if made is None:
            self.stdout.write(
                "演示数据：店里已有商品，什么也没有改 / seeded before, nothing changed"
            )
            return
        self.stdout.write(
            f"演示数据：{made.products} 个商品、{made.staff} 名员工、{made.customers} 位顾客、"
            f"{made.orders} 张订单，{made.acts} 步，用时 {seconds:.1f} 秒"
        )

    def _keep_large(self, size: Size) -> None:
        began = time.monotonic()
        signal.signal(signal.SIGTERM, _stop)  # as Ctrl-C: what is half is taken away
        try:
            kept = keep(size, partial(self._fill, size))
        except BeingBuilt as error:
            raise CommandError(f"{error}：等它建好或结束再来 / wait for it, or end it") from error
        self.stdout.write(
            f"大数据集 {kept.name}：{kept.made['products']:,} 个商品、"
            f"{kept.made['customers']:,} 位顾客、{kept.made['orders']:,} 张订单，"
            f"占磁盘 {kept.size_mb:,} MB，"
            + (f"用时 {time.monotonic() - began:.0f} 秒" if kept.is_new else "先前已建好")
        )
        self.stdout.write(f"DATABASE_URL={kept.url}")

    def _fill(self, size: Size) -> dict[str, int]:
        prepare()
        return asdict(build(size, Progress(self.stdout.write)))


def _stop(signum: int, frame: object) -> None:
    raise KeyboardInterrupt
