"""What timing decides from values alone: open hours, schedules, retries, notices of holidays."""

from shop.timing.rules.calendars import (
    LONGEST_CLOSURE,
    SHANGHAI,
    SHOP_WEEK,
    AnnouncedYear,
    BusinessCalendar,
    NoOpenHours,
    Opening,
    Pause,
    SpecialDay,
    Template,
    UnusableHours,
    Week,
    due_at,
    openings_of,
    warn_after,
    week_of,
    years_near,
)
from shop.timing.rules.notices import UnreadableNotice, notice_of
from shop.timing.rules.retries import LONGEST_WAIT, next_attempt
from shop.timing.rules.schedules import (
    CatchUp,
    Schedule,
    UnusableSchedule,
    owed,
    schedule_of,
)

__all__ = [
    "LONGEST_CLOSURE",
    "LONGEST_WAIT",
    "SHANGHAI",
    "SHOP_WEEK",
    "AnnouncedYear",
    "BusinessCalendar",
    "CatchUp",
    "NoOpenHours",
    "Opening",
    "Pause",
    "Schedule",
    "SpecialDay",
    "Template",
    "UnreadableNotice",
    "UnusableHours",
    "UnusableSchedule",
    "Week",
    "due_at",
    "next_attempt",
    "notice_of",
    "openings_of",
    "owed",
    "schedule_of",
    "warn_after",
    "week_of",
    "years_near",
]
