"""Columns of personal data: AES-256-GCM at rest, and a keyed hash beside it for exact search."""

import hashlib
import hmac
import secrets
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models

NONCE_BYTES = 12


def seal(text: str, place: str) -> bytes:
    """`seal_bytes` of a text."""
    return seal_bytes(text.encode(), place)


def unseal(sealed: bytes, place: str) -> str:
    """The text again. InvalidTag when a value was altered or moved from another column."""
    return unseal_bytes(sealed, place).decode()


def seal_bytes(content: bytes, place: str) -> bytes:
    """key id (1 byte) + nonce (12) + ciphertext and tag. `place` binds it to where it stands."""
    key_id, key = list(settings.FIELD_KEYS.items())[-1]
    nonce = secrets.token_bytes(NONCE_BYTES)
    return bytes([key_id]) + nonce + AESGCM(key).encrypt(nonce, content, place.encode())


def unseal_bytes(sealed: bytes, place: str) -> bytes:
    """The content again. InvalidTag when it was altered or stands elsewhere than it was sealed
    for."""
    key = settings.FIELD_KEYS[sealed[0]]
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    return AESGCM(key).decrypt(nonce, body, place.encode())


def blind_index(text: str) -> bytes:
    """What an encrypted column is searched by: equal texts, equal 32 bytes; nothing else leaks."""
    return hmac.digest(settings.BLIND_INDEX_KEY, text.strip().encode(), hashlib.sha256)


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text that only the application can read. It can be null-tested, never searched."""

    def __init__(self, *args: Any, max_length: int = 200, **kwargs: Any) -> None:
        self.characters = max_length
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, {**kwargs, "max_length": self.characters}

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        sealed = seal(value, self.place) if isinstance(value, str) else value
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else unseal(bytes(value), self.place)

    def value_to_string(self, obj: models.Model) -> str:
        raise FieldError(f"{self.place} is personal and is never serialized")

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.place} is encrypted: search its blind index")
        return super().get_lookup(lookup_name)


class BlindIndexField(models.BinaryField):  # type: ignore[type-arg]
    """The keyed hash of the encrypted column `of`, kept in step whenever the row is saved."""

    def __init__(self, *args: Any, of: str, **kwargs: Any) -> None:
        self.of = of
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        text = getattr(model_instance, self.of)
        value = blind_index(text) if text else None
        setattr(model_instance, self.attname, value)
        return value
