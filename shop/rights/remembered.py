"""Who was erased, kept outside of the database: a backup that is restored brings them back, and
this list sends them away again (I7).

A line names a customer by number and by the instant they joined, nothing else: the number alone
may belong to somebody new after an older backup was restored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings

from shop.identity.models import Customer
from shop.records.lines import append_line, lines_of

log = structlog.get_logger(__name__)
FILE = "erased.jsonl"


@dataclass(frozen=True)
class Gone:
    """Somebody who was erased."""

    customer: int
    joined: datetime
    erased: datetime


def remember(customer: Customer) -> None:
    """Write them down. A folder that cannot be written to stops no erasure: the nightly
    comparison finds who is missing."""
    if customer.erased_at is None:
        return
    said = {
        "customer": customer.pk,
        "joined": customer.created_at.isoformat(),
        "erased": customer.erased_at.isoformat(),
    }
    try:
        append_line(_path(), said)
    except OSError as error:
        log.error("erased_not_written_down", customer=customer.pk, error=str(error))


def remember_the_missing() -> int:
    """Write down whoever was erased and does not stand there; how many."""
    written = {(gone.customer, gone.joined) for gone in all_gone()}
    missing = [
        customer
        for customer in Customer.objects.filter(erased_at__isnull=False).order_by("pk")
        if (customer.pk, customer.created_at) not in written
    ]
    for customer in missing:
        remember(customer)
    return len(missing)


def all_gone() -> Iterator[Gone]:
    """Everybody on the list."""
    for said in lines_of(_path()):
        instants = {name: datetime.fromisoformat(said[name]) for name in ("joined", "erased")}
        yield Gone(said["customer"], **instants)


def come_back() -> Iterator[tuple[Customer, Gone]]:
    """Those on the list whom a restored backup has brought back."""
    for gone in all_gone():
        customer = Customer.objects.filter(
            pk=gone.customer, created_at=gone.joined, erased_at__isnull=True
        ).first()
        if customer is not None:
            yield customer, gone


def _path() -> Path:
    return Path(settings.AUDIT_ANCHORS) / FILE
