"""Writing many rows in one transaction: what triggers do row by row is done once for all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

LEDGER = ("books_journal", "books_journalline")

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


@contextmanager
def in_bulk() -> Iterator[None]:
    """Within the block the ledger's triggers rest; at its end its journals have been balanced,
    its parties' balances moved and every reference checked. Raises ValueError for a journal that
    does not balance. In the caller's transaction, which has no limits of time from here on.
    """
    with connection.cursor() as cursor:
        # The relay, which carries the seed's news, has left a limit of its own.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT coalesce(max(id), 0) FROM books_journal")
        [last] = cursor.fetchone()
        _rest(cursor, "DISABLE")
        yield
        _balance(cursor, last)
        _rest(cursor, "ENABLE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _rest(cursor: Any, how: str) -> None:
    """A table with checks still owed cannot be altered: they are done first."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in LEDGER:
        cursor.execute(f"ALTER TABLE {table} {how} TRIGGER USER")


def _balance(cursor: Any, last: int) -> None:
    cursor.execute(UNBALANCED, {"last": last})
    if wrong := cursor.fetchall():
        raise ValueError(f"{len(wrong)} journals do not balance, J{wrong[0][0]} the first")
    cursor.execute(MOVE_BALANCES, {"last": last})
