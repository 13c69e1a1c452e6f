"""Where the bytes of files are: Django's storage `private`, sealed with the field keys.

The disk, or the bucket, holds ciphertext under random names; it tells nobody what is there.
"""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import structlog
from cryptography.exceptions import InvalidTag
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from shop.identity.fields import seal_bytes, unseal_bytes
from shop.records.errors import FileStoreAway

log = structlog.get_logger(__name__)
PLACE = "records_storedfile.content"
SETTLED = timedelta(days=1)
"""Longer than any transaction: whose row is not there by then has none."""


def storage() -> Storage:
    """The folder under var/, or what FILES_BACKEND names."""
    return storages["private"]


def fresh_key() -> str:
    """A name that says nothing and cannot be guessed; a folder of 256 each."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"


def put(key: str, content: bytes) -> None:
    """Keep it under exactly this key. Raises FileStoreAway when it cannot be written; RuntimeError
    when the storage chose another.
    """
    try:
        given = storage().save(key, ContentFile(seal_bytes(content, f"{PLACE}:{key}")))
    except OSError as error:
        raise _away(error) from error
    if given != key:
        storage().delete(given)
        raise RuntimeError(f"the storage holds {key} already")


def get(key: str) -> bytes | None:
    """What was kept; None when it is not there, or not what was kept. Raises FileStoreAway."""
    try:
        with storage().open(key) as sealed:
            return unseal_bytes(sealed.read(), f"{PLACE}:{key}")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _away(error) from error
    except (InvalidTag, LookupError, ValueError):  # altered, cut off, or sealed with a lost key
        log.error("file_unreadable", key=key)
        return None


def _away(error: OSError) -> FileStoreAway:
    log.error("file_store_away", error=type(error).__name__, number=error.errno)
    return FileStoreAway()


def delete(key: str) -> None:
    """Gone; what is gone already stays gone."""
    storage().delete(key)


def is_old(key: str) -> bool:
    """Whether it was put there so long ago that its row must be there too."""
    try:
        return storage().get_modified_time(key) < datetime.now(UTC) - SETTLED
    except FileNotFoundError:
        return False


def all_keys() -> Iterator[str]:
    """All that is there."""
    try:
        folders, _files = storage().listdir("")
    except FileNotFoundError:  # nothing was ever kept
        return
    for folder in sorted(folders):
        for name in sorted(storage().listdir(folder)[1]):
            yield f"{folder}/{name}"
