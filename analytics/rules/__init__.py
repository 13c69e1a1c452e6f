"""What analytics decides from values alone: which page events count, when a report is due."""

from analytics.rules.reports import (
    DUTY_POSTS,
    MOST_PAUSED,
    Days,
    data_day,
    deadline,
    due_slot,
    next_ask,
    next_try,
    resendable_from,
    stop_at,
)
from analytics.rules.visits import (
    IDLE,
    LONGEST_VISIT,
    MOST_EVENTS,
    NAME,
    PAGES,
    Sent,
    Stretch,
    flaw,
    visit_of,
)

__all__ = [
    "DUTY_POSTS",
    "IDLE",
    "LONGEST_VISIT",
    "MOST_EVENTS",
    "MOST_PAUSED",
    "NAME",
    "PAGES",
    "Days",
    "Sent",
    "Stretch",
    "data_day",
    "deadline",
    "due_slot",
    "flaw",
    "next_ask",
    "next_try",
    "resendable_from",
    "stop_at",
    "visit_of",
]
