"""WeChat 小程序, 消息推送 (JSON, 明文模式): from a request to a push that may be listened to.

Its signature covers a token, a time and a number but not the body, so a push is a hint: what it
tells of is asked of WeChat before anything changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1, sha256
from hmac import compare_digest

from django.conf import settings as django_settings

from shop.vendors.wechat.errors import BadNotice, ForgedNotice
from shop.vendors.wechat.strict_json import Unreadable, read_object

VENDOR = "WeChat push"
FRESH_SECONDS = 300
MOST_BYTES = 64 * 1024
SETTLEMENT = "trade_manage_order_settlement"


@dataclass(frozen=True, slots=True)
class Push:
    """What was pushed: the event, and the payment that it is about, if it is about one.

    `id` is the same when it is pushed again.
    """

    id: str
    event: str
    transaction_id: str


def require_signed(query: Mapping[str, str], *, at: datetime) -> None:
    """ForgedNotice (401) unless our token signed it within five minutes of `at`."""
    token = django_settings.WECHAT.push_token
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    parts = "".join(sorted((token, timestamp, nonce)))
    expected = sha1(parts.encode(), usedforsecurity=False).hexdigest()
    given = query.get("signature", "")
    if not (token and compare_digest(given.encode(), expected.encode())):
        raise ForgedNotice(VENDOR, "not signed with our token")
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 13
    if not is_number or abs(at.timestamp() - int(timestamp)) > FRESH_SECONDS:
        raise ForgedNotice(VENDOR, "not within five minutes of now")


def open_push(raw: bytes, query: Mapping[str, str], *, at: datetime) -> Push:
    """A push that came just now. ForgedNotice (401), BadNotice (400)."""
    require_signed(query, at=at)
    return reopen_push(raw)


def reopen_push(raw: bytes) -> Push:
    """A push that `open_push` listened to when it came and that was stored since."""
    try:
        fields = read_object(raw)
        event = fields.text("Event", 64)
        about = fields.text("transaction_id", 32) if event == SETTLEMENT else ""
    except Unreadable as unreadable:
        raise BadNotice(VENDOR, str(unreadable)) from None
    return Push(sha256(raw).hexdigest(), event, about)
