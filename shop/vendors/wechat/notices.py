"""WeChat Pay v3, 支付成功通知 and 退款结果通知: from raw bytes to a notice that may be believed."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings as django_settings

from shop.vendors.wechat.errors import BadNotice, ForgedNotice
from shop.vendors.wechat.refunds import ENDED_BY_NOTICE, RefundReport, read_noticed_refund
from shop.vendors.wechat.settings import PaySettings
from shop.vendors.wechat.signatures import PlatformKeys, SignatureRefused
from shop.vendors.wechat.strict_json import Fields, Unreadable, read_object
from shop.vendors.wechat.transactions import Transaction, read_transaction

VENDOR = "WeChat Pay notice"
MOST_BYTES = 64 * 1024
PAID = "TRANSACTION.SUCCESS"
ALGORITHM = "AEAD_AES_256_GCM"
AES_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Notice:
    """A payment WeChat Pay reports. `id` names the notice: each retry repeats it."""

    id: str
    event_type: str
    transaction: Transaction


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """A refund WeChat Pay reports as succeeded, abnormal or closed."""

    id: str
    event_type: str
    refund: RefundReport


def open_notice(raw: bytes, headers: Mapping[str, str], *, at: datetime) -> Notice:
    """`Notices.open` with the shop's own settings."""
    wechat = django_settings.WECHAT
    return _notices(wechat.pay).open(raw, headers, at=at)


def reopen_notice(raw: bytes) -> Notice:
    """`Notices.reopen` with the shop's own settings."""
    return _notices(django_settings.WECHAT.pay).reopen(raw)


def open_refund_notice(raw: bytes, headers: Mapping[str, str], *, at: datetime) -> RefundNotice:
    """`Notices.open_refund` with the shop's own settings."""
    return _notices(django_settings.WECHAT.pay).open_refund(raw, headers, at=at)


def reopen_refund_notice(raw: bytes) -> RefundNotice:
    """`Notices.reopen_refund` with the shop's own settings."""
    return _notices(django_settings.WECHAT.pay).reopen_refund(raw)


class Notices:
    """Opens notices addressed to one merchant."""

    def __init__(self, settings: PaySettings) -> None:
        self._settings = settings
        self._keys = PlatformKeys(settings)
        self._cipher = _cipher(settings.api_v3_key)

    def open(self, raw: bytes, headers: Mapping[str, str], *, at: datetime) -> Notice:
        """The notice in the request's raw bytes, as of `at` (aware).

        ForgedNotice (401) unless WeChat Pay signed these bytes within 5 minutes of `at`; BadNotice
        (400) when they do not hold a paid transaction of our appid and mchid. Amount and payer are
        the caller's to check.
        """
        self._verify(raw, headers, at)
        return self.reopen(raw)

    def open_refund(self, raw: bytes, headers: Mapping[str, str], *, at: datetime) -> RefundNotice:
        """The same for a refund of our mchid; number and amounts are the caller's to check."""
        self._verify(raw, headers, at)
        return self.reopen_refund(raw)

    def reopen(self, raw: bytes) -> Notice:
        """A notice that `open` believed when it came and that was stored since, word for word."""
        try:
            return self._read(raw)
        except Unreadable as unreadable:
            raise BadNotice(VENDOR, str(unreadable)) from None

    def reopen_refund(self, raw: bytes) -> RefundNotice:
        """A notice that `open_refund` believed, once more."""
        try:
            return self._read_refund(raw)
        except Unreadable as unreadable:
            raise BadNotice(VENDOR, str(unreadable)) from None

    def _verify(self, raw: bytes, headers: Mapping[str, str], at: datetime) -> None:
        if len(raw) > MOST_BYTES:
            raise BadNotice(VENDOR, "body over 64 KB")
        try:
            self._keys.verify(raw, headers, at=at)
        except SignatureRefused as refused:
            raise ForgedNotice(VENDOR, str(refused)) from None

    def _read(self, raw: bytes) -> Notice:
        fields = read_object(raw)
        if fields.text("event_type", 32) != PAID:
            raise Unreadable("event_type is not a payment")
        transaction = read_transaction(self._inside(fields), self._settings)
        if transaction.trade_state != "SUCCESS":
            raise Unreadable("trade_state is not SUCCESS")
        return Notice(fields.text("id", 36), PAID, transaction)

    def _read_refund(self, raw: bytes) -> RefundNotice:
        fields = read_object(raw)
        event_type = fields.text("event_type", 32)
        if event_type not in ENDED_BY_NOTICE:
            raise Unreadable("event_type is not a refund")
        refund = read_noticed_refund(self._inside(fields), self._settings.mchid)
        if refund.status != ENDED_BY_NOTICE[event_type]:
            raise Unreadable("refund_status is not what event_type says")
        return RefundNotice(fields.text("id", 36), event_type, refund)

    def _inside(self, fields: Fields) -> Fields:
        if fields.text("resource_type", 32) != "encrypt-resource":
            raise Unreadable("resource_type is unknown")
        return read_object(self._opened(fields.inner("resource")))

    def _opened(self, resource: Fields) -> bytes:
        if resource.text("algorithm", 32) != ALGORITHM:
            raise Unreadable("algorithm is unknown")
        nonce = resource.text("nonce", AES_NONCE_BYTES).encode()
        if len(nonce) != AES_NONCE_BYTES:
            raise Unreadable("nonce is not 12 bytes")
        data_beside = resource.text_or_empty("associated_data", 16).encode()
        try:
            sealed = b64decode(resource.text("ciphertext", MOST_BYTES), validate=True)
            return self._cipher.decrypt(nonce, sealed, data_beside)
        except (ValueError, InvalidTag):
            raise Unreadable("ciphertext does not open") from None


@lru_cache(maxsize=1)
def _notices(settings: PaySettings) -> Notices:
    return Notices(settings)


def _cipher(api_v3_key: str) -> AESGCM:
    if len(api_v3_key.encode()) != 32:
        raise ValueError("WeChat Pay: the APIv3 key is not 32 bytes")
    return AESGCM(api_v3_key.encode())
