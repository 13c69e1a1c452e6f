"""What staff and the hooks do with deliveries and incoming messages."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from shop.clock import now
from shop.events.errors import NotParked
from shop.events.events import (
    DeliveryReplayed,
    DeliverySkipped,
    MessageContradicted,
    MessageReceived,
)
from shop.events.models import Delivery, InboxMessage
from shop.events.outbox import publish

if TYPE_CHECKING:
    from shop.identity.actors import Actor


def replay_delivery(delivery: Delivery, *, by: Actor) -> Delivery:
    """Try a parked delivery again now; its cause should have been mended."""
    by.require("events.replay_delivery")
    with transaction.atomic():
        columns = {"state": Delivery.State.PENDING, "due_at": now(), "trying_since": now()}
        delivery = _unpark(delivery, **columns)
        publish(DeliveryReplayed(delivery.pk), by=by)
    return delivery


def skip_delivery(delivery: Delivery, *, by: Actor) -> Delivery:
    """Give up a parked delivery for good, so that later ones of its subject go on."""
    by.require("events.skip_delivery")
    with transaction.atomic():
        delivery = _unpark(delivery, state=Delivery.State.SKIPPED, done_at=now())
        publish(DeliverySkipped(delivery.pk), by=by)
    return delivery


def _unpark(delivery: Delivery, **columns: object) -> Delivery:
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if delivery.state != Delivery.State.PARKED:
        raise NotParked
    for name, value in columns.items():
        setattr(delivery, name, value)
    delivery.save(update_fields=list(columns))
    return delivery


def receive_message(source: str, external_id: str, raw: bytes, *, by: Actor) -> bool:
    """Store a verified message once, word for word, and owe its application.

    False: it was here before, and only counts as a repeat. The same number with another body
    changes nothing and is announced as MessageContradicted. Once this returns the sender may be
    told that we have it.
    """
    by.require("events.receive_message")
    digest = hashlib.sha256(raw).digest()
    with transaction.atomic():
        message, is_new = InboxMessage.objects.get_or_create(
            source=source,
            external_id=external_id,
            defaults={"raw": raw, "body_hash": digest, "received_at": now()},
        )
        if is_new:
            publish(MessageReceived(message_id=message.pk, source=source), by=by)
            return True
        InboxMessage.objects.filter(pk=message.pk).update(repeats=F("repeats") + 1)
        if bytes(message.body_hash) != digest:
            publish(MessageContradicted(message_id=message.pk, source=source), by=by)
    return False


def mark_applied(message: InboxMessage, outcome: str, *, by: Actor) -> None:
    """Record what became of a message, in the transaction of its effect."""
    by.require("events.mark_applied")
    InboxMessage.objects.filter(pk=message.pk).update(applied_at=now(), outcome=outcome)
