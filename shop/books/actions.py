"""Posting and reversing: the only ways into the books."""

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction
from django.utils.translation import gettext as _

from shop.books import rules
from shop.books.errors import AlreadyReversed, PostedOtherwise
from shop.books.events import JournalReversed
from shop.books.kinds import KINDS
from shop.books.models import Journal, JournalLine
from shop.books.rules import Entry
from shop.clock import now, today
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.identity.actors import Actor


def post_journal(
    kind: str, subject: str, entries: Sequence[Entry], *, on: date | None = None, by: Actor
) -> Journal:
    """Enter a business fact (C6.1.2), in the caller's transaction; a repeat changes nothing.

    `on` is the business day, today if not said. Raises LookupError for an undeclared kind and
    Unbalanced, faults of the program; and PostedOtherwise when the fact is there with other lines.
    """
    by.require("books.post_journal")
    if kind not in KINDS:
        raise LookupError(f"no journal_kind({kind!r}, …)")
    lines = rules.balanced(entries)
    with transaction.atomic():
        _one_posting_at_a_time(kind, subject)
        posted = Journal.objects.about(kind, subject).filter(reverses=None).first()
        if posted is None:
            return _write(kind, subject, lines, on or today())
    if sorted(_lines_of(posted), key=_order) != sorted(lines, key=_order):
        raise PostedOtherwise
    return posted


def reverse_journal(journal: Journal, why: str, *, by: Actor) -> Journal:
    """Take a journal back by posting its opposite today; the mistake stays to be read.

    Raises AlreadyReversed, and InvalidValue without a reason.
    """
    by.require("books.reverse_journal")
    if not why.strip():
        raise InvalidValue(fields={"why": [_("Say why.")]})
    with transaction.atomic():
        _one_posting_at_a_time(journal.kind, journal.subject)
        if journal.reverses_id or Journal.objects.filter(reverses=journal).exists():
            raise AlreadyReversed
        opposite = rules.reversal(_lines_of(journal))
        made = _write(journal.kind, journal.subject, opposite, today(), reverses=journal)
        publish(JournalReversed(journal.pk, made.pk, why.strip()), by=by)
    return made


def _one_posting_at_a_time(kind: str, subject: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"journal:{kind} {subject}"]
        )


def _write(
    kind: str, subject: str, lines: list[Entry], on: date, reverses: Journal | None = None
) -> Journal:
    journal = Journal.objects.create(
        kind=kind,
        subject=subject,
        booked_on=on,
        posted_at=now(),
        line_count=len(lines),
        turnover_fen=rules.turnover(lines),
        reverses=reverses,
    )
    # In the order of party and account: two postings to the same balances wait, never deadlock.
    JournalLine.objects.bulk_create(
        JournalLine(
            journal=journal,
            account=line.account,
            party_id=line.party_id,
            amount_fen=line.amount_fen,
        )
        for line in sorted(lines, key=_order)
    )
    return journal


def _lines_of(journal: Journal) -> list[Entry]:
    rows = journal.lines.values_list("account", "amount_fen", "party_id")
    return [Entry(*row) for row in rows]


def _order(line: Entry) -> tuple[int, str, int]:
    return line.party_id or 0, line.account, line.amount_fen
