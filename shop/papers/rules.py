"""When a document is warned of, and how it stands on a day; from values alone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shop.timing.rules import BusinessCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
WARNED_BEFORE: Mapping[int, int] = {1: 60, 2: 30, 3: 7}
"""Level of its timer → days before its end."""

LAPSE = 4
"""The level at which it has ended."""

LONGEST_CLOSED = 15  # days: no holiday of the house is longer


def endings(calendar: BusinessCalendar, valid_until: date) -> dict[int, datetime]:
    """When its end is told of: three times on a working day, and when its last day is over."""
    warnings = {
        level: opening_by(calendar, valid_until - timedelta(days=days))
        for level, days in WARNED_BEFORE.items()
    }
    return {**warnings, LAPSE: midnight(valid_until + timedelta(days=1))}


def opening_by(calendar: BusinessCalendar, day: date) -> datetime:
    """When the house opens on that day, or on the last working day before it: never later."""
    for back in range(LONGEST_CLOSED):
        candidate = day - timedelta(days=back)
        if calendar.openings_on(candidate):
            return calendar.next_opening(midnight(candidate))
    return midnight(day)


def midnight(day: date) -> datetime:
    """Its beginning in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def standing(
    valid_from: date, valid_until: date | None, is_withdrawn: bool, has_successor: bool, on: date
) -> str:
    """withdrawn, superseded, coming, lapsed, ending (within 60 days) or in_force."""
    if is_withdrawn:
        return "withdrawn"
    if has_successor and (valid_until is None or valid_until < on):
        return "superseded"
    if valid_from > on:
        return "coming"
    if valid_until is None:
        return "in_force"
    if valid_until < on:
        return "lapsed"
    warned = valid_until - timedelta(days=WARNED_BEFORE[1])
    return "ending" if warned <= on and not has_successor else "in_force"
