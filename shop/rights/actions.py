"""Copies and erasures: asked for, carried out, called off."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import models, transaction
from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import after_commit, publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.identity.fields import BlindIndexField, EncryptedTextField
from shop.identity.models import Address, Customer
from shop.identity.privacy import OWNED, PERSONAL, Erase
from shop.records.actions.files import keep_file, read_file, remove_file
from shop.records.models import AuditEntry, StoredFile
from shop.records.trail import record
from shop.rights import rules
from shop.rights.copies import archive
from shop.rights.errors import CopyNotReady, ErasureHindered, LinkUsed
from shop.rights.events import (
    CopyFetched,
    CopyPrepared,
    CopyRequested,
    CustomerErased,
    ErasureCalledOff,
    ErasureRequested,
    ErasureStopped,
)
from shop.rights.files import DATA_COPY
from shop.rights.hindrances import hindrances_of
from shop.rights.models import COOLING_OVER, DataRequest
from shop.rights.remembered import remember
from shop.rights.selectors import copy_of, rows_of, streams_of
from shop.timing.actions.timers import arm_timer, cancel_timers

Kind, Status = DataRequest.Kind, DataRequest.Status
BY_THE_HOUSE = Actor.system("an erasure was asked for")
ALL_OF_IT = gettext_noop("a copy of all data of the customer")
ERASED = "［已删除］"
"""Stands where a text about an erased person stood."""


def request_copy(customer: Customer, identified: str = "", *, by: Actor) -> DataRequest:
    """Have a copy made of all we know of the customer; the one being made, if there is one.

    Staff ask for one who phones, and say how they made sure who it is (PIPL art. 45).
    """
    by.require("rights.request_copy", owner=customer.pk)
    _require_identified(identified, by)
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        known = customer.data_requests.open().filter(kind=Kind.COPY).first()
        if known is not None:
            return known
        request = _ask(customer, Kind.COPY, Status.ASKED, identified, by)
        publish(CopyRequested(request.pk, customer.pk), by=by)
    return request


def _require_identified(identified: str, by: Actor) -> None:
    if by.user is not None and identified not in DataRequest.Identified.values:
        raise InvalidValue(
            fields={"identified": [_("Say how you made sure that it is the customer who asks.")]}
        )


def _ask(customer: Customer, kind: str, status: str, identified: str, by: Actor) -> DataRequest:
    if customer.erased_at is not None:
        raise InvalidValue(fields={"customer": [_("This customer was erased.")]})
    return DataRequest.objects.create(
        kind=kind,
        customer=customer,
        status=status,
        asked_at=now(),
        asked_for_by=by.user,
        identified=identified,
    )


def prepare_copy(request: DataRequest, *, by: Actor) -> DataRequest:
    """Put the copy together and keep it for a week. Repeating finds it made."""
    by.require("rights.prepare_copy")
    with transaction.atomic():
        request = DataRequest.objects.locked().get(pk=request.pk)
        if request.status != Status.ASKED:
            return request
        customer = request.customer
        content = archive(copy_of(customer), now())
        request.file = keep_file(
            DATA_COPY, f"我的数据 {now():%Y-%m-%d}.zip", content, owner=customer.party, by=by
        )
        _answer(request, "prepare")
        publish(CopyPrepared(request.pk, customer.pk, request.file.pk), by=by)
    return request


def _answer(request: DataRequest, verb: str) -> None:
    advance(request, verb)
    request.answered_at = now()
    request.save(update_fields=["status", "answered_at", "file"])


def issue_copy_link(request: DataRequest, *, by: Actor) -> str:
    """A secret that opens the copy once, within ten minutes; the one before opens nothing more.

    Raises CopyNotReady.
    """
    by.require("rights.issue_copy_link", owner=request.customer_id)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        request = DataRequest.objects.locked().select_related("file").get(pk=request.pk)
        if request.file is None or request.file.removed_at is not None:
            raise CopyNotReady
        request.link_digest = _digest(token)
        request.link_until = now() + rules.LINK_LIFE
        request.save(update_fields=["link_digest", "link_until"])
    return token


def fetch_copy(token: str, *, by: Actor) -> tuple[StoredFile, bytes]:
    """The copy that this link opens, once; on the audit trail as the customer's export.

    Raises LinkUsed for one that was used, is too old, or never was.
    """
    by.require("rights.fetch_copy")
    with transaction.atomic():
        request = (
            DataRequest.objects.locked()
            .select_related("file", "customer")
            .filter(link_digest=_digest(token), link_until__gt=now())
            .first()
        )
        if request is None or request.file is None:
            raise LinkUsed
        content = read_file(request.file, by=by)
        advance(request, "fetch")
        request.link_digest = request.link_until = None
        request.save(update_fields=["status", "link_digest", "link_until"])
        customer = Actor.shopper(request.customer)
        record(AuditEntry.Kind.EXPORT, request.customer.stream, ALL_OF_IT, by=customer)
        publish(CopyFetched(request.pk, request.customer_id), by=customer)
    return request.file, content


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def request_erasure(customer: Customer, identified: str = "", *, by: Actor) -> DataRequest:
    """Begin the week after which nothing tells any more who the customer was (PIPL art. 47).

    Staff ask for one who phones. Asked again it is the same request. Raises ErasureHindered
    while an order is open or money is owed.
    """
    by.require("rights.request_erasure", owner=customer.pk)
    _require_identified(identified, by)
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        known = customer.data_requests.open().filter(kind=Kind.ERASURE).first()
        if known is not None:
            return known
        if reasons := hindrances_of(customer):
            raise ErasureHindered(reasons)
        request = _ask(customer, Kind.ERASURE, Status.COOLING, identified, by)
        arm_timer(COOLING_OVER, request.stream, request.erases_at, by=BY_THE_HOUSE)
        publish(ErasureRequested(request.pk, customer.pk), by=by)
    return request


def call_off_erasure(request: DataRequest, *, by: Actor) -> DataRequest:
    """The customer stays, and everything is as it was. Raises IllegalTransition afterwards."""
    by.require("rights.call_off_erasure", owner=request.customer_id)
    with transaction.atomic():
        request = DataRequest.objects.locked().get(pk=request.pk)
        _answer(request, "call_off")
        cancel_timers(COOLING_OVER, request.stream, by=BY_THE_HOUSE)
        publish(ErasureCalledOff(request.pk, request.customer_id), by=by)
    return request


def erase_customer(request: DataRequest, *, by: Actor) -> DataRequest:
    """Carry out an erasure whose cooling is over, or stop it and say so when something stands in
    its way. What was carried out before, and what was called off, stays as it is.

    Locks their addresses, as `place_order` does: no order of theirs comes in meanwhile.
    """
    by.require("rights.erase_customer")
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).get(pk=request.customer_id)
        request = DataRequest.objects.locked().get(pk=request.pk)
        if not request.is_open or now() < request.erases_at:
            return request
        list(Address.objects.select_for_update().filter(party=customer.party_id).order_by("pk"))
        if hindrances_of(customer):
            return _stop(request, by)
        rows = _erase_rows(customer, by)
        after_commit(lambda: remember(Customer.objects.get(pk=customer.pk)))
        _answer(request, "erase")
        publish(CustomerErased(customer.pk, request.pk, rows), by=by)
    return request


def erase_again(customer: Customer, erased_at: datetime, *, by: Actor) -> DataRequest:
    """Erase somebody whom a restored backup has brought back (I7): their week was over at
    `erased_at`. What stands in the way now stops it, to be tried again every night.
    """
    by.require("rights.erase_again")
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        request = customer.data_requests.open().filter(kind=Kind.ERASURE).first()
        if request is None:
            request = _ask(customer, Kind.ERASURE, Status.COOLING, "", by)
        cancel_timers(COOLING_OVER, request.stream, by=BY_THE_HOUSE)
        request.asked_at = erased_at - rules.COOLING
        request.save(update_fields=["asked_at"])
        return erase_customer(request, by=BY_THE_HOUSE)


def _stop(request: DataRequest, by: Actor) -> DataRequest:
    is_news = request.status != Status.STOPPED
    advance(request, "stop")
    request.save(update_fields=["status"])
    if is_news:
        publish(ErasureStopped(request.pk, request.customer_id), by=by)
    return request


def _erase_rows(customer: Customer, by: Actor) -> int:
    """By the inventory: rows go, or what they tell of the person. Returns how many were met."""
    for stored in StoredFile.objects.kept().filter(owner=customer.party_id):
        remove_file(stored, StoredFile.Gone.ERASURE, by=BY_THE_HOUSE)
    streams = streams_of(customer)
    met = 0
    for label, owned in OWNED.items():
        rows = rows_of(customer, label, streams)
        met += rows.delete()[0] if owned.rows == Erase.DELETE else _empty(label, rows)
    Customer.objects.filter(pk=customer.pk).update(nickname="", erased_at=now())
    return met


def _empty(label: str, rows: QuerySet[Any]) -> int:
    """Take the person out of rows that stay. Append-only tables let this one change happen."""
    model = apps.get_model(label)
    values = {
        field.name: _nothing(field)
        for field in model._meta.local_concrete_fields
        if (entry := PERSONAL.get(f"{label}.{field.name}")) and entry.erase != Erase.KEEP
    }
    if not values:
        return 0
    guards = [f"{label}:{guard.name}" for guard in getattr(model._meta, "triggers", ())]
    with pgtrigger.ignore(*guards) if guards else transaction.atomic():
        return rows.update(**values)


def _nothing(field: models.Field[Any, Any]) -> Any:
    """What stands in the column afterwards. An empty text stays empty."""
    if isinstance(field, BlindIndexField):
        return secrets.token_bytes(32) if field.unique else bytes(32)
    if field.null:
        return None
    if isinstance(field, EncryptedTextField):
        return ERASED
    if isinstance(field, models.BinaryField):
        return bytes(32)
    return Case(When(**{field.name: ""}, then=Value("")), default=Value(ERASED))
