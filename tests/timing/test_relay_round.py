"""manage.py relay: one loop carries what is owed, fires what is due, runs the clock's jobs."""

import pytest
from django.db import OperationalError, connection

from shop.clock import now, turned_to
from shop.doors.management.commands import relay as command
from shop.events.models import Delivery
from shop.events.relay import Relay
from shop.records.sealer import Sealer
from shop.timing.actions.calendars import edit_calendar_day, publish_calendar_version
from shop.timing.planner import Planner
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.make import make_calendar
from tests.timing.belfry import MINUTE, arm
from tests.timing.test_clocks import HOLIDAY


def nobody_takes(delivery_id):
    raise ConnectionError


def a_round():
    return command.Round(Relay(nobody_takes), Planner(nobody_takes), Sealer())


@pytest.mark.django_db(transaction=True)
def test_a_round_carries_deliveries_and_fires_timers(bell):
    by = cast.staff("hr")
    draft = edit_calendar_day(make_calendar(), HOLIDAY, "管理层", by=by)
    publish_calendar_version(draft, by=by)
    arm()
    round_ = a_round()
    assert round_.go() == 0, "it looks again at once"
    round_.close()
    assert bell.tolls == [("bell:1", 1)]
    assert Delivery.objects.filter(state="done").exists()


@pytest.mark.django_db
def test_with_nothing_to_do_it_rests(bell):
    assert a_round().go() == command.POLL_SECONDS


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_while_timers_fire_does_not_end_it(bell, monkeypatch):
    def away():
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(command, "sweep_timers", away)
    assert a_round().go() == command.AWAY_SECONDS
    monkeypatch.undo()
    connection.ensure_connection()


@pytest.mark.django_db(transaction=True)
def test_a_session_ended_while_a_timer_fires_leaves_nothing_and_it_is_tried_again(bell):
    arm()
    bell.before_end = end_this_session
    assert sweep_timers() == 1
    assert bell.tolls == []
    bell.before_end = lambda: None
    with turned_to(now() + MINUTE):
        assert sweep_timers() == 1
    assert bell.tolls == [("bell:1", 1)]


def end_this_session():
    """As a restarted PostgreSQL does, in the middle of the effect."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
