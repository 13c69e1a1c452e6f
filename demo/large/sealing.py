"""All that was told is sealed as the sealer would have done it, batch by batch, by one statement."""

from django.db import connection, transaction

from demo.large.constraints import without_keys
from shop.clock import now
from shop.records import rules
from shop.records.canonical import LOGS
from shop.records.models import Batch

ROWS = " UNION ALL ".join(
    f"SELECT {log.source.value}::smallint AS source, log.id, {log.digest('log')} AS digest"
    f" FROM {log.table} AS log"
    " WHERE NOT EXISTS (SELECT FROM records_seal AS seal WHERE seal.row = log.id)"
    for log in LOGS
)
WRITE = f"""
INSERT INTO records_seal (seq, batch_id, source, row, digest)
SELECT %(last)s + place, %(batch)s + (place - 1) / %(most)s + 1, source, id, digest
FROM (SELECT row_number() OVER (ORDER BY id) AS place, source, id, digest
      FROM ({ROWS}) AS log) AS log
"""
BATCHES = """
SELECT batch_id, min(seq), max(seq), sha256(string_agg(digest, ''::bytea ORDER BY seq))
FROM records_seal WHERE batch_id > %(batch)s GROUP BY batch_id ORDER BY batch_id
"""


def seal_everything() -> int:
    """Seal each row of both logs that has no seal; how many. Nobody else is at work."""
    last = Batch.objects.order_by("-number").first()
    after = {"last": last.last_seq if last else 0, "batch": last.number if last else 0}
    with transaction.atomic(), connection.cursor() as cursor, without_keys(["records_seal"]):
        cursor.execute(WRITE, {**after, "most": rules.BATCH})
        sealed: int = cursor.rowcount
        cursor.execute(BATCHES, after)
        _chain(cursor.fetchall(), bytes(last.head) if last else rules.GENESIS)
    return sealed


def _chain(batches: list[tuple[int, int, int, bytes]], head: bytes) -> None:
    sealed_at, chained = now(), []
    for number, first, last, rows in batches:
        is_last = number == batches[-1][0]
        header = rules.Header(number, first, last, None, sealed_at, is_last)
        head = rules.next_head(head, header, bytes(rows))
        chained.append(Batch(**vars(header), head=head))
    Batch.objects.bulk_create(chained)
