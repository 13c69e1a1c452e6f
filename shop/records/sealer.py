"""The one sealer: chains the rows of both logs in batches, behind the back of whoever wrote them.

A row is due because it has no seal, never because its id is above the last one: ids follow the
clock of whoever wrote them, and rows commit out of order. Each round looks at what is newer than
a minute before the last time nothing was left, and walks on over a stretch of the whole past, so
that whatever committed late is found too. Nothing that places orders takes a lock for it: it only
reads what has committed. An advisory lock keeps it the only one however many relays run.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from shop.clock import now
from shop.records import anchors, rules
from shop.records.canonical import LOGS
from shop.records.models import Batch

ZERO, LAST = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)

FIND = " UNION ALL ".join(
    f"""
    (SELECT {log.source.value} AS source, log.id, {log.digest("log")} AS digest
     FROM {log.table} AS log
     WHERE log.id >= %(low)s AND log.id < %(high)s
       AND NOT EXISTS (SELECT FROM records_seal AS seal WHERE seal.row = log.id
                       AND seal.row >= %(low)s AND seal.row < %(high)s)
     ORDER BY log.id LIMIT %(most)s)
    """  # noqa: S608 - our own tables
    for log in LOGS
)
FIND_IN_ORDER = f"SELECT source, id, digest FROM ({FIND}) AS found ORDER BY id LIMIT %(most)s"  # noqa: S608

STRIDE_ENDS = f"""
SELECT max(id::text) FROM (
    SELECT id FROM ({
    " UNION ALL ".join(
        f"(SELECT id FROM {log.table} WHERE id >= %(low)s ORDER BY id LIMIT %(most)s)"
        for log in LOGS
    )
}) AS ahead ORDER BY id LIMIT %(most)s
) AS stretch
"""  # noqa: S608

WRITE = """
INSERT INTO records_seal (seq, batch_id, source, row, digest)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::uuid[], %s::bytea[])
"""


@dataclass(frozen=True)
class Unsealed:
    """A row that has no seal yet."""

    source: int
    row: uuid.UUID
    digest: bytes


class Sealer:
    """What one relay remembers between rounds. All of it may be lost: it only saves reading."""

    def __init__(self) -> None:
        self.looked_up_to: uuid.UUID | None = None
        self.complete_at: datetime | None = None
        self.walked_to = ZERO
        self.next_round = 0.0

    def seal_when_due(self) -> bool:
        """A round a second, and at once while batches are full; whether this one was."""
        if time.monotonic() < self.next_round:
            return False
        is_full = self.seal() >= rules.BATCH
        anchors.anchor_when_due()
        self.next_round = time.monotonic() + (0 if is_full else rules.SEAL_EVERY)
        return is_full

    def seal(self) -> int:
        """Seal what is due, at most a batch; how many rows. 0 when another sealer is at work."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('records.sealer'))")
            if not cursor.fetchone()[0]:
                return 0
            began = now()
            last = Batch.objects.order_by("-number").first()
            self._resume_after(last)
            recent = find(self.looked_up_to or ZERO, LAST)
            is_complete = len(recent) < rules.BATCH
            due = _once([*recent, *self._strays()]) if is_complete else recent
            if due:
                write(due, last, self.complete_at, began, is_complete)
        self._look_on(recent, began, is_complete)
        return len(due)

    def _resume_after(self, last: Batch | None) -> None:
        """Another sealer, or an earlier one of ours, may know when nothing was left."""
        known = (last.sealed_at if last.is_complete else last.since) if last else None
        if known is not None and (self.complete_at is None or known > self.complete_at):
            self.complete_at = known
            self.looked_up_to = rules.first_id_of(known - rules.MARGIN)

    def _look_on(self, recent: Sequence[Unsealed], began: datetime, is_complete: bool) -> None:
        if is_complete:
            self.complete_at = began
            self.looked_up_to = rules.first_id_of(began - rules.MARGIN)
        else:
            self.looked_up_to = recent[-1].row

    def _strays(self) -> list[Unsealed]:
        """What is unsealed in the next stretch of the past; from the beginning after the end."""
        low = self.walked_to
        with connection.cursor() as cursor:
            cursor.execute(STRIDE_ENDS, {"low": low, "most": rules.STRIDE})
            end = cursor.fetchone()[0]
        if end is None:
            self.walked_to = ZERO
            return []
        high = uuid.UUID(int=uuid.UUID(end).int + 1)
        found = find(low, high)
        self.walked_to = found[-1].row if len(found) == rules.BATCH else high
        return found


def find(low: uuid.UUID, high: uuid.UUID, most: int | None = None) -> list[Unsealed]:
    """Committed rows without a seal, ids from `low` and below `high`, in their order.

    A batch of them, unless `most` says how many.
    """
    with connection.cursor() as cursor:
        cursor.execute(FIND_IN_ORDER, {"low": low, "high": high, "most": most or rules.BATCH})
        return [Unsealed(source, row, bytes(digest)) for source, row, digest in cursor]


def _once(rows: Sequence[Unsealed]) -> list[Unsealed]:
    """In order of their ids: what both looks found counts once."""
    return sorted({found.row: found for found in rows}.values(), key=lambda found: found.row)


def write(
    due: Sequence[Unsealed],
    last: Batch | None,
    since: datetime | None,
    sealed_at: datetime,
    is_complete: bool,
) -> Batch:
    """Append one batch to the chain. The caller holds the sealer's lock."""
    first_seq = last.last_seq + 1 if last else 1
    header = rules.Header(
        number=last.number + 1 if last else 1,
        first_seq=first_seq,
        last_seq=first_seq + len(due) - 1,
        since=since,
        sealed_at=sealed_at,
        is_complete=is_complete,
    )
    rows = rules.hash_of(row.digest for row in due)
    head = rules.next_head(bytes(last.head) if last else rules.GENESIS, header, rows)
    batch = Batch.objects.create(**vars(header), head=head)
    columns = (
        [first_seq + n for n in range(len(due))],
        [batch.number] * len(due),
        [row.source for row in due],
        [row.row for row in due],
        [row.digest for row in due],
    )
    with connection.cursor() as cursor:
        cursor.execute(WRITE, columns)
    return batch
