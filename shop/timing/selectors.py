"""Reads for the pages of time: timetables in words of rows, drafts against what is in force."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shop.clock import now
from shop.timing.errors import ScheduleUnusable
from shop.timing.rules import Schedule, UnusableSchedule, schedule_of


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
