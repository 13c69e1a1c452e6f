"""A bell that timers ring: an effect in the database that these tests can count."""

import threading
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection

from shop.clock import now
from shop.events.models import EventLog
from shop.events.outbox import Event, publish
from shop.timing.actions.timers import arm_timer
from shop.timing.sweeper import FIRES
from tests import cast

KIND = "tests.bell"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class BellTolled(Event):
    """Only these tests toll it."""

    stream_kind = "bell"
    label = "bell tolled"
    bell: str
    level: int


class Bell:
    """What timers of the tests set off; told, it fails or finds nothing due."""

    def __init__(self):
        self.failures, self.is_due = [], True
        self.before_end = lambda: None

    def __call__(self, timer):
        publish(BellTolled(timer.subject, timer.level), by=cast.SYSTEM)
        if self.failures:
            raise self.failures.pop(0)
        self.before_end()
        return self.is_due

    @property
    def tolls(self):
        """(subject, level) of every toll that was committed, in their order."""
        facts = EventLog.objects.filter(kind__endswith=".BellTolled").order_by("id")
        return [(fact.data["bell"], fact.data["level"]) for fact in facts]


@pytest.fixture
def bell(monkeypatch):
    bell = Bell()
    monkeypatch.setitem(FIRES, KIND, bell)
    return bell


def arm(subject="bell:1", due=-MINUTE):
    """Due this long from now; a mapping gives levels."""
    levels = due if isinstance(due, dict) else {1: due}
    at = now()
    return arm_timer(KIND, subject, {n: at + wait for n, wait in levels.items()}, by=cast.SYSTEM)


def on_threads(*works):
    """Run them at once, each with a connection of its own; what they raise is raised here."""
    barrier, errors = threading.Barrier(len(works), timeout=60), []

    def run(work):
        try:
            barrier.wait(60)
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if errors:
        raise errors[0]
