"""Strict JSON in: UTF-8, no duplicate keys, no NaN, no NUL, no lone surrogates, not too deep."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from shop.doors.middleware import is_clean

DEEPEST = 20
LARGEST_BYTES = 256_000


class StrictJSONParser(BaseParser):
    """Anything doubtful is 400 before a serializer sees it."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        raw = stream.read(LARGEST_BYTES + 1)
        if len(raw) > LARGEST_BYTES:
            raise ParseError(_("The request is too large."))
        try:
            parsed = json.loads(
                raw.decode("utf-8"), object_pairs_hook=unique_keys, parse_constant=refuse_constant
            )
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The request is not valid JSON.")) from error
        require_clean(parsed)
        return parsed


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate key")
    return members


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def require_clean(value: Any, depth: int = 0) -> None:
    """Refuse what cannot be stored, wherever it stands, keys included."""
    if depth > DEEPEST:
        raise ParseError(_("The request is nested too deeply."))
    if isinstance(value, str) and not is_clean(value):
        raise ParseError(_("The request holds forbidden characters."))
    if isinstance(value, Mapping):
        for key, inner in value.items():
            require_clean(key, depth)
            require_clean(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            require_clean(inner, depth + 1)


class StrictInteger(serializers.IntegerField):
    """A JSON integer: no strings, no booleans, no 1.0."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictText(serializers.CharField):
    """A JSON string: no numbers turned into text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictInstant(serializers.DateTimeField):
    """An instant as RFC 3339 writes it, offset included: no local time is guessed."""

    FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not self.FORM.fullmatch(data):
            self.fail("invalid", format="2026-03-31T09:00:00+08:00")
        instant: datetime = super().to_internal_value(data)
        return instant


class Input(serializers.Serializer):
    """What comes in: only the fields it names; anything more is an error, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {str(name): [_("This field is not known here.")] for name in unknown}
            )
        return super().to_internal_value(data)
