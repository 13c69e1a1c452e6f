"""manage.py shop_along: customers who keep ordering over HTTP, so that the desks have work."""

import signal
import threading
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo.simulate.promenade import Promenade
from shop.clock import SHANGHAI, now
from shop.vendors.wechat.simulator.remote import Remote

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Command(BaseCommand):
    help = "Simulated customers browse, order and pay, one every 20 to 40 seconds, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO or urlsplit(settings.WECHAT.url).hostname not in LOOPBACK:
            raise CommandError("Only the demo with its own WeChat simulator has such customers.")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        Promenade(settings.PUBLIC_URL, Remote(settings.WECHAT.url), self.say).walk(stop)

    def say(self, line: str) -> None:
        self.stdout.write(f"{now().astimezone(SHANGHAI):%H:%M:%S} {line}")
