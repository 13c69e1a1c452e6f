"""Reads over the event log."""

from datetime import datetime

from django.db.models import Min, QuerySet

from shop.events.models import Delivery, EventLog


def history(stream: str) -> QuerySet[EventLog]:
    """The facts of one subject, newest first."""
    return EventLog.objects.filter(stream=stream).order_by("-seq")


def oldest_waiting() -> datetime | None:
    """Since when the longest-waiting delivery has been owed; None when nothing waits."""
    pending = Delivery.objects.filter(state=Delivery.State.PENDING)
    oldest: datetime | None = pending.aggregate(at=Min("created_at"))["at"]
    return oldest
