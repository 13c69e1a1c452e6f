"""Which rows are whose, by the inventory of personal data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Model, Q, QuerySet

from shop.identity.fields import BlindIndexField
from shop.identity.models import Customer, User
from shop.identity.privacy import IMPERSONAL, OWNED, PERSONAL, Match, Owned

Row = dict[str, Any]


def rows_of(customer: Customer, label: str, streams: set[str]) -> QuerySet[Any]:
    """The customer's rows of a table of the inventory, in the order in which they were made."""
    model, owned = apps.get_model(label), OWNED[label]
    rows = model._default_manager.all() if model is not Customer else Customer.objects.all()
    return rows.filter(_is_of(customer, owned, streams)).order_by("pk")


def _is_of(customer: Customer, owned: Owned, streams: set[str]) -> Q:
    if owned.match == Match.STREAM:
        return Q(**{f"{owned.path}__in": streams})
    if owned.match == Match.SCOPE:
        return Q(**{f"{owned.path}__startswith": f"{customer.pk} "})
    return Q(**{owned.path: customer.pk})


def streams_of(customer: Customer) -> set[str]:
    """The subjects that are the customer's: themselves, their orders, whatever is linked."""
    linked = [label for label, owned in OWNED.items() if owned.match == Match.LINK]
    with_stream = [label for label in linked if hasattr(apps.get_model(label), "stream")]
    return {row.stream for label in with_stream for row in rows_of(customer, label, set())}


def copy_of(customer: Customer) -> dict[str, list[Row]]:
    """Table → the customer's rows, with every column that may be told them. Nobody else's."""
    streams = streams_of(customer)
    told = {label: [told_of(row) for row in rows_of(customer, label, streams)] for label in OWNED}
    return {label: rows for label, rows in told.items() if rows}


def told_of(row: Model) -> Row:
    """The row's columns as its person may know them."""
    return {field.name: _value(row, field) for field in told_columns(type(row))}


def told_columns(model: type[Model]) -> Iterator[models.Field[Any, Any]]:
    """All but secrets, hashes, and who of our staff it was."""
    for field in model._meta.local_concrete_fields:
        name = f"{model._meta.label}.{field.name}"
        if name in PERSONAL:
            if PERSONAL[name].exported and not isinstance(field, BlindIndexField):
                yield field
        elif not (isinstance(field, models.BinaryField) or name in NOT_TOLD or _is_staff(field)):
            yield field


def _is_staff(field: models.Field[Any, Any]) -> bool:
    return field.related_model is User or field.name == "user_id"


NOT_TOLD = {
    "records.StoredFile.key",
    "orders.Payment.prepay_id",
    "records.AuditEntry.request_id",
} & (IMPERSONAL | PERSONAL.keys())
"""Names of our own machinery."""


def _value(row: Model, field: models.Field[Any, Any]) -> Any:
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    return field.value_from_object(row)
