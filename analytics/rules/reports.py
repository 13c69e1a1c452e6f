"""When a report falls due, how long it waits and how often it is tried.

All times of day are wall time of the report's zone; instants are aware.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from shop.timing.rules import Schedule, wall_instant

Days = Literal["every_day", "workdays"]

LOOK_BACK = timedelta(days=14)  # longer than any closure of the calendar
ASK_AGAIN = timedelta(minutes=10)  # whether the day before is measured
WAIT_UNTIL = 10 * 60 + 30  # minutes of the day: then it goes out, complete or not
STOP_TRYING = 12 * 60  # minutes of the day: a morning's figures are no use in the afternoon
AT_LEAST = timedelta(minutes=30)  # to wait, and to try, when the slot itself lies that late
RETRIES = (1, 5, 15, 60)  # minutes; then every hour
RESEND_AFTER = timedelta(minutes=30)
MOST_PAUSED = 7  # days, for those whose duty it is to read it
DUTY_POSTS = frozenset({"director", "operations_manager"})  # B2.2.1, D7.2.2


def due_slot(
    timetable: Schedule, slot: datetime, is_report_day: Callable[[date], bool]
) -> datetime | None:
    """This slot if it lies on a day of the report, else the last before it; None in two weeks.

    On a day off it is that of the workday before: whoever was down all Friday still owes it. A
    slot of an older timetable is owed as it was.
    """
    slots = [at for at in timetable.until(slot - LOOK_BACK, slot) if at < slot] + [slot]
    days = (at for at in reversed(slots) if is_report_day(_local_day(at, timetable.zone)))
    return next(days, None)


def deadline(slot: datetime, zone: ZoneInfo) -> datetime:
    """Until when it waits for figures that are not measured yet: half past ten."""
    return max(wall_instant(_local_day(slot, zone), WAIT_UNTIL, zone), slot + AT_LEAST)


def stop_at(slot: datetime, zone: ZoneInfo) -> datetime:
    """When what could not be handed over is given up: noon."""
    return max(wall_instant(_local_day(slot, zone), STOP_TRYING, zone), deadline(slot, zone))


def next_ask(at: datetime, until: datetime) -> datetime:
    """When to ask for the figures again: in ten minutes, and at the deadline for the last time."""
    return min(at + ASK_AGAIN, max(at, until))


def next_try(attempts: int, at: datetime, until: datetime, jitter: float) -> datetime | None:
    """When a mail that the server did not take is handed over again: 1, 5, 15, 60 min, hourly.

    `attempts` have failed; `jitter` is from 0.8 to 1.2. None: not before `until`, so not at all.
    """
    minutes = RETRIES[min(attempts, len(RETRIES)) - 1]
    again = at + timedelta(minutes=minutes) * jitter
    return again if again <= until else None


def resendable_from(unanswered_at: datetime) -> datetime:
    """From when a person may send again what the server never answered: it may still arrive."""
    return unanswered_at + RESEND_AFTER


def _local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
