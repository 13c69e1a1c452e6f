"""WeChat Pay v3, 支付成功通知 and 退款结果通知 as they are sent; tests craft and forge with it."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from shop.vendors.wechat.simulator.crypto import sealed, signature

SHANGHAI = timezone(timedelta(hours=8))
SCHEME = "WECHATPAY2-SHA256-RSA2048"
PAID = "TRANSACTION.SUCCESS"
SUMMARIES = {
    PAID: "支付成功",
    "REFUND.SUCCESS": "退款成功",
    "REFUND.ABNORMAL": "退款异常",
    "REFUND.CLOSED": "退款关闭",
}
PROBE = "WECHATPAY/SIGNTEST/"


def sealed_notice(
    transaction: Mapping[str, object],
    *,
    at: datetime,
    key: RSAPrivateKey,
    serial: str,
    api_v3_key: str,
    **changes: object,
) -> tuple[bytes, dict[str, str]]:
    """The raw body and headers of a notice about `transaction` (or refund), sent at `at`.

    `changes` replace fields of the body; `resource` is merged into the sealed one, so that a test
    can say `resource={"algorithm": "none"}`. They are made before signing: the signature is always
    good.
    """
    raw = notice_body(transaction, at=at, api_v3_key=api_v3_key, **changes)
    return raw, signed_headers(raw, at=at, key=key, serial=serial)


def notice_body(
    transaction: Mapping[str, object], *, at: datetime, api_v3_key: str, **changes: object
) -> bytes:
    """The body alone. WeChat repeats it byte for byte on every retry; only the headers are new."""
    plain = json.dumps(transaction, ensure_ascii=False).encode()
    event_type = str(changes.pop("event_type", PAID))
    kind = "refund" if event_type.startswith("REFUND.") else "transaction"
    resource = sealed_resource(plain, api_v3_key, kind)
    altered = changes.pop("resource", {})
    body: dict[str, object] = {
        "id": secrets.token_hex(18),
        "create_time": at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "resource_type": "encrypt-resource",
        "event_type": event_type,
        "summary": SUMMARIES.get(event_type, ""),
        "resource": resource | altered if isinstance(altered, dict) else altered,
    }
    return json.dumps(body | changes, ensure_ascii=False).encode()


def sealed_resource(
    plain: bytes, api_v3_key: str, associated_data: str = "transaction"
) -> dict[str, object]:
    """The `resource` of a notice: `plain` under AES-256-GCM with the merchant's APIv3 key.

    `associated_data` is what it tells of: transaction, refund.
    """
    nonce = secrets.token_hex(6)
    return {
        "original_type": associated_data,
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": sealed(api_v3_key, nonce, associated_data, plain),
        "associated_data": associated_data,
        "nonce": nonce,
    }


def signed_headers(
    raw: bytes, *, at: datetime, key: RSAPrivateKey, serial: str, probe: bool = False
) -> dict[str, str]:
    """The signature over these bytes as headers; a probe's is wrong, and says so (签名探测)."""
    timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
    sign = signature(key, f"{timestamp}\n{nonce}\n".encode() + raw + b"\n")
    return {
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature": PROBE + sign[len(PROBE) :] if probe else sign,
        "Wechatpay-Signature-Type": SCHEME,
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
    }
