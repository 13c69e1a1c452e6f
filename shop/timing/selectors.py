"""Reads for the pages of time: timetables as typed, drafts against what is in force."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Min

from shop.clock import now
from shop.timing.errors import ScheduleUnusable
from shop.timing.models import CalendarDay, CalendarVersion, Clock, ClockJob, JobRun, Timer
from shop.timing.models.calendars import SAID
from shop.timing.rules import Pause, Schedule, UnusableSchedule, due_at, schedule_of

MOST_CLOCKS = 2_000
"""Of how many running clocks a draft's effect is reckoned before it is published."""


def read_schedule(stored: Mapping[str, Any]) -> Schedule:
    """A timetable as typed. Raises ScheduleUnusable, which names the field."""
    try:
        return schedule_of(stored)
    except UnusableSchedule as error:
        raise ScheduleUnusable.at(error.field, error.reason) from None


def upcoming_slots(stored: Mapping[str, Any], count: int = 5) -> list[datetime]:
    """The next slots of a timetable, in its own zone. Raises ScheduleUnusable."""
    timetable = read_schedule(stored)
    return [slot.astimezone(timetable.zone) for slot in timetable.next(now(), count)]


class DayChange(NamedTuple):
    """What a draft says of a day otherwise than the version in force; None: its weekday decides."""

    day: date
    before: CalendarDay | None
    after: CalendarDay | None


class HoursChange(NamedTuple):
    """Other hours of a weekday (Monday is 0), as stored."""

    weekday: int
    before: list[list[str]]
    after: list[list[str]]


@dataclass(frozen=True)
class Differences:
    """All that publishing a draft would change."""

    days: list[DayChange]
    hours: list[HoursChange]
    years: list[int]

    def __bool__(self) -> bool:
        return bool(self.days or self.hours or self.years)


def differences(draft: CalendarVersion, current: CalendarVersion) -> Differences:
    """A draft against the version in force."""
    before, after = ({day.day: day for day in v.days.all()} for v in (current, draft))
    days = (DayChange(day, before.get(day), after.get(day)) for day in sorted({*before, *after}))
    weeks = zip(range(7), current.week, draft.week, strict=True)
    return Differences(
        [change for change in days if _said(change.before) != _said(change.after)],
        [HoursChange(*hours) for hours in weeks if hours[1] != hours[2]],
        sorted({*draft.years} - {*current.years}),
    )


def _said(day: CalendarDay | None) -> tuple[object, ...]:
    return tuple(getattr(day, name) for name in SAID) if day else ()


class MovedClock(NamedTuple):
    """A running clock that a draft would move."""

    clock: Clock
    old: datetime
    new: datetime


@dataclass(frozen=True)
class Moved:
    """The clocks that a draft would move; `of` were reckoned, not more than MOST_CLOCKS."""

    clocks: list[MovedClock]
    of: int
    is_cut: bool


def moved_clocks(draft: CalendarVersion) -> Moved:
    """What publishing would do to the clocks now running, those due first first.

    Raises NoOpenHours when by the draft nothing would ever fall due.
    """
    running = Clock.objects.running().filter(calendar=draft.calendar_id)
    clocks = list(running.prefetch_related("pauses").order_by("breach_at")[: MOST_CLOCKS + 1])
    reckoned = clocks[:MOST_CLOCKS]
    return Moved(list(_moved(draft, reckoned)), len(reckoned), len(clocks) > MOST_CLOCKS)


def _moved(draft: CalendarVersion, clocks: list[Clock]) -> Iterator[MovedClock]:
    hours = draft.hours()
    for clock in clocks:
        pauses = [Pause(pause.began_at, pause.ended_at) for pause in clock.pauses.all()]
        new = due_at(hours, clock.started_at, clock.target, pauses)
        if new is not None and clock.breach_at is not None and new != clock.breach_at:
            yield MovedClock(clock, clock.breach_at, new)


def oldest_overdue_timer(at: datetime) -> datetime | None:
    """Since when the timer waits that should have fired first; None when none is overdue."""
    overdue = Timer.objects.filter(state=Timer.State.ARMED, try_at__lte=at)
    oldest: datetime | None = overdue.aggregate(at=Min("try_at"))["at"]
    return oldest


def oldest_overdue_slot(at: datetime) -> datetime | None:
    """The clock jobs' earliest slot that nobody has planned, or planned and begun; None: none."""
    unplanned = ClockJob.objects.due(at).aggregate(at=Min("next_at"))["at"]
    idle = JobRun.objects.free(at).aggregate(at=Min("try_at"))["at"]
    return min(filter(None, (unplanned, idle)), default=None)
