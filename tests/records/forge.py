"""What only the owner of the database can do: many rows at once, guards off, seals forged."""

from contextlib import contextmanager

from django.db import connection, transaction

from shop.records import rules
from shop.records.canonical import LOGS
from shop.records.models import Batch
from shop.records.sealer import Sealer
from shop.records.verifier import header_of

EVENTS = """
INSERT INTO events_eventlog (id, kind, stream, seq, data, at, door, user_id, customer_id, reason)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
        || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
       'orders.OrderPlaced', 'order:' || n, 1,
       jsonb_build_object('order_id', n, 'payable_fen', 12800 + n %% 977, 'units', 1 + n %% 3),
       at, 'api', NULL, n %% 5000, ''
FROM (SELECT n, date_trunc('milliseconds', now() - interval '30 days')
             + n * (interval '29 days' / %(count)s) AS at
      FROM generate_series(%(first)s, %(count)s) AS n) AS made
"""


def fill(count, first=1):
    """Facts of the last month, as so many orders would have left them."""
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, {"first": first, "count": count})


@contextmanager
def as_owner():
    """No trigger fires; whatever is done within is taken back afterwards."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL statement_timeout = 0")
        yield cursor
        transaction.set_rollback(True)


def seal_all():
    """Rounds of one sealer until nothing is left."""
    sealer = Sealer()
    while sealer.seal():
        pass
    return sealer


def rebuild_from(seq):
    """Every seal and every batch from this row on anew, by the sealer's own arithmetic."""
    digests = " ".join(
        f"WHEN {log.source.value} THEN (SELECT {log.digest('log')} FROM {log.table} AS log"
        " WHERE log.id = seal.row)"
        for log in LOGS
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE records_seal AS seal SET digest = CASE source {digests} END WHERE seq >= %s",
            [seq],
        )
    head = rules.GENESIS
    for batch in Batch.objects.order_by("number"):
        digests_of = batch.seals.order_by("seq").values_list("digest", flat=True)
        head = rules.next_head(head, header_of(batch), rules.hash_of(map(bytes, digests_of)))
        Batch.objects.filter(pk=batch.pk).update(head=head)
