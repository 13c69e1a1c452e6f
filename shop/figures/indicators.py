"""What the house itself counts, whichever chapter it comes from: work that waits (A3.1)."""

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from shop.figures.registry import Better, Indicator, Level
from shop.work.models import WorkItem

OPEN_WORK = Level(
    "figures.open_work",
    _("open work"),
    WorkItem.objects.all,
    "opened_at",
    {"post": "role"},
    ends="closed_at",
)
OVERDUE_WORK = Level(
    "figures.overdue_work",
    _("overdue work"),
    WorkItem.objects.all,
    "clock__breach_at",
    {"post": "role"},
    ends="closed_at",
)
"""A paused clock has no due time: what waits for somebody outside is not overdue."""

Indicator(
    "figures.open_work", _("open work"), _("work items open at the end of the day"), "A3.1",
    "operations_manager", OPEN_WORK, Count("pk"), better=Better.LOWER,
)  # fmt: skip
Indicator(
    "figures.overdue_work", _("overdue work"),
    _("work items open and past their time at the end of the day"), "A3.1",
    "operations_manager", OVERDUE_WORK, Count("pk"), better=Better.LOWER,
)  # fmt: skip
