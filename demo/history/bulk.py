"""Writing many rows in one transaction: what triggers do row by row is done once for all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

LEDGERS = ("books_journal", "books_journalline", "catalog_lotmove", "catalog_lotallotment")

UNBALANCED = """
SELECT j.id FROM books_journal j LEFT JOIN books_journalline l ON l.journal_id = j.id
WHERE j.id > %(last)s GROUP BY j.id
HAVING count(l.id) <> j.line_count OR coalesce(sum(l.amount_fen), 0) <> 0
    OR coalesce(sum(l.amount_fen) FILTER (WHERE l.amount_fen > 0), 0) <> j.turnover_fen
"""

MOVE_BALANCES = """
INSERT INTO books_partybalance (party_id, account, balance_fen)
SELECT party_id, account, sum(amount_fen) FROM books_journalline
WHERE journal_id > %(last)s AND party_id IS NOT NULL GROUP BY party_id, account
ON CONFLICT (party_id, account)
DO UPDATE SET balance_fen = books_partybalance.balance_fen + EXCLUDED.balance_fen
"""

NET_GOODS = """
WITH moved AS (
    SELECT lot_id, place_id, sum(units) AS units
    FROM (SELECT lot_id, to_place_id AS place_id, quantity AS units FROM catalog_lotmove
          WHERE id > %(last)s
          UNION ALL
          SELECT lot_id, from_place_id, -quantity FROM catalog_lotmove WHERE id > %(last)s) AS sides
    WHERE place_id <> 'supplier' GROUP BY lot_id, place_id)
"""

MOVE_WHAT_WAS_THERE = f"""
{NET_GOODS}
UPDATE catalog_lotbalance AS there SET quantity = there.quantity + moved.units
FROM moved WHERE there.lot_id = moved.lot_id AND there.place_id = moved.place_id
"""

PUT_WHAT_IS_NEW = f"""
{NET_GOODS}
INSERT INTO catalog_lotbalance (place_id, lot_id, quantity, allotted)
SELECT place_id, lot_id, units, 0 FROM moved
ON CONFLICT (place_id, lot_id) DO NOTHING
"""


@contextmanager
def in_bulk() -> Iterator[None]:
    """Within the block the triggers of both ledgers rest; at its end the journals have been
    balanced, the balances of parties and of lots moved, and every reference checked. Raises
    ValueError for a journal that does not balance. In the caller's transaction, which has no
    limits of time from here on.
    """
    with connection.cursor() as cursor:
        # The relay, which carries the seed's news, has left a limit of its own.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
        journal, move = _last(cursor, "books_journal"), _last(cursor, "catalog_lotmove")
        _rest(cursor, "DISABLE")
        yield
        _balance(cursor, journal)
        cursor.execute(MOVE_WHAT_WAS_THERE, {"last": move})
        cursor.execute(PUT_WHAT_IS_NEW, {"last": move})
        _rest(cursor, "ENABLE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _last(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
    last: int = cursor.fetchone()[0]
    return last


def _rest(cursor: Any, how: str) -> None:
    """A table with checks still owed cannot be altered: they are done first."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in LEDGERS:
        cursor.execute(f"ALTER TABLE {table} {how} TRIGGER USER")


def _balance(cursor: Any, last: int) -> None:
    cursor.execute(UNBALANCED, {"last": last})
    if wrong := cursor.fetchall():
        raise ValueError(f"{len(wrong)} journals do not balance, J{wrong[0][0]} the first")
    cursor.execute(MOVE_BALANCES, {"last": last})
