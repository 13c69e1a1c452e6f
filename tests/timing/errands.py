"""An errand that the clock runs: it notes its slots in the database, and fails when told to."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from shop.clock import turned_to
from shop.events.models import EventLog
from shop.events.outbox import Event, publish
from shop.timing.actions.jobs import establish_jobs
from shop.timing.jobs import JOBS, LEASE, Declaration
from shop.timing.models import ClockJob
from tests import cast

CODE = "tests.errand"
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)  # a Friday, 12:00 in Shanghai
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class ErrandRun(Event):
    """Only these tests run it."""

    stream_kind = "errand"
    label = "errand run"
    errand: str
    slot: str


class Errand:
    """What the job does; told, it fails. `runs` are the slots whose effect was committed."""

    def __init__(self, code=CODE):
        self.code, self.failures = code, []
        self.during = lambda: None

    def __call__(self, slot_at):
        self.during()
        if self.failures:
            raise self.failures.pop(0)
        with transaction.atomic():
            publish(ErrandRun(self.code, slot_at.isoformat()), by=cast.SYSTEM)

    @property
    def runs(self):
        facts = EventLog.objects.filter(stream=f"errand:{self.code}").order_by("seq")
        return [datetime.fromisoformat(fact.data["slot"]) for fact in facts]


@pytest.fixture
def only(monkeypatch):
    """No other job is declared; declares those given: code → (schedule, catch_up)."""
    for code in list(JOBS):
        monkeypatch.delitem(JOBS, code)

    def declare(schedule, catch_up="latest_only", code=CODE, lease=LEASE, at=NOON):
        errand = Errand(code)
        declared = Declaration(code, "errand", errand, schedule, catch_up, lease)
        monkeypatch.setitem(JOBS, code, declared)
        with turned_to(at):
            establish_jobs(by=cast.SYSTEM)
        return errand

    return declare


def job(code=CODE):
    return ClockJob.objects.get(code=code)


def states(code=CODE):
    """(slot's minutes after noon, state) of every run, in the order of their slots."""
    rows = job(code).runs.order_by("slot_at").values_list("slot_at", "state")
    return [(round((slot - NOON) / MINUTE), state) for slot, state in rows]
