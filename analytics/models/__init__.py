"""The rows of analytics."""

from analytics.models.reports import (
    DAILY,
    MAIL_RETRY,
    MONTHLY,
    RUN_WAITS,
    WEEKLY,
    Report,
    ReportContent,
    ReportMail,
    ReportRun,
    Subscription,
)
from analytics.models.visits import DroppedEvents, PageEvent, Visit, Visitor

__all__ = [
    "DAILY",
    "MAIL_RETRY",
    "MONTHLY",
    "RUN_WAITS",
    "WEEKLY",
    "DroppedEvents",
    "PageEvent",
    "Report",
    "ReportContent",
    "ReportMail",
    "ReportRun",
    "Subscription",
    "Visit",
    "Visitor",
]
