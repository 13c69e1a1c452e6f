"""The demo's secrets: made once, kept in a folder of mode 700, passed on by environment.

A production system never uses these; it gets its own by the same variables (.env.example).
"""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

RSA_BITS = 2048  # what WeChat Pay issues
WORDS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_KEYS": lambda: f"1:{_base64_key()}",
    "BLIND_INDEX_KEY": lambda: _base64_key(),
    "WECHAT_APPID": lambda: f"wx{secrets.token_hex(8)}",
    "WECHAT_SECRET": lambda: secrets.token_hex(16),
    "WECHAT_MCHID": lambda: f"16{_digits(8)}",
    "WECHAT_API_V3_KEY": lambda: secrets.token_hex(16),  # 32 characters, as WeChat Pay demands
    "WECHAT_MERCHANT_SERIAL": lambda: secrets.token_hex(20).upper(),
    "KUAIDI100_CUSTOMER": lambda: secrets.token_hex(16).upper(),
    "KUAIDI100_KEY": lambda: secrets.token_urlsafe(9),
    "KUAIDI100_SECRET": lambda: secrets.token_hex(16),
    "KUAIDI100_SALT": lambda: secrets.token_hex(16),
    "WECHAT_PAY_PUBLIC_KEY_ID": lambda: f"PUB_KEY_ID_01{_digits(26)}",
}


@dataclass(frozen=True)
class Keys:
    """The kept secrets. The files hold PEM; a private key's public half stands beside it."""

    words: dict[str, str]
    merchant_key: Path
    merchant_public_key: Path
    platform_key: Path
    platform_public_key: Path

    def environment(self) -> dict[str, str]:
        """What the shop reads."""
        return self.words | {
            "WECHAT_MERCHANT_KEY_FILE": str(self.merchant_key),
            "WECHAT_PAY_PUBLIC_KEY_FILE": str(self.platform_public_key),
        }

    def simulator_environment(self) -> dict[str, str]:
        """What WeChat's side reads besides: its own private key, and the merchant's public one."""
        return self.environment() | {
            "SIMULATOR_PLATFORM_KEY_FILE": str(self.platform_key),
            "SIMULATOR_MERCHANT_PUBLIC_KEY_FILE": str(self.merchant_public_key),
        }


def kept_keys(folder: Path) -> Keys:
    """The secrets of `folder`, each made when it is not there yet. All files are 0600."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return Keys(
        _kept_words(folder / "words.json"),
        *_kept_pair(folder, "merchant"),
        *_kept_pair(folder, "platform"),
    )


def _kept_words(file: Path) -> dict[str, str]:
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    if missing := {name: make() for name, make in WORDS.items() if name not in kept}:
        _write(file, json.dumps(kept | missing, indent=1).encode())
    return kept | missing


def _kept_pair(folder: Path, name: str) -> tuple[Path, Path]:
    private, public = folder / f"{name}-key.pem", folder / f"{name}-public-key.pem"
    if not public.exists():  # written last
        key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        _write(private, _private_pem(key))
        _write(public, _public_pem(key))
    return private, public


def _private_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _write(file: Path, content: bytes) -> None:
    """Write the whole file or nothing: half a key would be kept for ever."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(content)
    unfinished.replace(file)


def _base64_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))
