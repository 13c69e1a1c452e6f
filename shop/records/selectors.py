"""Reads over records."""

from dataclasses import dataclass
from datetime import datetime

from shop.events.models import EventLog
from shop.events.outbox import kind_of
from shop.records.events import HeadAnchored
from shop.records.models import Batch, Verification
from shop.records.rules import MARGIN, first_id_of, instant_of
from shop.records.sealer import LAST, ZERO, find


@dataclass(frozen=True)
class ChainState:
    """How far the chain reaches, and when it was last looked over. None: never yet."""

    rows: int
    sealed_at: datetime | None
    waiting_since: datetime | None
    verification: Verification | None
    anchored_at: datetime | None


def chain_state() -> ChainState:
    """For the page of the audit trail: four small queries."""
    last = Batch.objects.order_by("-number").first()
    anchored = EventLog.objects.filter(kind=kind_of(HeadAnchored)).order_by("-id").first()
    return ChainState(
        rows=last.last_seq if last else 0,
        sealed_at=last.sealed_at if last else None,
        waiting_since=_waiting_since(last),
        verification=Verification.objects.order_by("-pk").first(),
        anchored_at=anchored.at if anchored else None,
    )


def _waiting_since(last: Batch | None) -> datetime | None:
    """When the first row that has no seal yet was written."""
    low = first_id_of(last.sealed_at - MARGIN) if last else ZERO
    waiting = find(low, LAST, most=1)
    return instant_of(waiting[0].row) if waiting else None
