"""The business calendar, proved over 2024–2026 and a provisional 2027, against a slow oracle."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shop.timing import rules
from shop.timing.holidays import announced_years
from shop.timing.rules import (
    SHOP_WEEK,
    BusinessCalendar,
    NoOpenHours,
    Opening,
    Pause,
    UnusableHours,
    due_at,
    notice_of,
    retries,
    week_of,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
LUNCH = [[["08:30", "12:00"], ["13:30", "17:30"]]] * 4 + [[["08:30", "12:00"]], [], []]
LATE = [[["00:00", "02:00"], ["18:00", "24:00"]]] * 7
ROUND_THE_CLOCK = [[["00:00", "24:00"]]] * 7


NOTICES = announced_years()


def calendar(week=SHOP_WEEK, years=NOTICES) -> BusinessCalendar:
    days = {day.day: day.follows for year in years for day in year.days}
    return BusinessCalendar(week_of(week), days, frozenset(year.year for year in years))


SHOP = calendar()
CALENDARS = [SHOP, calendar(LUNCH), calendar(LATE), calendar(ROUND_THE_CLOCK, ())]
MAKE_UPS = [day.day for year in NOTICES for day in year.days if day.kind == "make_up"]
HOLIDAYS = [day.day for year in NOTICES for day in year.days if day.kind == "holiday"]


def at(text: str) -> datetime:
    """A wall time of Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# facts

KNOWN_MAKE_UPS = {
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}


def test_the_official_notice_of_2026_reads_as_it_is_kept():
    [kept] = [year for year in NOTICES if year.year == 2026]
    assert sorted(notice_of(2026, OFFICIAL), key=str) == sorted(kept.days, key=str)
    assert notice_of(2026, OFFICIAL.replace("\n", "")) == notice_of(2026, OFFICIAL)


OFFICIAL = """一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。"""


def test_a_list_typed_line_by_line_reads_the_same():
    typed = "元旦 2026-01-01 至 2026-01-03 放假，2026-01-04 上班"
    assert notice_of(2026, typed) == notice_of(2026, OFFICIAL.splitlines()[0])


def test_the_make_up_workdays_are_those_of_the_notices():
    known = [f"{year}-{day}" for year, days in KNOWN_MAKE_UPS.items() for day in days.split()]
    assert sorted(MAKE_UPS) == [date.fromisoformat(day) for day in known]


@pytest.mark.parametrize(("year", "off", "worked"), [(2024, 115, 251), (2025, 117, 248),
                                                     (2026, 117, 248)])  # fmt: skip
def test_days_off_and_workdays_of_a_year(year, off, worked):
    first = date(year, 1, 1)
    days = [first + timedelta(n) for n in range(off + worked)]
    assert (days[-1].month, days[-1].day) == (12, 31)
    assert sum(bool(SHOP.openings_on(day)) for day in days) == worked


@pytest.mark.parametrize("day", MAKE_UPS, ids=str)
def test_a_make_up_workday_has_fridays_hours(day):
    assert day.weekday() >= 5, "made up for on a day of the weekend"
    for house in (SHOP, calendar(LUNCH)):
        assert house.openings_on(day) == house.week[4]
    noon = datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI)
    assert SHOP.is_open(noon)
    assert SHOP.add_working(noon, timedelta(hours=1)) == noon + timedelta(hours=1)


@pytest.mark.parametrize("day", HOLIDAYS, ids=str)
def test_a_holiday_is_closed_all_day(day):
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    assert SHOP.working_between(midnight, midnight + timedelta(days=1)) == timedelta(0)


def test_a_make_up_workday_may_follow_any_weekday():
    house = BusinessCalendar(week_of(LUNCH), {date(2026, 2, 14): 0}, frozenset())
    assert house.openings_on(date(2026, 2, 14)) == (Opening(510, 720), Opening(810, 1050))


@pytest.mark.parametrize(("start", "hours", "end"), [
    ("2026-02-13 17:30", 1, "2026-02-14 09:30"),  # the Saturday is worked
    ("2026-02-14 17:30", 1, "2026-02-24 09:30"),  # the whole Spring Festival
    ("2026-09-18 17:00", 2, "2026-09-20 10:00"),  # a Sunday that is worked
    ("2026-09-30 17:30", 1, "2026-10-08 09:30"),
    ("2026-12-31 17:30", 1, "2027-01-01 09:30"),  # provisional: a Friday until announced
    ("2026-11-20 18:00", 0, "2026-11-23 09:00"),
    ("2026-11-20 09:00", 9, "2026-11-20 18:00"),
])  # fmt: skip
def test_deadlines_that_people_have_reckoned(start, hours, end):
    assert SHOP.add_working(at(start), timedelta(hours=hours)) == at(end)


@pytest.mark.fault("E4")
@pytest.mark.parametrize(("instant", "is_open"), [
    ("2026-11-20 08:59:59.999999", False),
    ("2026-11-20 09:00:00", True),
    ("2026-11-20 17:59:59.999999", True),
    ("2026-11-20 18:00:00", False),
    ("2026-02-13 23:59:59.999", False),
    ("2026-02-14 09:00", True),
])  # fmt: skip
def test_the_edges_of_open_hours(instant, is_open):
    assert SHOP.is_open(at(instant)) is is_open
    assert (SHOP.next_opening(at(instant)) == at(instant)) is is_open


@pytest.mark.fault("E4")
def test_midnight_belongs_to_the_new_day_of_shanghai():
    house = calendar(LATE, ())
    late = at("2026-11-20 23:59:59.999999")
    assert house.is_open(late) and house.is_open(at("2026-11-21 00:00"))
    assert house.add_working(at("2026-11-20 23:00"), timedelta(hours=2)) == at("2026-11-21 01:00")


@pytest.mark.fault("E9")
def test_the_same_instant_in_any_offset_has_the_same_answer_and_a_naive_one_none():
    shanghai = at("2026-11-20 17:30")
    kiritimati = datetime.fromisoformat("2026-11-20T23:30:00+14:00")
    zulu = datetime.fromisoformat("2026-11-20T09:30:00Z")
    assert shanghai == kiritimati == zulu
    answers = {SHOP.add_working(t, timedelta(hours=1)) for t in (shanghai, kiritimati, zulu)}
    assert answers == {at("2026-11-23 09:30")}
    naive = datetime(2026, 11, 20, 17, 30)
    for ask in (SHOP.is_open, SHOP.next_opening, lambda t: SHOP.working_between(t, t)):
        with pytest.raises(ValueError, match="offset"):
            ask(naive)


@pytest.mark.fault("E8")
def test_summer_time_of_1988_shifts_the_hours_with_the_wall_clock():
    house = calendar(SHOP_WEEK, ())
    assert house.next_opening(at("1988-07-01 00:00")) == datetime(1988, 7, 1, 0, tzinfo=UTC)


# bad input


@pytest.mark.parametrize("day", [
    [["9:00", "12:00"]], [["12:00", "09:00"]], [["09:00", "09:00"]], [["09:00"]],
    [["09:00", "25:00"]], [["23:59:60", "24:00"]], [["09:00", "12:00"], ["11:00", "13:00"]],
    [["13:00", "14:00"], ["09:00", "12:00"]], [["24:00", "24:00"]],
])  # fmt: skip
def test_hours_that_are_none_are_refused(day):
    with pytest.raises(UnusableHours):
        week_of([day, *SHOP_WEEK[1:]])


def test_a_week_has_seven_days():
    with pytest.raises(UnusableHours):
        week_of(SHOP_WEEK[:6])


def test_a_calendar_that_never_opens_is_refused():
    with pytest.raises(NoOpenHours):
        week_of([[]] * 7)
    with pytest.raises(NoOpenHours):
        BusinessCalendar(((),) * 7, {}, frozenset())


def test_a_calendar_closed_for_more_than_a_year_is_refused_not_walked_for_ever():
    start = at("2026-01-01 00:00")
    closed = {start.date() + timedelta(n): None for n in range(rules.LONGEST_CLOSURE)}
    with pytest.raises(NoOpenHours):
        BusinessCalendar(SHOP.week, closed, frozenset()).next_opening(start)
    del closed[date(2027, 1, 29)]
    house = BusinessCalendar(SHOP.week, closed, frozenset())
    assert house.next_opening(start) == at("2027-01-29 09:00")


@pytest.mark.fault("E8")
def test_the_end_of_time_ends():
    with pytest.raises(NoOpenHours):
        SHOP.add_working(at("9999-12-29 12:00"), timedelta(days=30))


def test_a_negative_duration_is_refused():
    with pytest.raises(ValueError, match="negative"):
        SHOP.add_working(at("2026-11-20 12:00"), -timedelta(seconds=1))


# provisional years


@pytest.mark.parametrize(("start", "end", "provisional"), [
    ("2024-01-01 00:00", "2026-12-31 23:59", False),
    ("2026-12-31 17:30", "2027-01-01 09:30", True),
    ("2023-12-31 23:59", "2024-01-02 09:00", True),
    ("2027-05-01 09:00", "2027-05-01 10:00", True),
])  # fmt: skip
def test_what_touches_a_year_not_announced_is_provisional(start, end, provisional):
    assert SHOP.is_provisional(at(start), at(end)) is provisional


def test_round_the_clock_nothing_is_provisional():
    assert not calendar(ROUND_THE_CLOCK, ()).is_provisional(at("2026-12-31 12:00"),
                                                            at("2027-01-02 12:00"))  # fmt: skip


def test_an_unannounced_year_goes_by_its_weekdays():
    for n in range(365):
        day = date(2027, 1, 1) + timedelta(n)
        assert bool(SHOP.openings_on(day)) == (day.weekday() < 5)


# laws

houses = st.sampled_from(CALENDARS)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
durations = st.timedeltas(timedelta(0), timedelta(days=20))
a_little = st.timedeltas(timedelta(0), timedelta(hours=30))
law = settings(max_examples=100, deadline=None)


@law
@given(houses, instants, durations)
def test_adding_then_measuring_gives_the_duration_back(house, start, duration):
    end = house.add_working(start, duration)
    assert house.working_between(start, end) == duration


@law
@given(houses, instants, durations)
def test_the_answer_is_never_outside_open_hours(house, start, duration):
    end = house.add_working(start, duration)
    assert end >= start
    assert house.is_open(end) or house.is_open(end - timedelta.resolution)


@law
@given(houses, instants, durations, a_little)
def test_more_work_or_a_later_start_never_ends_earlier(house, start, duration, more):
    end = house.add_working(start, duration)
    assert house.add_working(start, duration + more) >= end
    assert house.add_working(start + more, duration) >= end


@law
@given(houses, instants, durations, durations)
def test_work_in_two_parts_ends_when_the_whole_does(house, start, first, second):
    assume(second)
    whole = house.add_working(start, first + second)
    assert house.add_working(house.add_working(start, first), second) == whole


@law
@given(houses, instants, durations, durations)
def test_measures_add_up_and_never_exceed_the_wall_clock(house, start, first, second):
    middle, end = start + first, start + first + second
    whole = house.working_between(start, end)
    assert house.working_between(start, middle) + house.working_between(middle, end) == whole
    assert timedelta(0) <= whole <= end - start
    assert house.working_between(end, start) == timedelta(0)


@law
@given(houses, instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(house, start):
    opening = house.next_opening(start)
    assert house.is_open(opening)
    assert house.working_between(start, opening) == timedelta(0)


@law
@given(houses, instants, durations, st.lists(a_little, min_size=2, max_size=6))
def test_pauses_cost_the_clock_nothing(house, start, target, steps):
    """Whatever the pauses, exactly the target has run outside them when it is due."""
    assume(target)
    marks = [start := start + step for step in steps]
    began, pauses = marks[0], []
    for since, until in zip(marks[1::2], marks[2::2], strict=False):
        pauses.append(Pause(since, until))
    due = due_at(house, began, target, pauses)
    lost = sum((house.working_between(p.began_at, min(p.ended_at, due)) for p in pauses
                if p.began_at < due), timedelta(0))  # fmt: skip
    assert house.working_between(began, due) - lost == target


@law
@given(houses, instants, durations)
def test_nothing_is_due_while_paused(house, start, target):
    assume(target)
    assert due_at(house, start, target, [Pause(start, None)]) is None
    end = house.add_working(start, target)
    assert due_at(house, start, target, [Pause(end, None)]) == end, "due before the pause"


# the oracle: minute by minute, by the wall clock alone


def minute_is_open(house: BusinessCalendar, minute: datetime) -> bool:
    wall = minute.astimezone(SHANGHAI)
    weekday = house.days.get(wall.date(), wall.weekday())
    since_midnight = wall.hour * 60 + wall.minute
    return weekday is not None and any(
        opens <= since_midnight < closes for opens, closes in house.week[weekday]
    )


def slow_add(house: BusinessCalendar, start: datetime, minutes: int) -> datetime:
    at = start
    while True:
        if minute_is_open(house, at):
            if minutes == 0:
                return at
            minutes -= 1
            if minutes == 0:
                return at + timedelta(minutes=1)
        at += timedelta(minutes=1)


edges = [day for day in MAKE_UPS + HOLIDAYS if day.year < 2027] + [date(2026, 12, 31),
                                                                   date(2027, 1, 1)]  # fmt: skip
near_edges = st.builds(
    lambda day, minutes: (
        datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
    ),
    st.sampled_from(edges),
    st.integers(-1440, 2880),
)


@settings(max_examples=40, deadline=None)
@given(houses, near_edges, st.integers(0, 1200))
def test_agrees_with_the_oracle_at_adding(house, start, minutes):
    expected = slow_add(house, start, minutes)
    assert house.add_working(start, timedelta(minutes=minutes)) == expected


@settings(max_examples=40, deadline=None)
@given(houses, near_edges, st.integers(0, 4000))
def test_agrees_with_the_oracle_at_measuring(house, start, minutes):
    counted = sum(minute_is_open(house, start + timedelta(minutes=n)) for n in range(minutes))
    end = start + timedelta(minutes=minutes)
    assert house.working_between(start, end) == timedelta(minutes=counted)


# retries


def test_a_failed_timer_waits_longer_each_time_and_at_last_is_given_up():
    start = at("2026-11-20 12:00")
    waits = [retries.next_attempt(n, start, 1.0) - start for n in range(1, retries.MOST_ATTEMPTS)]
    assert waits[:3] == [timedelta(seconds=s) for s in (5, 10, 20)]
    assert waits == sorted(waits) and waits[-1] == retries.LONGEST_WAIT
    assert timedelta(hours=9) < sum(waits, timedelta(0)) < timedelta(hours=14)
    assert retries.next_attempt(retries.MOST_ATTEMPTS, start, 1.0) is None
