"""Typed reading of the environment. Every complaint names the variable and says what it wants."""

import base64
import binascii
import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The variable, or the content of the file that `NAME_FILE` points to, or the default."""
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise wrong(f"{name}_FILE", f"cannot be read: {error.strerror}") from error
    value = os.environ.get(name, default)
    if value is None:
        raise wrong(name, "must be set")
    return value


def path(name: str) -> Path | None:
    """A file that must be readable, or None when the variable is not set."""
    value = text(name, "")
    if not value:
        return None
    if not Path(value).is_file():
        raise wrong(name, "names a file that is not there")
    return Path(value)


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "1" if default else "0").lower()
    if value not in {"0", "1", "true", "false", "yes", "no", ""}:
        raise wrong(name, "wants 1 or 0")
    return value in {"1", "true", "yes"}


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def pairs(name: str) -> dict[str, str]:
    """`name=value,name=value` as a dictionary."""
    found = dict(item.partition("=")[::2] for item in words(name))
    if not all(key and value for key, value in found.items()):
        raise wrong(name, "wants name=value pairs, comma separated")
    return found


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal():
        raise wrong(name, "wants a whole number")
    return int(value)


def database(name: str, default: str, options: dict[str, str]) -> dict[str, object]:
    """`postgres://user:password@host:port/name?sslmode=require` as Django's dictionary."""
    url = urlsplit(text(name, default))
    if url.scheme not in {"postgres", "postgresql"} or not url.path.strip("/"):
        raise wrong(name, "wants postgres://user:password@host:port/name (no other database works)")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or 5432),
        "OPTIONS": options | dict(parse_qsl(url.query)),
    }


def mail(name: str, default: str) -> dict[str, object]:
    """`smtp://user:password@host:port` or `smtps://…` as Django's mail settings."""
    url = urlsplit(text(name, default))
    if url.scheme not in {"smtp", "smtps"}:
        raise wrong(name, "wants smtp://user:password@host:port or smtps://…")
    return {
        "EMAIL_HOST": url.hostname or "127.0.0.1",
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }


def keyring(name: str, default: str) -> dict[int, bytes]:
    """`1:base64,2:base64` → {id: 32 bytes}. The last one listed writes, all of them read."""
    keys = {}
    for item in words(name, default):
        number_, _, encoded = item.partition(":")
        if not number_.isdecimal() or not 0 < int(number_) < 256:
            raise wrong(name, "wants id:base64 pairs with ids from 1 to 255")
        keys[int(number_)] = _key(name, encoded)
    if not keys:
        raise wrong(name, "wants at least one id:base64 pair")
    return keys


def key(name: str, default: str) -> bytes:
    return _key(name, text(name, default))


def _key(name: str, encoded: str) -> bytes:
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise wrong(name, "wants base64") from error
    if len(decoded) != 32:
        raise wrong(name, "wants 32 bytes in base64")
    return decoded


def wrong(name: str, complaint: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} {complaint}. See .env.example.")
