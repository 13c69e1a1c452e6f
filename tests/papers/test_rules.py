"""When a document is told of, and how it stands: from values alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.papers.rules import LAPSE, SHANGHAI, WARNED_BEFORE, endings, midnight, standing
from shop.timing.rules import BusinessCalendar, week_of

WEEK = week_of([[["09:00", "18:00"]]] * 5 + [[], []])
SPRING = {date(2026, 2, day): None for day in range(16, 24)}
HOURS = BusinessCalendar(WEEK, SPRING, frozenset({2026}))


@given(st.dates(date(2025, 1, 1), date(2030, 1, 1)))
def test_each_warning_is_in_open_hours_never_late_and_they_rise(valid_until):
    due = endings(HOURS, valid_until)
    for level, days in WARNED_BEFORE.items():
        assert HOURS.is_open(due[level])
        assert due[level].astimezone(SHANGHAI).date() <= valid_until - timedelta(days=days)
    assert due[LAPSE] == midnight(valid_until + timedelta(days=1))
    assert sorted(due.values()) == [due[level] for level in sorted(due)]


def test_a_warning_within_a_holiday_comes_before_it():
    due = endings(HOURS, date(2026, 2, 27))
    assert due[3] == datetime(2026, 2, 13, 1, tzinfo=UTC), "the Friday before the Spring Festival"


TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("begins", "ends", "withdrawn", "followed", "expected"),
    [
        (-10, 100, False, False, "in_force"),
        (-10, None, False, False, "in_force"),
        (-10, 60, False, False, "ending"),
        (-10, 0, False, False, "ending"),
        (-10, -1, False, False, "lapsed"),
        (-10, -1, False, True, "superseded"),
        (-10, None, False, True, "superseded"),
        (-10, 20, False, True, "in_force"),
        (5, 100, False, False, "coming"),
        (-10, 100, True, False, "withdrawn"),
    ],
)
def test_how_it_stands(begins, ends, withdrawn, followed, expected):
    until = None if ends is None else TODAY + timedelta(days=ends)
    begun = TODAY + timedelta(days=begins)
    assert standing(begun, until, withdrawn, followed, TODAY) == expected
