"""The arithmetic of the chain, from values alone."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

GENESIS = bytes(32)
"""What the first batch continues from."""

MARGIN = timedelta(seconds=60)
"""How far back each round looks: longer than an honest transaction lasts."""

TOLERANCE = timedelta(minutes=5)
"""A row this much older than the last time when nothing was left to seal came afterwards."""

NOTICE = timedelta(seconds=60)
"""The least time between publishing a policy and its taking effect: every process has asked."""

ANCHOR_EVERY = timedelta(hours=1)
SEAL_EVERY = 1.0  # seconds
BATCH = 5_000  # rows
STRIDE = 20_000  # rows of the past looked over again in each round


@dataclass(frozen=True)
class Header:
    """What a batch says of itself; part of the chain."""

    number: int
    first_seq: int
    last_seq: int
    since: datetime | None
    sealed_at: datetime
    is_complete: bool


def next_head(head: bytes, header: Header, rows: bytes) -> bytes:
    """h = sha256(h before || the batch's figures || sha256 of its rows' digests in order)."""
    figures = (
        header.number,
        header.first_seq,
        header.last_seq,
        microseconds(header.since) if header.since else None,
        microseconds(header.sealed_at),
        header.is_complete,
    )
    return hashlib.sha256(head + repr(figures).encode() + rows).digest()


def hash_of(digests: Iterable[bytes]) -> bytes:
    """All rows of a batch as one hash."""
    return hashlib.sha256(b"".join(digests)).digest()


def first_id_of(instant: datetime) -> uuid.UUID:
    """The smallest time-ordered id of this instant (UUIDv7)."""
    return uuid.UUID(int=max(0, int(instant.timestamp() * 1000)) << 80)


def instant_of(identity: uuid.UUID) -> datetime:
    """When a time-ordered id was made, to the millisecond."""
    return datetime.fromtimestamp((identity.int >> 80) / 1000, UTC)


def microseconds(instant: datetime) -> int:
    """Since 1970; exact, as PostgreSQL stores it."""
    return (instant - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) // timedelta(
        microseconds=1
    )
