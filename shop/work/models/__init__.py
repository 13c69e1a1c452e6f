"""Work items with their logs; approvals and who decides for whom."""

from shop.work.models.approvals import Approval, Deputation, WithinLimit
from shop.work.models.items import (
    WorkEntry,
    WorkHandOver,
    WorkItem,
    WorkItemQuerySet,
    posts_under,
)

__all__ = [
    "Approval",
    "Deputation",
    "WithinLimit",
    "WorkEntry",
    "WorkHandOver",
    "WorkItem",
    "WorkItemQuerySet",
    "posts_under",
]
