"""manage.py relay: carries deliveries, fires timers, plans the clock's jobs, seals the logs.

Any number may run.
"""

import signal
import threading
from dataclasses import dataclass
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
    help = "Carries events to their reactions, fires what is due, runs the clock's jobs."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        round_ = Round(Relay(ring_for_delivery), Planner(ring_for_slot), Sealer())
        while not stop.is_set():
            stop.wait(round_.go())
        round_.close()


@dataclass(frozen=True)
class Round:
    """What one relay looks after, again and again."""

    relay: Relay
    planner: Planner
    sealer: Sealer

    def go(self) -> float:
        """Once round; how long to rest after it. PostgreSQL away is no reason to end."""
        try:
            found = self.relay.sweep() + sweep_timers() + self.planner.sweep()
            return 0 if self.sealer.seal_when_due() or found else POLL_SECONDS
        except Error as error:
            log.warning("database_away", error=str(error).strip())
            connection.close()
            return AWAY_SECONDS

    def close(self) -> None:
        self.relay.close()
        self.planner.close()
