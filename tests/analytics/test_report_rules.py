"""When a report is due, of which day it speaks, how long it waits: from values alone."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import rules
from analytics.rules.periods import A_DAY
from analytics.rules.reports import ASK_AGAIN, RETRIES
from shop.timing.rules import schedule_of

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]
MINUTE = timedelta(minutes=1)


def at(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def timetable(clock="08:30", zone="Asia/Shanghai"):
    return schedule_of({"times": [clock], "zone": zone})


@pytest.mark.fault("E5")
@given(
    st.sampled_from(ZONES),
    st.times().map(lambda t: f"{t:%H:%M}"),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda d: d.replace(tzinfo=UTC)),
)
def test_the_days_of_a_report_follow_one_another_without_gap_or_overlap(zone, clock, since):
    """Month ends, leap days, year ends, and both nights of summer time are among forty days."""
    slots = list(timetable(clock, zone).until(since, since + timedelta(days=40)))
    days = [rules.span_told("daily", slot, ZoneInfo(zone)).until for slot in slots]
    assert all(later - earlier == A_DAY for earlier, later in pairwise(days))
    assert len(days) in {39, 40, 41}


@pytest.mark.fault("E5")
@pytest.mark.parametrize(
    ("slot", "day"),
    [
        ("2026-03-01 08:30", date(2026, 2, 28)),
        ("2028-03-01 08:30", date(2028, 2, 29)),
        ("2027-01-01 08:30", date(2026, 12, 31)),
        ("2026-05-01 00:00", date(2026, 4, 30)),
    ],
)
def test_it_speaks_of_the_day_before(slot, day):
    assert rules.span_told("daily", at(slot), SHANGHAI) == rules.Span(day, day)


def test_on_a_day_off_the_last_workdays_slot_is_still_owed():
    friday, sunday = at("2026-11-20 08:30"), at("2026-11-22 08:30")
    assert rules.due_slot(timetable(), sunday, lambda day: day.weekday() < 5) == friday
    assert rules.due_slot(timetable(), sunday, lambda day: True) == sunday
    assert rules.due_slot(timetable(), sunday, lambda day: False) is None


def test_a_slot_of_an_older_timetable_is_owed_as_it_was():
    earlier = at("2026-11-20 07:00")
    assert rules.due_slot(timetable(), earlier, lambda day: True) == earlier


def test_it_waits_until_half_past_ten_and_is_tried_until_noon():
    slot = at("2026-11-20 08:30")
    assert rules.deadline(slot, SHANGHAI) == at("2026-11-20 10:30")
    assert rules.stop_at(slot, SHANGHAI) == at("2026-11-20 12:00")


def test_a_report_of_the_afternoon_waits_half_an_hour():
    slot = at("2026-11-20 17:00", BERLIN)
    assert rules.deadline(slot, BERLIN) == slot + 30 * MINUTE == rules.stop_at(slot, BERLIN)


def test_it_asks_every_ten_minutes_and_at_the_deadline_once_more():
    until = at("2026-11-20 10:30")
    asked, moment = [], at("2026-11-20 08:30")
    while moment < until:
        moment = rules.next_ask(moment, until)
        asked.append(moment)
    assert len(asked) == 12
    assert asked[-1] == until
    assert all(later - earlier <= ASK_AGAIN for earlier, later in pairwise(asked))


@pytest.mark.fault("F8")
def test_tries_are_1_5_15_60_minutes_apart_then_hourly_and_end_at_noon():
    moment, noon, gaps = at("2026-11-20 08:30"), at("2026-11-20 12:00"), []
    for attempts in range(1, 20):
        again = rules.next_try(attempts, moment, noon, 1.0)
        if again is None:
            break
        gaps.append((again - moment) // MINUTE)
        moment = again
    assert gaps == [*RETRIES, 60, 60]
    assert moment <= noon


@given(st.integers(1, 30), st.floats(0.8, 1.2), st.times())
def test_no_try_comes_after_noon(attempts, jitter, clock):
    moment = datetime.combine(date(2026, 11, 20), clock, SHANGHAI)
    noon = at("2026-11-20 12:00")
    again = rules.next_try(attempts, moment, noon, jitter)
    assert again is None or moment < again <= noon


def test_the_unanswered_waits_half_an_hour_for_a_person():
    assert rules.resendable_from(at("2026-11-20 08:31")) == at("2026-11-20 09:01")
