"""What is done with the audit trail."""

import time

from django.db import transaction

from shop.clock import now
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.records.events import ChainBroken
from shop.records.models import Batch, Verification
from shop.records.verifier import Break, verify_chain


def verify_audit(*, by: Actor) -> tuple[Verification, list[Break]]:
    """Walk the chain and keep what came of it; announces ChainBroken unless it holds (J7)."""
    by.require("records.verify_audit")
    began_at, began = now(), time.monotonic()
    last = Batch.objects.order_by("-number").first()
    found = verify_chain()
    with transaction.atomic():
        kept = Verification.objects.create(
            began_at=began_at,
            took_ms=int((time.monotonic() - began) * 1000),
            rows=last.last_seq if last else 0,
            breaks=len(found),
        )
        if found:
            publish(ChainBroken(kept.pk, len(found)), by=by)
    return kept, found
