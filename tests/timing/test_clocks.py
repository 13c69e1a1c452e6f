"""A promise in working time: started, paused, resumed, warned of, met, breached, moved."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from shop.clock import now, turned_to
from shop.errors import IllegalTransition, NotAllowed
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.timing.actions.calendars import (
    edit_calendar_day,
    establish_calendar,
    publish_calendar_version,
)
from shop.timing.actions.clocks import (
    TIMER,
    cancel_clock,
    judge_clock,
    meet_clock,
    pause_clock,
    recalculate_clock,
    resume_clock,
    start_clock,
)
from shop.timing.errors import ClockAlreadyOpen, ClockRunOut
from shop.timing.models import Calendar, Clock, ClockRecalculation, Timer
from shop.timing.rules import SpecialDay
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.make import make_calendar
from tests.timing.belfry import on_threads

FRIDAY_NINE = "2026-11-20 09:00"
HOUR = timedelta(hours=1)
HOLIDAY = SpecialDay(datetime(2026, 11, 23).date(), "holiday", "店庆")


def at(text):
    """A wall time of Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def start(hours=4, when=FRIDAY_NINE, subject="order:1", kind="orders.confirm"):
    calendar = Calendar.objects.filter(code="shop").first() or make_calendar()
    with turned_to(at(when)):
        return start_clock(kind, subject, calendar, hours * HOUR, by=cast.SYSTEM)


def then(when, act, *args):
    with turned_to(at(when)):
        return act(*args, by=cast.SYSTEM)


def swept(when):
    """After a sweep at that time, and the second of time that it took."""
    with turned_to(at(when)):
        sweep_timers()
        return Clock.objects.get()


def said(*, about="clock"):
    facts = EventLog.objects.filter(stream__startswith=f"{about}:").order_by("id")
    return [fact.kind.removeprefix("timing.") for fact in facts]


def nearly(instant):
    """Instants of a turned clock run on while the test does."""
    return pytest.approx(instant.timestamp(), abs=20)


def armed():
    rows = Timer.objects.armed().order_by("level").values_list("level", "due_at")
    return [(level, due) for level, due in rows]


@pytest.mark.django_db
def test_it_is_due_after_the_target_and_warns_at_three_quarters():
    clock = start(4)
    assert clock.breach_at.timestamp() == nearly(at("2026-11-20 13:00"))
    assert clock.warn_at.timestamp() == nearly(at("2026-11-20 12:00"))
    assert armed() == [(1, clock.warn_at), (2, clock.breach_at)]
    assert clock.version == clock.calendar.current()
    assert said() == ["ClockStarted"]


@pytest.mark.django_db
def test_the_night_the_weekend_and_the_make_up_workday_are_reckoned():
    clock = start(2, "2026-02-13 17:00")
    assert clock.breach_at.timestamp() == nearly(at("2026-02-14 10:00"))
    clock = start(2, "2026-02-14 17:00", "order:2")
    assert clock.breach_at.timestamp() == nearly(at("2026-02-24 10:00"))
    assert not clock.is_provisional


@pytest.mark.django_db
def test_what_is_due_in_a_year_not_announced_is_provisional():
    clock = start(2, "2026-12-31 17:00")
    assert clock.breach_at.timestamp() == nearly(at("2027-01-01 10:00"))
    assert clock.is_provisional


@pytest.mark.django_db
def test_it_warns_then_breaches_each_once():
    clock = start(4)
    assert swept("2026-11-20 11:59").status == "running"
    warned = swept("2026-11-20 12:01")
    assert (warned.status, warned.warned_at) == ("running", clock.warn_at)
    swept("2026-11-20 12:59")
    breached = swept("2026-11-20 13:01")
    assert (breached.status, breached.breach_at) == ("breached", clock.breach_at)
    swept("2026-11-20 18:00")
    assert said() == ["ClockStarted", "ClockWarned", "ClockBreached"]
    assert armed() == []


@pytest.mark.django_db
@pytest.mark.fault("E1")
def test_after_an_outage_only_the_breach_is_told():
    start(4)
    assert swept("2026-11-21 01:00").status == "breached"
    assert said() == ["ClockStarted", "ClockBreached"]
    assert set(Timer.objects.values_list("level", "state")) == {(1, "skipped"), (2, "fired")}


@pytest.mark.django_db
def test_met_in_time_it_is_over():
    clock = then("2026-11-20 12:30", meet_clock, start(4))
    assert clock.status == "met"
    swept("2026-11-20 18:00")
    assert said() == ["ClockStarted", "ClockMet"]
    assert not Timer.objects.filter(state="fired").exists()


@pytest.mark.django_db
def test_met_late_it_stays_breached_even_if_nobody_had_noticed():
    clock = then("2026-11-20 13:30", meet_clock, start(4))
    assert (clock.status, clock.breach_at < clock.met_at) == ("breached", True)
    assert said() == ["ClockStarted", "ClockBreached", "ClockMet"]
    swept("2026-11-20 18:00")
    assert said().count("ClockBreached") == 1
    with pytest.raises(IllegalTransition):
        then("2026-11-20 19:00", meet_clock, clock)


@pytest.mark.django_db
def test_the_due_instant_itself_is_too_late():
    clock = start(4)
    assert clock.is_overdue(clock.breach_at)
    assert not clock.is_overdue(clock.breach_at - timedelta.resolution)


@pytest.mark.django_db
def test_a_pause_stops_the_time_and_nothing_falls_due():
    clock = then("2026-11-20 11:00", pause_clock, start(4), "等待顾客回复")
    assert (clock.status, clock.breach_at, armed()) == ("paused", None, [])
    assert swept("2026-11-24 12:00").status == "paused"
    clock = then("2026-11-24 13:00", resume_clock, clock)
    assert clock.breach_at.timestamp() == nearly(at("2026-11-24 15:00"))
    assert clock.warn_at.timestamp() == nearly(at("2026-11-24 14:00"))
    assert swept("2026-11-24 15:01").status == "breached"
    assert said() == ["ClockStarted", "ClockPaused", "ClockResumed", "ClockBreached"]


@pytest.mark.django_db
def test_pauses_add_up_and_a_warning_is_given_once():
    clock = start(4)
    swept("2026-11-20 12:01")
    clock = then("2026-11-20 12:30", pause_clock, clock, "等待顾客回复")
    clock = then("2026-11-20 14:30", resume_clock, clock)
    clock = then("2026-11-20 14:45", pause_clock, clock, "等待检测")
    clock = then("2026-11-20 17:30", resume_clock, clock)
    assert clock.breach_at.timestamp() == nearly(at("2026-11-20 17:45"))
    assert [level for level, _due in armed()] == [2]
    assert [pause.reason for pause in clock.pauses.all()] == ["等待顾客回复", "等待检测"]


@pytest.mark.django_db
def test_what_was_promised_may_be_done_during_a_pause():
    clock = then("2026-11-20 11:00", pause_clock, start(4), "等待顾客回复")
    clock = then("2026-11-30 11:00", meet_clock, clock)
    assert clock.status == "met"
    assert clock.pauses.get().ended_at <= clock.met_at


@pytest.mark.django_db
def test_a_pause_after_the_time_is_up_is_refused_and_undoes_nothing():
    clock = start(4)
    with pytest.raises(ClockRunOut):
        then("2026-11-20 13:01", pause_clock, clock, "太晚")
    assert swept("2026-11-20 13:02").status == "breached"
    with pytest.raises(IllegalTransition):
        then("2026-11-20 13:03", pause_clock, clock, "太晚")
    assert not clock.pauses.exists()


@pytest.mark.django_db
@pytest.mark.fault("E2")
def test_a_pause_that_ends_before_it_began_lasted_no_time():
    clock = start(4)
    due = clock.breach_at
    clock = then("2026-11-20 11:00", pause_clock, clock, "等待顾客回复")
    clock = then("2026-11-20 10:50", resume_clock, clock)
    assert clock.breach_at == due


@pytest.mark.django_db
def test_one_promise_of_a_kind_at_a_time_and_rounds_are_counted():
    clock = start(4)
    with pytest.raises(ClockAlreadyOpen):
        start(4)
    assert start(4, kind="orders.ship").round == 1
    then("2026-11-20 10:00", meet_clock, clock)
    assert start(4, "2026-11-20 11:00").round == 2


@pytest.mark.django_db
def test_the_database_refuses_a_clock_that_runs_and_is_never_due():
    clock = start(4)
    for columns in ({"breach_at": None}, {"status": "paused"}, {"target_seconds": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Clock.objects.filter(pk=clock.pk).update(**columns)


@pytest.mark.django_db
@pytest.mark.parametrize("act", [
    lambda c, by: start_clock("orders.ship", "order:1", c.calendar, HOUR, by=by),
    lambda c, by: pause_clock(c, "", by=by),
    lambda c, by: resume_clock(c, by=by),
    lambda c, by: meet_clock(c, by=by),
    lambda c, by: cancel_clock(c, by=by),
    lambda c, by: judge_clock(c.pk, by=by),
    lambda c, by: recalculate_clock(c, by=by),
])  # fmt: skip
def test_clocks_are_the_systems_own(act):
    clock = start(4)
    with pytest.raises(NotAllowed):
        act(clock, cast.staff("operations_manager"))
    assert said() == ["ClockStarted"]


@pytest.mark.django_db
@pytest.mark.parametrize("paused", [False, True])
def test_what_is_not_owed_any_more_is_neither_kept_nor_broken(paused):
    clock = start(4)
    if paused:
        then("2026-11-20 10:00", pause_clock, clock, "等待顾客回复")
    clock = then("2026-11-20 11:00", cancel_clock, clock)
    assert (clock.status, armed()) == ("cancelled", [])
    assert swept("2026-11-20 18:00").status == "cancelled"
    assert not clock.pauses.filter(ended_at__isnull=True).exists()
    with pytest.raises(IllegalTransition):
        then("2026-11-20 19:00", meet_clock, clock)


@pytest.mark.django_db
def test_cancelling_does_not_undo_that_the_time_was_up():
    clock = then("2026-11-20 13:30", cancel_clock, start(4))
    assert clock.status == "breached"
    assert said() == ["ClockStarted", "ClockBreached"]


# the calendar changes under it (E6)


def close_monday(calendar):
    by = cast.staff("operations_manager")
    return publish_calendar_version(edit_calendar_day(calendar, HOLIDAY, "管理层", by=by), by=by)


@pytest.mark.django_db
@pytest.mark.fault("E6")
def test_a_new_calendar_moves_what_is_due_and_ends_the_old_timers():
    clock = start(4, "2026-11-20 16:00")
    was_due = clock.breach_at
    assert was_due.timestamp() == nearly(at("2026-11-23 11:00"))
    version = close_monday(clock.calendar)
    run_reactions()
    clock.refresh_from_db()
    assert clock.breach_at == was_due + timedelta(days=1)
    assert clock.version == version
    assert armed() == [(1, clock.warn_at), (2, clock.breach_at)]
    assert set(Timer.objects.filter(generation=1).values_list("state", flat=True)) == {"cancelled"}
    line = ClockRecalculation.objects.get()
    assert (line.old_breach_at, line.new_breach_at) == (was_due, clock.breach_at)
    assert (line.from_version.number, line.to_version.number) == (1, 2)
    assert swept("2026-11-23 12:00").status == "running"
    assert swept("2026-11-24 11:01").status == "breached"


@pytest.mark.django_db
@pytest.mark.fault("E6")
def test_recalculating_twice_logs_once_and_what_has_ended_is_left_alone():
    ended = then("2026-11-20 17:00", meet_clock, start(4, "2026-11-20 16:00"))
    clock = start(4, "2026-11-20 16:00", "order:2")
    close_monday(clock.calendar)
    for _again in range(2):
        then("2026-11-20 17:00", recalculate_clock, clock)
        then("2026-11-20 17:00", recalculate_clock, ended)
    assert ClockRecalculation.objects.get().clock == clock
    ended.refresh_from_db()
    assert ended.version.number == 1


@pytest.mark.django_db
@pytest.mark.fault("E6")
def test_nobody_is_judged_by_a_calendar_that_is_no_longer_in_force():
    """The old timer comes before the recalculation does."""
    clock = start(4, "2026-11-20 16:00")
    close_monday(clock.calendar)
    assert swept("2026-11-23 12:00").status == "running"
    assert "ClockRecalculated" in said() and "ClockBreached" not in said()
    assert swept("2026-11-24 11:01").status == "breached"


@pytest.mark.django_db
@pytest.mark.fault("E6")
def test_a_paused_clock_is_reckoned_by_the_calendar_it_wakes_to():
    clock = then("2026-11-20 17:00", pause_clock, start(4, "2026-11-20 16:00"), "等待顾客回复")
    close_monday(clock.calendar)
    run_reactions()
    assert not ClockRecalculation.objects.exists()
    clock = then("2026-11-20 17:30", resume_clock, clock)
    assert clock.breach_at.timestamp() == nearly(at("2026-11-24 11:30"))
    assert ClockRecalculation.objects.get().old_breach_at is None


@pytest.mark.django_db
def test_a_timer_that_comes_too_early_is_armed_again():
    """The machine's clock was set back between the sweeper's look and the judgement."""
    clock = start(4)
    assert then("2026-11-20 10:00", judge_clock, clock.pk) is False
    assert armed() == [(1, clock.warn_at), (2, clock.breach_at)]


# many hands


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("E7")
def test_meeting_races_warning_and_neither_is_killed():
    """Both lock the clock first and its timer second, so that one waits for the other."""
    always = establish_calendar("always", "全天", [[["00:00", "24:00"]]] * 7, by=cast.SYSTEM)
    with turned_to(now() - 3 * HOUR):
        clocks = [
            start_clock("orders.confirm", f"order:{n}", always, 4 * HOUR, by=cast.SYSTEM)
            for n in range(30)
        ]

    def meet():
        for clock in clocks:
            meet_clock(clock, by=cast.SYSTEM)

    on_threads(meet, sweep_timers, sweep_timers)
    assert set(Clock.objects.values_list("status", flat=True)) == {"met"}
    assert Timer.objects.filter(attempts__gt=0).count() == 0, "nothing failed by deadlock"
    for clock in Clock.objects.all():
        warned = EventLog.objects.filter(stream=clock.stream, kind="timing.ClockWarned").count()
        fired = Timer.objects.of(TIMER, clock.stream).filter(level=1, state="fired").count()
        assert warned == fired == (clock.warned_at is not None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("E6")
def test_a_clock_started_while_a_version_is_published_is_not_missed():
    """Starting holds the version for share: publishing waits, and the recalculation sees it."""
    calendar = make_calendar()

    def begin():
        for n in range(20):
            start(4, "2026-11-20 16:00", f"order:{n}")

    def change():
        for _again in range(5):
            close_monday(calendar)

    cast.staff("operations_manager")
    on_threads(begin, change)
    run_reactions()
    newest = calendar.current()
    assert newest.number == 6
    assert set(Clock.objects.values_list("version__number", flat=True)) == {6}
