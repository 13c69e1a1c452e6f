"""Instants, and short ways to see what became of a notice."""

from datetime import datetime

from shop.clock import SHANGHAI
from shop.notices.models import NoticeSending

WEDNESDAY = datetime(2026, 11, 18, 10, 0, tzinfo=SHANGHAI)
TEMPLATES = {
    name: name.ljust(43, "-")
    for name in ("order_paid", "order_shipped", "order_cancelled", "payment_ending")
}


def on(day: str, clock: str) -> datetime:
    """on("2026-11-18", "21:00"), wall time of Shanghai."""
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=SHANGHAI)


def outcomes(**of):
    """(channel, state, reason) of the sendings, oldest first."""
    found = NoticeSending.objects.filter(**of).order_by("pk")
    return list(found.values_list("channel", "status", "reason"))


def sending(channel, **of) -> NoticeSending:
    return NoticeSending.objects.get(channel=channel, **of)
