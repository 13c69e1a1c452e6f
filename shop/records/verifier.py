"""Walks the whole chain and says what is not as it was sealed.

Each row is compared with its own seal, so that each one that was altered, removed or moved is
named; whoever rewrites seals is found by their batch, and whoever rewrites all batches from some
row on by the heads that were anchored outside the database.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import connection, transaction

from shop.events.models import EventLog
from shop.events.outbox import kind_of
from shop.records import rules
from shop.records.anchors import all_anchors
from shop.records.canonical import LOGS
from shop.records.events import HeadAnchored
from shop.records.models import Batch, Seal

MOST_BREAKS = 1_000


class Kind(StrEnum):
    """What was done to a row or to the chain."""

    EDITED = "edited"  # the row is not what was sealed
    DELETED = "deleted"  # the seal is there, the row is gone
    REORDERED = "reordered"  # the seal stands on another row
    INSERTED = "inserted"  # the row came after its time had been sealed
    UNSEALED = "unsealed"  # a seal was taken out of the chain
    BATCH = "batch"  # seals or a batch's own figures were altered, or a batch is missing
    REBUILT = "rebuilt"  # the chain is whole, and is not the one that was anchored
    UNANCHORED = "unanchored"  # heads were anchored, and none of them is to be seen here


@dataclass(frozen=True)
class Break:
    """One finding: at which place of the chain, which row of which log, and in words."""

    kind: Kind
    seq: int
    detail: str
    source: int | None = None
    row: uuid.UUID | None = None

    def __str__(self) -> str:
        log = f" {Seal.Source(self.source).name.lower()} {self.row}" if self.source else ""
        return f"{self.seq}{log}: {self.kind}, {self.detail}"


def verify_chain() -> list[Break]:
    """All breaks of the chain, at most a thousand of each sort; empty when it is whole.

    A few seconds for a million rows; takes no lock. What has not been sealed yet is no break
    unless it is older than what has. Rows that are sealed meanwhile are left to the next time.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        batches = list(Batch.objects.order_by("number"))
        last = batches[-1].last_seq if batches else 0
        found = [*_batches(batches), *_rows(last), *_arrivals(batches), *_anchored()]
    return sorted(found, key=lambda one: one.seq)


SEALED = """
SELECT batch_id, count(*), sha256(string_agg(digest, ''::bytea ORDER BY seq))
FROM records_seal WHERE seq <= %(last)s GROUP BY batch_id
"""


def _batches(batches: Sequence[Batch]) -> Iterator[Break]:
    """Each batch continues from the last one's head and vouches for the seals it has."""
    head, seq = rules.GENESIS, 0
    with connection.cursor() as cursor:
        cursor.execute(SEALED, {"last": batches[-1].last_seq if batches else 0})
        sealed = {batch: (count, bytes(rows)) for batch, count, rows in cursor}
    for number, batch in enumerate(batches, start=1):
        if (batch.number, batch.first_seq) != (number, seq + 1):
            yield Break(Kind.BATCH, seq + 1, f"batch {number} is missing")
            return
        count, rows = sealed.get(number, (0, b""))
        if count != batch.last_seq - seq:
            yield from _missing_seals(batch)
        elif rules.next_head(head, header_of(batch), rows) != bytes(batch.head):
            detail = f"the batch {number} of rows {batch.first_seq}–{batch.last_seq} was altered"
            yield Break(Kind.BATCH, batch.first_seq, detail)
        head, seq = bytes(batch.head), batch.last_seq


def header_of(batch: Batch) -> rules.Header:
    return rules.Header(
        batch.number,
        batch.first_seq,
        batch.last_seq,
        batch.since,
        batch.sealed_at,
        batch.is_complete,
    )


def _missing_seals(batch: Batch) -> Iterator[Break]:
    there = set(Seal.objects.filter(batch=batch).values_list("seq", flat=True))
    for seq in range(batch.first_seq, batch.last_seq + 1):
        if seq not in there:
            yield Break(Kind.UNSEALED, seq, "the seal was taken out")


ROWS = " UNION ALL ".join(
    f"""
    (SELECT seal.seq, seal.source, seal.row, seal.digest,
            CASE WHEN log.id IS NOT NULL THEN {log.digest("log")} END,
            log.at < batch.since - make_interval(secs => %(tolerance)s)
     FROM records_seal AS seal
     LEFT JOIN {log.table} AS log ON log.id = seal.row
     LEFT JOIN records_batch AS batch ON batch.number = seal.batch_id
     WHERE seal.source = {log.source.value} AND seal.seq <= %(last)s
       AND (log.id IS NULL OR seal.digest <> {log.digest("log")}
            OR log.at < batch.since - make_interval(secs => %(tolerance)s))
     LIMIT {MOST_BREAKS})
    """  # noqa: S608 - our own tables
    for log in LOGS
)


@dataclass(frozen=True)
class Misfit:
    """A seal and the row it stands on, as the database shows them."""

    seq: int
    source: int
    row: uuid.UUID
    sealed: bytes
    found: bytes | None
    is_late: bool | None


def _rows(last: int) -> Iterator[Break]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {"last": last, "tolerance": rules.TOLERANCE.total_seconds()})
        misfits = [
            Misfit(seq, source, row, bytes(sealed), bytes(found) if found else None, is_late)
            for seq, source, row, sealed, found, is_late in cursor
        ]
    places = {misfit.found: misfit.seq for misfit in misfits if misfit.found}
    for misfit in misfits:
        kind, detail = _verdict(misfit, places)
        yield Break(kind, misfit.seq, detail, misfit.source, misfit.row)


def _verdict(misfit: Misfit, places: dict[bytes, int]) -> tuple[Kind, str]:
    """What happened to a row; `places` says where among the misfits its likeness stands now."""
    if misfit.found is None:
        return Kind.DELETED, "the row is gone"
    if misfit.found == misfit.sealed:
        return Kind.INSERTED, "it came after its time had been sealed"
    if misfit.sealed in places:
        return Kind.REORDERED, f"what was sealed here stands at {places[misfit.sealed]}"
    return Kind.EDITED, "the row is not what was sealed"


ARRIVALS = " UNION ALL ".join(
    f"""
    (SELECT {log.source.value}, log.id FROM {log.table} AS log
     WHERE log.at < %(before)s
       AND NOT EXISTS (SELECT FROM records_seal WHERE records_seal.row = log.id)
     LIMIT {MOST_BREAKS})
    """  # noqa: S608 - our own tables
    for log in LOGS
)


def _arrivals(batches: Sequence[Batch]) -> Iterator[Break]:
    """Rows without a seal that are older than the last time when nothing was left to seal."""
    known = [batch.sealed_at if batch.is_complete else batch.since for batch in batches]
    complete_at: datetime | None = max((at for at in known if at), default=None)
    if complete_at is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(ARRIVALS, {"before": complete_at - rules.TOLERANCE})
        for source, row in cursor.fetchall():
            yield Break(Kind.INSERTED, 0, "it has no seal, and its time was sealed", source, row)


def _anchored() -> Iterator[Break]:
    """The heads written down outside: the first that differs bounds where the rebuilding began."""
    anchors = list(all_anchors())
    if not anchors and EventLog.objects.filter(kind=kind_of(HeadAnchored)).exists():
        yield Break(Kind.UNANCHORED, 0, f"no anchors stand in {settings.AUDIT_ANCHORS}")
    agreed = 0
    heads = {batch: bytes(head).hex() for batch, head in Batch.objects.values_list("pk", "head")}
    for anchor in anchors:
        if heads.get(anchor.batch) != anchor.head:
            detail = (
                f"rebuilt between the rows {agreed + 1} and {anchor.seq}: their head is not the one"
                f" anchored at {anchor.at:%Y-%m-%d %H:%M:%S} UTC"
            )
            yield Break(Kind.REBUILT, agreed + 1, detail)
            return
        agreed = anchor.seq
