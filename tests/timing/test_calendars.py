"""Editing a calendar: in a draft, by the posts that may, in force only when published."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from shop.clock import now, turned_to
from shop.errors import IllegalTransition, NotAllowed
from shop.events.models import EventLog
from shop.timing.actions.calendars import (
    announce_calendar_year,
    clear_calendar_day,
    edit_calendar_day,
    edit_calendar_week,
    establish_calendar,
    publish_calendar_version,
    remind_of_provisional_year,
)
from shop.timing.errors import CalendarNeverOpens, DayOutsideYear, HoursUnusable
from shop.timing.holidays import announced_years
from shop.timing.jobs import JOBS
from shop.timing.models import Calendar, CalendarDay, CalendarVersion
from shop.timing.rules import LONGEST_CLOSURE, SHOP_WEEK, AnnouncedYear, SpecialDay, schedule_of
from shop.timing.tasks import remind_of_provisional_years
from tests import cast
from tests.make import make_calendar

pytestmark = pytest.mark.django_db
EDITORS = ["operations_manager", "hr"]
MONDAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
ANNIVERSARY = SpecialDay(MONDAY, "holiday", "店庆")
NEW_YEAR_2027 = AnnouncedYear(
    2027,
    "国办发明电〔2026〕1号",
    (
        SpecialDay(date(2027, 1, 1), "holiday", "元旦"),
        SpecialDay(date(2027, 1, 9), "make_up", "元旦", 4),
    ),
)


def manager():
    return cast.staff("operations_manager")


def test_the_shop_starts_with_a_published_calendar_of_the_years_known():
    version = make_calendar().current()
    assert (version.number, version.years) == (1, [2024, 2025, 2026])
    assert version.days.count() == sum(len(year.days) for year in announced_years())
    assert version.days.get(day=date(2026, 2, 14)).follows == CalendarDay.Weekday.FRIDAY
    assert version.days.get(day=date(2026, 2, 14)).source == "国办发明电〔2025〕7号"


def test_establishing_it_again_changes_nothing():
    make_calendar()
    make_calendar()
    assert CalendarVersion.objects.count() == 1


def test_a_release_that_knows_another_year_adds_it_and_only_it():
    calendar = make_calendar()
    draft = edit_calendar_day(calendar, ANNIVERSARY, "管理层决定", by=manager())
    years = (*announced_years(), NEW_YEAR_2027)
    establish_calendar("shop", "", SHOP_WEEK, years, by=cast.SYSTEM)
    assert calendar.current().number == 1, "not while somebody is editing"
    publish_calendar_version(draft, by=manager())
    establish_calendar("shop", "", SHOP_WEEK, years, by=cast.SYSTEM)
    newest = calendar.current()
    assert (newest.number, newest.years) == (3, [2024, 2025, 2026, 2027])
    assert newest.days.filter(name="店庆").exists()


@pytest.mark.parametrize("role", EDITORS)
def test_an_edit_is_in_force_only_when_published(role):
    calendar, by = make_calendar(), cast.staff(role)
    draft = edit_calendar_day(calendar, ANNIVERSARY, "管理层决定", by=by)
    assert calendar.current().hours().is_open(NOON)
    publish_calendar_version(draft, by=by)
    assert calendar.current() == draft
    assert not calendar.current().hours().is_open(NOON)
    assert CalendarVersion.objects.get(number=1).hours().is_open(NOON), "old figures stay true"


def test_edits_collect_in_one_draft_and_may_be_taken_back():
    calendar, by = make_calendar(), manager()
    first = edit_calendar_day(calendar, ANNIVERSARY, "管理层决定", by=by)
    second = edit_calendar_day(
        calendar, SpecialDay(MONDAY, "make_up", "盘点", 0), "仓库", by=by
    )  # fmt: skip
    assert first == second
    assert first.days.get(day=MONDAY).name == "盘点"
    clear_calendar_day(calendar, MONDAY, by=by)
    assert not first.days.filter(day=MONDAY).exists()
    said = EventLog.objects.filter(kind="timing.CalendarEdited").order_by("seq")
    assert [fact.data["what"] for fact in said] == ["2026-11-23"] * 3


def test_a_notice_makes_a_year_certain_and_replaces_what_was_thought_of_it():
    calendar, by = make_calendar(), manager()
    edit_calendar_day(calendar, SpecialDay(date(2027, 1, 2), "holiday", "估计"), "估计", by=by)
    announce_calendar_year(calendar, NEW_YEAR_2027, by=by)
    draft = announce_calendar_year(calendar, NEW_YEAR_2027, by=by)
    assert list(draft.days.filter(day__year=2027).values_list("name", flat=True)) == ["元旦"] * 2
    before, after = calendar.current().hours(), publish_calendar_version(draft, by=by).hours()
    new_year = datetime(2027, 1, 9, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert before.is_provisional(NOON, new_year) and not before.is_open(new_year)
    assert not after.is_provisional(NOON, new_year) and after.is_open(new_year)


@pytest.mark.parametrize("days", [
    (SpecialDay(date(2026, 12, 31), "holiday", "元旦"),),
    (SpecialDay(date(2027, 1, 1), "holiday", "元旦"),) * 2,
])  # fmt: skip
def test_a_notice_of_other_days_or_of_one_twice_is_refused(days):
    calendar = make_calendar()
    with pytest.raises(DayOutsideYear):
        announce_calendar_year(calendar, AnnouncedYear(2027, "通知", days), by=manager())
    assert calendar.draft() is None


def test_the_week_may_have_several_stretches_a_day():
    calendar = make_calendar()
    week = [[["08:30", "12:00"], ["13:30", "24:00"]]] * 6 + [[]]
    draft = edit_calendar_week(calendar, week, by=manager())
    hours = publish_calendar_version(draft, by=manager()).hours()
    assert not hours.is_open(NOON)
    assert hours.is_open(NOON.replace(hour=23, minute=59))


@pytest.mark.parametrize(("week", "refusal"), [
    ([[]] * 7, CalendarNeverOpens),
    ([[["18:00", "09:00"]]] * 7, HoursUnusable),
    ([[["24:30", "25:00"]]] * 7, HoursUnusable),
    (SHOP_WEEK[:5], HoursUnusable),
])  # fmt: skip
def test_a_week_nobody_can_keep_is_refused(week, refusal):
    calendar = make_calendar()
    with pytest.raises(refusal):
        edit_calendar_week(calendar, week, by=manager())
    with pytest.raises(refusal):
        establish_calendar("other", "", week, by=cast.SYSTEM)
    assert not Calendar.objects.filter(code="other").exists()
    assert calendar.draft() is None


def test_days_that_leave_nothing_open_are_refused_at_publishing():
    calendar = make_calendar()
    draft = edit_calendar_day(calendar, ANNIVERSARY, "停业", by=manager())
    today = date.today().toordinal()
    draft.days.filter(day__gte=date.today()).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(version=draft, day=date.fromordinal(today + n), kind="holiday", name="停业")
        for n in range(-1, LONGEST_CLOSURE + 1)
        if not draft.days.filter(day=date.fromordinal(today + n)).exists()
    )
    with pytest.raises(CalendarNeverOpens):
        publish_calendar_version(draft, by=manager())
    assert calendar.current().number == 1


def test_a_published_version_is_frozen_and_not_published_twice():
    calendar = make_calendar()
    version = calendar.current()
    with pytest.raises(IllegalTransition):
        publish_calendar_version(version, by=manager())
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        CalendarVersion.objects.filter(pk=version.pk).update(week=[])


@pytest.mark.parametrize("change", [
    lambda days: days.first().delete(),
    lambda days: days.update(name="改"),
    lambda days: days.create(day=MONDAY, kind="holiday", name="店庆", source=""),
])  # fmt: skip
def test_the_days_of_a_published_version_are_frozen_too(change):
    days = make_calendar().current().days
    with pytest.raises(ProgrammingError, match="frozen"), transaction.atomic():
        change(days)


@pytest.mark.parametrize("columns", [
    {"kind": "holiday", "follows": 4}, {"kind": "make_up"}, {"kind": "make_up", "follows": 7},
])  # fmt: skip
def test_the_database_refuses_days_that_say_two_things(columns):
    version = edit_calendar_day(make_calendar(), ANNIVERSARY, "", by=manager())
    clear_calendar_day(version.calendar, MONDAY, by=manager())
    with pytest.raises(IntegrityError), transaction.atomic():
        version.days.create(day=MONDAY, name="", source="", **columns)


@pytest.mark.parametrize("act", [
    lambda calendar, by: edit_calendar_day(calendar, ANNIVERSARY, "", by=by),
    lambda calendar, by: clear_calendar_day(calendar, MONDAY, by=by),
    lambda calendar, by: announce_calendar_year(calendar, NEW_YEAR_2027, by=by),
    lambda calendar, by: edit_calendar_week(calendar, SHOP_WEEK, by=by),
    lambda calendar, by: publish_calendar_version(calendar.current(), by=by),
])  # fmt: skip
@pytest.mark.parametrize("who", ["service_agent", "director", "customer"])
def test_others_may_look_but_not_edit(act, who):
    calendar = make_calendar()
    by = cast.shopper() if who == "customer" else cast.staff(who)
    with pytest.raises(NotAllowed):
        act(calendar, by)
    assert calendar.draft() is None
    visible = Calendar.objects.visible_to(by)
    assert list(visible) == ([] if who == "customer" else [calendar])


def said_to_be_provisional():
    facts = EventLog.objects.filter(kind="timing.CalendarStillProvisional").order_by("id")
    return [fact.data["year"] for fact in facts]


@pytest.mark.parametrize(("today", "years"), [
    ("2026-10-31", []), ("2026-11-01", [2027]), ("2026-12-31", [2027]), ("2027-01-01", [2027]),
    ("2027-11-01", [2027, 2028]),
])  # fmt: skip
def test_from_november_on_a_year_without_a_notice_is_spoken_of(today, years):
    make_calendar()
    with turned_to(datetime.fromisoformat(f"{today}T09:00+08:00")):
        remind_of_provisional_years(now())
    assert said_to_be_provisional() == years


def test_once_published_or_round_the_clock_nothing_is_said():
    calendar = make_calendar()
    publish_calendar_version(
        announce_calendar_year(calendar, NEW_YEAR_2027, by=manager()), by=manager()
    )
    never_closed = [[["00:00", "24:00"]]] * 7
    night_and_day = establish_calendar("always", "全天", never_closed, by=cast.SYSTEM)
    with turned_to(NOON):
        assert remind_of_provisional_year(calendar, by=cast.SYSTEM) == []
        assert remind_of_provisional_year(night_and_day, by=cast.SYSTEM) == []
    with pytest.raises(NotAllowed):
        remind_of_provisional_year(calendar, by=manager())


def test_the_reminder_comes_every_monday_at_nine():
    schedule = schedule_of(JOBS["timing.remind_of_provisional_years"].schedule)
    monday = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert schedule.next(NOON.replace(day=22), 2) == [monday, monday + timedelta(days=7)]


@pytest.mark.fault("E8")
@pytest.mark.parametrize(
    "day", ["1900-01-01", "1986-05-04", "1991-09-15", "2038-01-19", "9999-12-31"]
)
def test_days_of_any_age_stay_the_days_they_are(day):
    on = date.fromisoformat(day)
    draft = edit_calendar_day(make_calendar(), SpecialDay(on, "holiday", "店庆"), "", by=manager())
    assert draft.days.get(day=on).day.isoformat() == day
    hours = draft.hours()
    assert hours.openings_on(on) == ()
    midnight = datetime(on.year, on.month, on.day, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert not hours.is_open(midnight.replace(hour=12))
