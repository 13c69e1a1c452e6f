"""Journals of the past: posted when the fact was, on its day."""

from datetime import datetime, timedelta

from demo.history.rows import Rows
from shop.books.rules import Entry, turnover
from shop.clock import SHANGHAI

MOMENT = timedelta(milliseconds=40)  # from one fact to the next that it sets off


def post(rows: Rows, kind: str, subject: str, entries: list[Entry], at: datetime) -> None:
    """A journal and its lines, on the day of the fact."""
    journal_id = rows.add(
        "books_journal",
        kind=kind,
        subject=subject,
        booked_on=at.astimezone(SHANGHAI).date(),
        posted_at=at + MOMENT,
        line_count=len(entries),
        turnover_fen=turnover(entries),
        reverses_id=None,
    )
    for entry in entries:
        rows.add(
            "books_journalline",
            journal_id=journal_id,
            account=entry.account,
            party_id=entry.party_id,
            amount_fen=entry.amount_fen,
        )
