"""The tables from which copies are made: which copies there are, and what each takes where its
pattern takes something."""

from collections.abc import Iterable, Iterator
from math import ceil
from typing import Any

from django.db import connection

from demo.history.rows import copy_rows
from demo.large.buyers import Copy, shelves
from demo.large.patterns import SCHEMA
from demo.large.size import KINDS, Size

BATCH = 50_000
MAKE = f"""
DROP SCHEMA IF EXISTS {SCHEMA} CASCADE;
CREATE SCHEMA {SCHEMA};
CREATE UNLOGGED TABLE {SCHEMA}.copy (
    owner integer, copy smallint, customer_id bigint, party_id bigint, later interval,
    slot smallint, number text, waybill text, prepay_id text, transaction_id text);
CREATE UNLOGGED TABLE {SCHEMA}.place (siblings integer, slot smallint, sibling integer);
"""
STAND_ON_SHELVES = f"""
CREATE UNLOGGED TABLE {SCHEMA}.good AS
WITH sku AS (
    SELECT s.id, s.name, r.id AS revision_id, r.title,
           left(p.code, -4) AS kind, right(p.code, 3)::int AS rank, s.position
    FROM catalog_sku s JOIN catalog_product p ON p.id = s.product_id
    JOIN catalog_productrevision r ON r.id = p.live_revision_id),
sibling AS (
    SELECT *, rank %% %(families)s AS family, rank / %(families)s AS place,
           count(*) OVER (PARTITION BY kind, position, rank %% %(families)s) AS siblings
    FROM sku)
SELECT first.id AS rep, place.slot, one.id AS sku_id, one.revision_id, one.title,
       one.name AS specification
FROM sibling first
JOIN {SCHEMA}.place ON place.siblings = first.siblings
JOIN sibling one USING (kind, position, family)
WHERE first.place = 0 AND one.place = place.sibling
"""


def make_room() -> None:
    """An empty schema beside the shop's."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE)


def forget_all() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def stand_on_shelves(size: Size) -> None:
    """Which of the goods of one kind and price stands at each slot."""
    with connection.cursor() as cursor:
        most = ceil(size.products / KINDS / size.families)
        copy_rows(cursor, f"{SCHEMA}.place", list(_places(range(1, most + 1))))
        cursor.execute(STAND_ON_SHELVES, {"families": size.families})
        cursor.execute(f"ALTER TABLE {SCHEMA}.good ADD PRIMARY KEY (rep, slot)")


def _places(counts: Iterable[int]) -> Iterator[dict[str, int]]:
    for siblings in counts:
        for slot, sibling in enumerate(shelves(siblings)):
            yield {"siblings": siblings, "slot": slot, "sibling": sibling}


def stage_copies(copies: Iterable[Copy], first_customer: int, first_party: int) -> int:
    """Buyer n is customer `first_customer + n`; how many copies there are."""
    count = 0
    batch: list[dict[str, Any]] = []
    with connection.cursor() as cursor:
        for one in copies:
            row = {**vars(one), "customer_id": first_customer + one.buyer,
                   "party_id": first_party + one.buyer}  # fmt: skip
            del row["buyer"]
            batch.append(row)
            if len(batch) == BATCH:
                copy_rows(cursor, f"{SCHEMA}.copy", batch)
                count, batch = count + len(batch), []
        if batch:
            copy_rows(cursor, f"{SCHEMA}.copy", batch)
        cursor.execute(f"CREATE INDEX ON {SCHEMA}.copy (owner)")
        cursor.execute(f"CREATE INDEX ON {SCHEMA}.orders_orderline (id)")
        cursor.execute(f"ANALYZE {SCHEMA}.copy")
    return count + len(batch)
