"""Slots of schedules, over zones with summer time, month ends and leap years, against oracles."""

import calendar
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.timing.rules import SHANGHAI, UnusableSchedule, schedule_of
from shop.timing.rules.schedules import LAST_DAY

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
law = settings(max_examples=60, deadline=None)


def slots(schedule, since, until):
    return list(schedule_of(schedule).until(since, until))


def at(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# E3: forty zones, the night that lacks an hour and the night that has one twice

ZONES = [
    "Africa/Cairo", "Africa/Casablanca", "America/Anchorage", "America/Asuncion", "America/Boise",
    "America/Chicago", "America/Denver", "America/Detroit", "America/Edmonton", "America/Halifax",
    "America/Havana", "America/Los_Angeles", "America/Miquelon", "America/Nassau",
    "America/New_York", "America/Nuuk", "America/Port-au-Prince", "America/Santiago",
    "America/St_Johns", "America/Tijuana", "America/Toronto", "America/Vancouver",
    "America/Winnipeg", "Antarctica/Troll", "Asia/Beirut", "Asia/Famagusta", "Asia/Gaza",
    "Asia/Jerusalem", "Atlantic/Azores", "Atlantic/Bermuda", "Atlantic/Canary", "Atlantic/Madeira",
    "Australia/Adelaide", "Australia/Hobart", "Australia/Lord_Howe", "Australia/Melbourne",
    "Australia/Sydney", "Europe/Athens", "Europe/Berlin", "Europe/Chisinau", "Europe/Dublin",
    "Europe/Helsinki", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Paris",
    "Europe/Prague", "Europe/Rome", "Europe/Vienna", "Europe/Warsaw", "Pacific/Auckland",
    "Pacific/Chatham", "Pacific/Easter", "Pacific/Norfolk",
]  # fmt: skip


def turns(zone, year=2025):
    """The instants of a year at which the zone's clocks are put forward or back."""
    hours = (datetime(year, 1, 1, tzinfo=UTC) + n * HOUR for n in range(365 * 24))
    return [
        next(m for m in (before + n * MINUTE for n in range(61))
             if m.astimezone(zone).utcoffset() != before.astimezone(zone).utcoffset())
        for before, after in pairwise(hours)
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()
    ]  # fmt: skip


TURNS = {name: found for name in ZONES if (found := turns(ZoneInfo(name)))}


def first_minute(zone, day, minutes):
    """The oracle: minute by minute, the first at which the wall shows that time or later."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - 16 * HOUR
    for n in range(48 * 60):
        wall = (start + n * MINUTE).astimezone(zone)
        if wall.date() > day or (wall.date() == day and wall.hour * 60 + wall.minute >= minutes):
            return start + n * MINUTE
    raise AssertionError("that day never came")


def test_there_are_forty_zones_with_summer_time_and_two_nights_each():
    assert len(TURNS) >= 40
    assert sum(len(found) for found in TURNS.values()) >= 80


@pytest.mark.fault("E3")
@pytest.mark.parametrize("name", sorted(TURNS))
def test_a_daily_slot_comes_once_each_local_day_at_the_first_valid_instant(name):
    zone = ZoneInfo(name)
    for turn in TURNS[name]:
        wall = turn.astimezone(zone)
        in_the_leap = (wall.hour * 60 + wall.minute - 30) % 1440
        for minutes in {150, in_the_leap}:
            schedule = {"times": [f"{minutes // 60:02d}:{minutes % 60:02d}"], "zone": name}
            days = [wall.date() + n * DAY for n in range(-2, 3)]
            expected = [first_minute(zone, day, minutes) for day in days]
            assert slots(schedule, expected[0] - MINUTE, expected[-1]) == expected, turn


@pytest.mark.fault("E3")
@pytest.mark.parametrize("name", ["Europe/Berlin", "Australia/Lord_Howe", "America/Santiago"])
def test_steps_of_minutes_are_real_minutes_through_both_nights(name):
    for turn in TURNS[name]:
        found = slots({"every": 15, "zone": name}, turn - DAY, turn + DAY)
        assert {later - slot for slot, later in pairwise(found)} == {15 * MINUTE}


@pytest.mark.fault("E3")
def test_the_control_a_naive_reading_of_the_wall_runs_the_overlap_twice():
    """Comparing wall clocks, as cron does: the rig can see the fault."""
    zone, ran = ZoneInfo("Europe/Berlin"), []
    for n in range(24 * 60):
        wall = (datetime(2025, 10, 25, 22, tzinfo=UTC) + n * MINUTE).astimezone(zone)
        if (wall.hour, wall.minute) == (2, 30):
            ran.append(wall)
    assert len(ran) == 2


def test_a_day_that_a_zone_never_had_has_its_slot_at_the_next_days_beginning():
    """Samoa left out 30 December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    found = slots({"times": ["12:00"], "zone": "Pacific/Apia"},
                  at("2011-12-28 13:00", apia), at("2011-12-31 13:00", apia))  # fmt: skip
    assert [slot.astimezone(apia).strftime("%d %H:%M") for slot in found] == [
        "29 12:00", "31 00:00", "31 12:00",
    ]  # fmt: skip


@pytest.mark.fault("E8")
@pytest.mark.parametrize(("day", "instant"), [
    ("1988-04-17", "1988-04-16 18:00"),  # China put its clocks forward at 02:00
    ("1988-04-18", "1988-04-17 17:30"),
    ("1988-09-11", "1988-09-10 18:30"),  # and back
    ("1991-09-15", "1991-09-14 18:30"),
    ("1900-01-02", "1900-01-01 18:24:17"),  # Shanghai's own sun, before zones
    ("2038-01-19", "2038-01-18 18:30"),
    ("9999-12-29", "9999-12-28 18:30"),
])  # fmt: skip
def test_half_past_two_in_years_that_trip_others(day, instant):
    expected = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    noon_before = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) - 12 * HOUR
    assert schedule_of({"times": ["02:30"]}).next(noon_before) == [expected]


@pytest.mark.fault("E8")
@pytest.mark.parametrize("schedule", [{"times": ["00:00"]}, {"every": 7}])
def test_the_ends_of_time_end(schedule):
    timetable = schedule_of(schedule)
    assert timetable.next(datetime(9999, 12, 31, tzinfo=UTC)) == []
    assert len(timetable.next(datetime(9999, 12, 29, tzinfo=UTC), 999)) < 999


# E5: month ends, leap days, year ends


def days_of(schedule, year, years=1):
    found = slots(schedule, at(f"{year - 1}-12-31 23:59:59"), at(f"{year + years - 1}-12-31 23:59"))
    return [slot.astimezone(SHANGHAI).date() for slot in found]


@pytest.mark.fault("E5")
def test_the_last_day_closes_every_month_once_for_forty_years():
    closed = days_of({"times": ["23:30"], "month_days": [LAST_DAY]}, 2000, 40)
    assert closed == [
        date(year, month, calendar.monthrange(year, month)[1])
        for year in range(2000, 2040)
        for month in range(1, 13)
    ]


@pytest.mark.fault("E5")
@pytest.mark.parametrize(("day", "year", "months"), [
    (31, 2026, [1, 3, 5, 7, 8, 10, 12]),
    (30, 2026, [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    (29, 2026, [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    (29, 2028, list(range(1, 13))),  # a leap year
    (29, 2100, [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),  # none
    (28, 2026, list(range(1, 13))),
])  # fmt: skip
def test_a_day_that_a_month_lacks_has_no_slot_in_it(day, year, months):
    found = days_of({"times": ["09:00"], "month_days": [day]}, year)
    assert found == [date(year, month, day) for month in months]


@pytest.mark.fault("E5")
def test_the_31st_and_the_last_day_together_come_once():
    found = days_of({"times": ["09:00"], "month_days": [31, LAST_DAY]}, 2026)
    assert len(found) == len(set(found)) == 12


schedules = st.one_of(
    st.fixed_dictionaries({"every": st.integers(1, 1440)}),
    st.fixed_dictionaries({"every": st.integers(1, 600), "window": st.just(["08:10", "20:00"])}),
    st.fixed_dictionaries({
        "times": st.lists(st.sampled_from(["00:00", "02:30", "09:00", "23:59"]), min_size=1),
        "month_days": st.lists(st.integers(0, 31), min_size=1),
    }),
    st.fixed_dictionaries({
        "times": st.just(["02:30", "12:00"]),
        "weekdays": st.lists(st.integers(0, 6), min_size=1),
        "zone": st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Chatham"]),
    }),
)  # fmt: skip
instants = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))


@law
@given(schedules, instants, st.integers(0, 40 * 24), st.integers(0, 40 * 24))
@pytest.mark.fault("E5")
def test_stretches_meet_without_a_gap_or_an_overlap(schedule, start, first, second):
    """However often somebody looks, the slots found are the same."""
    middle, end = start + first * HOUR, start + (first + second) * HOUR
    whole = slots(schedule, start, end)
    assert slots(schedule, start, middle) + slots(schedule, middle, end) == whole
    assert all(earlier < later for earlier, later in pairwise(whole))
    assert all(start < slot <= end for slot in whole)


@law
@given(schedules, instants)
def test_the_next_slots_are_those_of_the_stretch(schedule, start):
    three = schedule_of(schedule).next(start, 3)
    assert len(three) == 3
    assert three == slots(schedule, start, three[-1])


def test_a_window_is_half_open_and_its_steps_begin_with_it():
    found = slots({"every": 25, "window": ["08:00", "09:15"]}, at("2026-11-22 00:00"),
                  at("2026-11-22 23:59"))  # fmt: skip
    walls = [slot.astimezone(SHANGHAI).strftime("%H:%M") for slot in found]
    assert walls == ["08:00", "08:25", "08:50"]


def test_times_come_in_order_whatever_the_order_typed_and_once():
    found = slots({"times": ["18:00", "09:00", "18:00"]}, at("2026-11-22 00:00"),
                  at("2026-11-22 23:59"))  # fmt: skip
    assert found == [at("2026-11-22 09:00"), at("2026-11-22 18:00")]


def test_an_instant_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        schedule_of({"every": 5}).next(datetime(2026, 11, 22))


def test_what_is_wrong_is_named_with_its_field():
    with pytest.raises(UnusableSchedule) as refusal:
        schedule_of({"times": ["02:60"]})
    assert (refusal.value.field, refusal.value.reason) == ("times", "not-a-time")
