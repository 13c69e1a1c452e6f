"""Columns as people read them: ¥ for fen, Shanghai time, personal data behind its mask."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Model
from django.template.defaultfilters import date as formatted
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext

from shop.books.fields import FenField
from shop.books.money import yuan
from shop.doors.desk.rows import page_of
from shop.errors import Text
from shop.identity.fields import BlindIndexField, EncryptedTextField
from shop.identity.rules import masked_name, masked_phone

NOTHING = "—"
MASKS = {"phone": masked_phone, "recipient": masked_name}


@dataclass(frozen=True)
class Fact:
    """A column's name and its value as shown."""

    label: Text
    value: Any


def facts_of(row: Model, leave_out: frozenset[str] = frozenset()) -> list[Fact]:
    """Every column but keys, blind indexes and what is left out."""
    fields = [
        field
        for field in row._meta.concrete_fields
        if field.name not in leave_out
        and not field.primary_key
        and not isinstance(field, BlindIndexField)
    ]
    return [Fact(label_of(field), shown(row, field)) for field in fields]


def label_of(field: Any) -> Text:
    """How a column is called; money is shown in yuan, whatever it is kept in."""
    if isinstance(field, FenField):
        return str(field.verbose_name).removesuffix(" (fen)").removesuffix("（分）")
    return str(field.verbose_name)


def shown(row: Model, field: Any) -> Any:
    value = getattr(row, field.name)
    if value is None or value == "":
        return NOTHING
    if isinstance(field, EncryptedTextField):
        return MASKS.get(field.name, lambda text: "••••")(value)
    if isinstance(field, FenField):
        return yuan(value)
    if field.choices:
        return getattr(row, f"get_{field.name}_display")()
    return shown_value(value)


def shown_value(value: Any) -> Any:
    """A value by its kind."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        return formatted(localtime(value), "Y-m-d H:i:s")
    if isinstance(value, date):
        return formatted(value, "Y-m-d")
    if isinstance(value, bytes | memoryview):
        return f"{bytes(value).hex()[:16]}…"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, models.Model):
        return linked(value)
    return value


def linked(row: Model) -> Any:
    """The row's name, leading to its page if it has one."""
    address = page_of(row)
    return format_html('<a href="{}">{}</a>', address, row) if address else str(row)
