"""WeChat Pay v3, JSAPI/小程序下单: what the fields of an order must look like."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
_OPENID = re.compile(r"o[0-9A-Za-z_-]{27}")


def broken_rule(order: Mapping[str, Any]) -> str | None:
    """The first field that breaks its rule, or None."""
    return next((field for field, is_kept in _rules(order) if not is_kept), None)


def _rules(order: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    amount = order.get("amount")
    payer = order.get("payer")
    yield "description", is_text(order.get("description"), 127)
    yield "out_trade_no", _matches(_NUMBER, order.get("out_trade_no"))
    yield (
        "notify_url",
        is_text(order.get("notify_url"), 255) and is_notify_url(order["notify_url"]),
    )
    yield "attach", "attach" not in order or is_text(order["attach"], 128)
    yield "time_expire", "time_expire" not in order or is_instant(order["time_expire"])
    yield "amount.total", isinstance(amount, dict) and _is_total(amount.get("total"))
    yield "amount.currency", isinstance(amount, dict) and amount.get("currency", "CNY") == "CNY"
    yield "payer.openid", isinstance(payer, dict) and _matches(_OPENID, payer.get("openid"))


def is_text(value: object, longest: int) -> bool:
    """A text of 1 to `longest` characters."""
    return isinstance(value, str) and 0 < len(value) <= longest


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_total(value: object) -> bool:
    return type(value) is int and value >= 1


def is_notify_url(value: str) -> bool:
    """https and no query; the simulator also calls plain http on its own machine."""
    parts = urlsplit(value)
    is_reachable = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in LOOPBACK
    )
    return is_reachable and bool(parts.hostname) and "?" not in value and "#" not in value


def is_instant(value: object) -> bool:
    """RFC 3339 with its zone."""
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None
    except ValueError:
        return False
