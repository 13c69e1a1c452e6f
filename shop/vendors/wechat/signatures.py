"""WeChat Pay v3, 签名生成 and 签名验证: we sign with the merchant's key, and check WeChat's.

Nothing here fetches a key: an unknown serial is refused, whoever asks and however often.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from shop.vendors.wechat.settings import PaySettings

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESH_SECONDS = 300
SIGNATURE_HEADERS = ("Serial", "Signature", "Timestamp", "Nonce")

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_NONCE = re.compile(r"[!-~]{1,128}")


class SignatureRefused(Exception):
    """The signature does not show that WeChat Pay sent these bytes just now."""


class MerchantKey:
    """The merchant's private key (商户API证书私钥)."""

    def __init__(self, path: Path) -> None:
        self._key = _private_key(path)

    def sign(self, *lines: str | bytes) -> str:
        """RSA-SHA256 in base64 over the lines, each ended by a newline."""
        text = b"".join(_bytes(line) + b"\n" for line in lines)
        return b64encode(self._key.sign(text, PKCS1v15(), SHA256())).decode()


class PlatformKeys:
    """WeChat Pay's own keys by serial: public key (微信支付公钥), certificates (平台证书)."""

    def __init__(self, settings: PaySettings) -> None:
        self._keys = {}
        if settings.public_key_id and settings.public_key_file:
            key = _public_key(settings.public_key_file)
            self._keys[_normal_serial(settings.public_key_id)] = _PlatformKey(
                key, _EVER[0], _EVER[1]
            )
        for path in settings.certificate_files:
            serial, certificate = _certificate(path)
            self._keys[serial] = certificate
        if not self._keys:
            raise ValueError("WeChat Pay: neither a public key nor a platform certificate is set")

    def verify(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> None:
        """Return if WeChat Pay signed these bytes within 5 minutes of `at`, or SignatureRefused."""
        signed = _SignatureHeaders.of(headers)
        if abs(at.timestamp() - int(signed.timestamp)) > FRESH_SECONDS:
            raise SignatureRefused("timestamp more than 5 minutes away")
        key = self._keys.get(_normal_serial(signed.serial))
        if key is None or not key.valid_from <= at <= key.valid_until:
            raise SignatureRefused("serial unknown or expired")
        text = b"%b\n%b\n%b\n" % (signed.timestamp.encode(), signed.nonce.encode(), body)
        try:
            key.key.verify(signed.signature, text, PKCS1v15(), SHA256())
        except InvalidSignature:
            raise SignatureRefused("signature does not match") from None


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether an answer claims a signature at all."""
    present = {name.lower() for name in headers}
    return any(f"wechatpay-{name.lower()}" in present for name in SIGNATURE_HEADERS)


_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class _PlatformKey:
    key: RSAPublicKey
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class _SignatureHeaders:
    serial: str
    timestamp: str
    nonce: str
    signature: bytes

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "_SignatureHeaders":
        lower = {name.lower(): value for name, value in headers.items()}
        serial, signature, timestamp, nonce = (
            lower.get(f"wechatpay-{name.lower()}", "") for name in SIGNATURE_HEADERS
        )
        if lower.get("wechatpay-signature-type", SCHEME) != SCHEME:
            raise SignatureRefused("signature type unknown")
        # A nonce with a newline would let bytes wander between nonce and body under one signature.
        if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
            raise SignatureRefused("timestamp or nonce missing or malformed")
        return cls(serial, timestamp, nonce, _decoded(signature))


def _decoded(signature: str) -> bytes:
    try:
        return b64decode(signature, validate=True)
    except ValueError:
        raise SignatureRefused("signature is not base64") from None


def _normal_serial(serial: str) -> str:
    """A certificate's serial is hex: WeChat writes capitals, libraries drop leading zeros."""
    return serial if serial.startswith("PUB_KEY_ID_") else serial.upper().lstrip("0")


def _bytes(line: str | bytes) -> bytes:
    return line.encode() if isinstance(line, str) else line


def _private_key(path: Path) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (TypeError, ValueError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(f"{path.name} is not an RSA private key in PEM without password")
    return key


def _public_key(path: Path) -> RSAPublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except ValueError:
        key = None
    if not isinstance(key, RSAPublicKey):
        raise ValueError(f"{path.name} is not an RSA public key in PEM")
    return key


def _certificate(path: Path) -> tuple[str, _PlatformKey]:
    try:
        certificate = load_pem_x509_certificate(path.read_bytes())
    except ValueError:
        raise ValueError(f"{path.name} is not a certificate in PEM") from None
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError(f"{path.name} is not the certificate of an RSA key")
    validity = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    return f"{certificate.serial_number:X}", _PlatformKey(key, *validity)
