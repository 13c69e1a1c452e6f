"""manage.py relay: carries deliveries, fires timers, runs the clock's jobs and seals the logs.

Any number may run.
"""

import signal
import threading
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import Error, connection

from shop.events.relay import Relay
from shop.events.tasks import ring as ring_for_delivery
from shop.records.sealer import Sealer
from shop.timing.planner import Planner
from shop.timing.sweeper import sweep_timers
from shop.timing.tasks import ring as ring_for_slot

log = structlog.get_logger(__name__)
POLL_SECONDS = 0.3
AWAY_SECONDS = 1.0


class Command(BaseCommand):
    help = "Carries events to their reactions, fires what is due, runs the clock's jobs, seals."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        relay, planner = Relay(ring_for_delivery), Planner(ring_for_slot)
        sealer = Sealer()
        while not stop.is_set():
            stop.wait(self.sweep(relay, planner, sealer))
        relay.close()
        planner.close()

    def sweep(self, relay: Relay, planner: Planner, sealer: Sealer) -> float:
        """One round; how long to rest after it. PostgreSQL away is no reason to end."""
        try:
            is_busy = relay.sweep() + sweep_timers() + planner.sweep() > 0
            return 0 if sealer.seal_when_due() or is_busy else POLL_SECONDS
        except Error as error:
            log.warning("database_away", error=str(error).strip())
            connection.close()
            return AWAY_SECONDS
