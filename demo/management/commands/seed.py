"""manage.py seed: the demo shop with fourteen days behind it, once."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo.seed import seed


class Command(BaseCommand):
    help = "Fills an empty database with the demo shop."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's staff have derivable passwords: set DEMO=1 to seed.")
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
