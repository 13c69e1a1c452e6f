"""Which days a report speaks of, and which days those are held against.

Everything goes by the calendar on the wall of the report's zone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shop.timing.rules import wall_instant

Code = Literal["daily", "weekly", "monthly"]

A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)
LONGEST_CLOSURE = 14  # days; no holiday of the calendar lasts longer
MONTH_DAYS = range(1, 29)  # every month has them
WEEKDAYS = range(7)  # Monday is 0
BEGINS_WITH: dict[str, dict[str, list[int]]] = {
    "daily": {},
    "weekly": {"weekdays": [0]},
    "monthly": {"month_days": [1]},
}
"""On which days a report falls due, until staff change that."""


@dataclass(frozen=True)
class Span:
    """Business days, the first and the last included."""

    since: date
    until: date

    def __len__(self) -> int:
        return (self.until - self.since).days + 1

    def days(self) -> list[date]:
        return [self.since + n * A_DAY for n in range(len(self))]


def span_told(code: str, slot: datetime, zone: ZoneInfo) -> Span:
    """The day, the week from Monday to Sunday, or the month that was over when the slot's day
    began: none twice, none never, however the slots are moved within theirs."""
    return span_before(code, slot.astimezone(zone).date())


def span_before(code: str, day: date) -> Span:
    """The last whole day, week or month before this day."""
    if code == "weekly":
        monday = day - day.weekday() * A_DAY
        return Span(monday - A_WEEK, monday - A_DAY)
    if code == "monthly":
        last = day.replace(day=1) - A_DAY
        return Span(last.replace(day=1), last)
    return Span(day - A_DAY, day - A_DAY)


def span_compared(code: str, span: Span) -> Span:
    """The same weekday a week before; the same weekdays of the week before; the month before."""
    if code == "monthly":
        return span_before(code, span.since)
    return Span(span.since - A_WEEK, span.until - A_WEEK)


def goes_out(slot: datetime, zone: ZoneInfo, is_report_day: Callable[[date], bool]) -> datetime:
    """The slot, or the same time of the first day after it on which the report goes out.

    A closure longer than any there is moves nothing.
    """
    wall = slot.astimezone(zone)
    minutes = wall.hour * 60 + wall.minute
    days = (wall.date() + n * A_DAY for n in range(LONGEST_CLOSURE + 1))
    first = next((day for day in days if is_report_day(day)), wall.date())
    return slot if first == wall.date() else wall_instant(first, minutes, zone)


def timetable(code: str, time: str, zone: str, on: int | None) -> dict[str, Any]:
    """The schedule of a report's clock job: at this time, on this weekday or day of the month.

    Without `on` it begins with Monday, or with the first. Raises ValueError for a day that a
    week or some month lacks.
    """
    days = dict(BEGINS_WITH[code])
    for kind in days:
        known = WEEKDAYS if kind == "weekdays" else MONTH_DAYS
        if on is not None and on not in known:
            raise ValueError(f"{on} is none of the {kind}")
        days[kind] = days[kind] if on is None else [on]
    return {"times": [time], "zone": zone, **days}
