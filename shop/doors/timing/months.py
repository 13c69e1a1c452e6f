"""A year as twelve months of days, each with what it is."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils.translation import gettext as _

from shop.clock import today
from shop.doors.timing.words import WEEKDAYS
from shop.timing.models import CalendarDay, CalendarVersion
from shop.timing.rules import BusinessCalendar


@dataclass(frozen=True)
class Cell:
    """One day: its look, what its weekday or its notice makes of it, whether the draft moved it."""

    day: date
    look: str
    says: str
    mark: str
    is_today: bool
    is_changed: bool


@dataclass(frozen=True)
class Month:
    """Its weeks, Monday first, None before and after it; and its special days in a list."""

    first: date
    weeks: list[list[Cell | None]]
    named: list[str]


def months_of(version: CalendarVersion, year: int, changed: set[date]) -> list[Month]:
    """The twelve months of a version, with the days a draft has changed marked."""
    special = {day.day: day for day in version.days.filter(day__year=year)}
    hours, now_on = version.hours(), today()

    def cell(day: date) -> Cell:
        found = special.get(day)
        look = found.kind if found else "work" if hours.openings_on(day) else "off"
        return Cell(
            day, look, says(day, found, hours), MARKS[look](), day == now_on, day in changed
        )

    return [_month(year, month, cell, special) for month in range(1, 13)]


def _month(year, month, cell, special) -> Month:
    weeks = [
        [cell(day) if day.month == month else None for day in week]
        for week in calendar.Calendar().monthdatescalendar(year, month)
    ]
    days = [found for day, found in sorted(special.items()) if day.month == month]
    return Month(date(year, month, 1), weeks, list(_named(days)))


MARKS = {
    "holiday": lambda: _("off"),
    "make_up": lambda: _("wk"),
    "work": lambda: "",
    "off": lambda: "",
}


def says(day: date, found: CalendarDay | None, hours: BusinessCalendar) -> str:
    """A day in words: its weekday, its name, its hours."""
    stretches = ", ".join(
        f"{opens // 60:02d}:{opens % 60:02d}–{closes // 60:02d}:{closes % 60:02d}"
        for opens, closes in hours.openings_on(day)
    )
    parts = [day.isoformat(), str(WEEKDAYS[day.weekday()]), found.name if found else ""]
    return " ".join([*filter(None, parts), stretches or _("closed")])


def _named(days: list[CalendarDay]) -> Iterator[str]:
    """`1–3 元旦 · 4 元旦 (worked)`."""
    for (name, kind), same in groupby(days, key=lambda day: (day.name, day.kind)):
        numbers = [day.day.day for day in same]
        is_run = numbers == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 1
        which = f"{numbers[0]}–{numbers[-1]}" if is_run else ", ".join(map(str, numbers))
        is_worked = kind == CalendarDay.Kind.MAKE_UP
        yield f"{which} {_('{name} (worked)').format(name=name) if is_worked else name}"
