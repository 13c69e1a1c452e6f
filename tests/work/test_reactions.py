"""What the machine cannot mend by itself opens an item, and closes it when it is mended."""

from dataclasses import dataclass

import pytest

from shop.clock import now
from shop.errors import DomainError
from shop.events.actions import replay_delivery, skip_delivery
from shop.events.models import Delivery, EventLog
from shop.events.outbox import EVENTS, REACTIONS, Event, Reaction, kind_of, publish
from shop.events.relay import run_reactions
from shop.timing.actions.calendars import (
    announce_calendar_year,
    edit_calendar_day,
    publish_calendar_version,
)
from shop.timing.actions.timers import arm_timer, replay_timer
from shop.timing.events import CalendarStillProvisional, ClockJobFailed, ClockJobRecovered
from shop.timing.models import Timer
from shop.timing.rules import AnnouncedYear
from shop.timing.rules.retries import MOST_ATTEMPTS
from shop.timing.sweeper import FIRES, sweep_timers
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_calendar
from tests.timing.test_clocks import HOLIDAY

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class LampLit(Event):
    """For these tests alone."""

    stream_kind = "lamp"
    label = "lamp lit"
    lamp: int


@pytest.fixture(params=[False, True], ids=["inside", "outside"])
def failures(request, monkeypatch):
    """What the reaction to a lamp raises, one after the other."""
    raised = []

    def look(event, fact):
        if raised:
            raise raised.pop(0)

    kind = kind_of(LampLit)
    monkeypatch.setitem(EVENTS, kind, LampLit)
    monkeypatch.setitem(
        REACTIONS, "tests.look", Reaction("tests.look", (kind,), look, "house", request.param)
    )
    cast.staff("engineer")
    return raised


def light():
    publish(LampLit(7), by=cast.SYSTEM)
    run_reactions()


def parked():
    return Delivery.objects.get(reaction="tests.look")


def test_a_parked_delivery_is_work_until_it_went_through(failures):
    failures.append(DomainError("no oil"))
    light()
    item = WorkItem.objects.get()
    assert (item.kind, item.role, item.subject) == (
        "parked_delivery", "engineer", f"delivery:{parked().pk}",
    )  # fmt: skip
    assert "tests.look" in str(item)

    replay_delivery(parked(), by=cast.staff("engineer"))
    item.refresh_from_db()
    assert item.is_open, "tried again is not mended"
    run_reactions()
    item.refresh_from_db()
    assert (item.status, item.outcome) == ("closed", "cause_gone")


def test_one_that_parks_again_keeps_its_item(failures):
    failures += [DomainError("no oil"), DomainError("still none")]
    light()
    replay_delivery(parked(), by=cast.staff("engineer"))
    run_reactions()
    assert parked().state == "parked"
    assert WorkItem.objects.get().is_open


def test_one_that_is_given_up_closes_its_item_and_says_who_did(failures):
    failures.append(DomainError("no oil"))
    light()
    skip_delivery(parked(), by=cast.staff("technical_lead"))
    run_reactions()
    assert WorkItem.objects.get().status == "closed"
    fact = EventLog.objects.get(kind="events.DeliverySkipped")
    assert fact.user_id == cast.staff("technical_lead").user.pk


def test_what_goes_through_at_once_says_nothing(failures):
    light()
    assert not EventLog.objects.filter(kind__startswith="events.Delivery").exists()
    assert not WorkItem.objects.exists()


def test_telling_of_a_parked_delivery_that_parks_is_not_told_for_ever(failures, monkeypatch):
    def fail(event, fact):
        raise DomainError("nobody listens")

    known = REACTIONS["work.open_parked_delivery"]
    broken = Reaction(known.name, known.kinds, fail, known.lane, outside=False)
    monkeypatch.setitem(REACTIONS, known.name, broken)
    failures.append(DomainError("no oil"))
    light()
    assert EventLog.objects.filter(kind="events.DeliveryParked").count() == 1
    assert Delivery.objects.filter(state="parked").count() == 2


def test_a_dead_timer_is_work_until_it_is_armed_again(monkeypatch):
    def fail(timer):
        raise OSError("no hands")

    cast.staff("engineer")
    monkeypatch.setitem(FIRES, "tests.strike", fail)
    arm_timer("tests.strike", "tower:1", now(), by=cast.SYSTEM)
    Timer.objects.update(attempts=MOST_ATTEMPTS - 1)
    sweep_timers()
    run_reactions()
    item = WorkItem.objects.get()
    timer = Timer.objects.get(kind="tests.strike")
    assert (item.kind, item.subject) == ("dead_timer", f"timer:{timer.pk}")

    replay_timer(timer, by=cast.staff("engineer"))
    run_reactions()
    item.refresh_from_db()
    assert (item.status, item.outcome) == ("closed", "cause_gone")


def test_a_failing_job_is_work_once_until_a_run_ends_well():
    for run in (1, 2):
        publish(ClockJobFailed(7, "figures.measure_last_days", run), by=cast.SYSTEM)
    run_reactions()
    item = WorkItem.objects.open().get(kind="failing_job")
    assert item.role == "engineer"
    publish(ClockJobRecovered(7, "figures.measure_last_days"), by=cast.SYSTEM)
    run_reactions()
    item.refresh_from_db()
    assert not item.is_open


def test_a_year_without_holidays_is_one_piece_of_work_until_it_is_published():
    calendar = make_calendar()
    missing = max(calendar.current().years) + 1
    for _week in range(2):
        publish(CalendarStillProvisional(calendar.pk, missing), by=cast.SYSTEM)
    run_reactions()
    item = WorkItem.objects.open().get(kind="provisional_year")
    by = cast.staff("hr")
    publish_calendar_version(edit_calendar_day(calendar, HOLIDAY, "管理层", by=by), by=by)
    run_reactions()
    assert WorkItem.objects.open().filter(pk=item.pk).exists(), "another day is not the year"
    draft = announce_calendar_year(calendar, AnnouncedYear(missing, "国办发明电", ()), by=by)
    publish_calendar_version(draft, by=by)
    run_reactions()
    item.refresh_from_db()
    assert not item.is_open
