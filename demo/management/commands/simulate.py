"""manage.py simulate: many customers over HTTP, at a rate, for a while; fails on what is odd."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo.management.commands.shop_along import LOOPBACK
from demo.simulate.crowd import Crowd
from shop.vendors.wechat.simulator.remote import Remote

MOST_RATE = 200.0  # visits a second


class Command(BaseCommand):
    help = "Customers browse, buy, pay through the simulator of WeChat Pay and ask for money back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=20)
        parser.add_argument("--rate", type=float, default=1.0, help="visits a second, all together")
        parser.add_argument("--seconds", type=float, default=60.0)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if urlsplit(settings.WECHAT.url).hostname not in LOOPBACK:
            raise CommandError("Simulated customers pay at our own simulator of WeChat alone.")
        if not 0 < options["rate"] <= MOST_RATE or options["customers"] < 1:
            raise CommandError(f"The rate lies above 0 and is at most {MOST_RATE:g}.")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        wechat = Remote(settings.WECHAT.url)
        size, rate, seed = options["customers"], options["rate"], options["seed"]
        crowd = Crowd(settings.PUBLIC_URL, wechat, size, rate, seed)
        tally = crowd.shop_for(options["seconds"], self.stdout.write, stop)
        self.stdout.write("\n".join([tally.line(), *tally.summary()]))
        if tally.errors:
            raise CommandError("有无法解释的错误 / errors that nobody can explain")
