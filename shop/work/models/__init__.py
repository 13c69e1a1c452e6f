"""Work items with their logs; approvals and who decides for whom; long work."""

from shop.work.models.approvals import Approval, Deputation, WithinLimit
from shop.work.models.items import (
    WorkEntry,
    WorkHandOver,
    WorkItem,
    WorkItemQuerySet,
    posts_under,
)
from shop.work.models.jobs import Job, JobError

__all__ = [
    "Approval",
    "Deputation",
    "Job",
    "JobError",
    "WithinLimit",
    "WorkEntry",
    "WorkHandOver",
    "WorkItem",
    "WorkItemQuerySet",
    "posts_under",
]
