"""The books: posted once, balanced by the database, corrected by reversal, never changed."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from shop.books.accounts import OWED_BACK, PREPAID, SALES, WECHAT_PAY
from shop.books.actions import post_journal, reverse_journal
from shop.books.errors import AlreadyReversed, PostedOtherwise
from shop.books.models import Journal, JournalLine, PartyBalance
from shop.books.rules import Unbalanced, credit, debit
from shop.books.selectors import statement, trial_balance
from shop.clock import today
from shop.errors import InvalidValue, NotAllowed
from shop.events.models import EventLog
from tests import cast

pytestmark = pytest.mark.django_db


def paid(fen=19900, subject="payment:1", who="ming", **more):
    party = cast.customer(who).party_id
    entries = [debit(WECHAT_PAY.code, fen), credit(PREPAID.code, fen, party)]
    return post_journal("test.paid", subject, entries, by=cast.SYSTEM, **more)


def balance(who="ming", account=PREPAID):
    return PartyBalance.objects.get(party=cast.customer(who).party, account=account.code)


def raw(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_fact_is_posted_with_its_lines_and_moves_the_partys_balance():
    journal = paid()
    assert journal.booked_on == today()
    assert journal.turnover_fen == 19900
    assert sum(line.amount_fen for line in journal.lines.all()) == 0
    assert balance().balance_fen == -19900


def test_the_same_fact_again_changes_nothing():
    assert paid() == paid()
    assert Journal.objects.count() == 1
    assert balance().balance_fen == -19900


def test_the_same_fact_with_other_amounts_is_refused():
    paid(100)
    with pytest.raises(PostedOtherwise):
        paid(101)
    assert Journal.objects.count() == 1


def test_what_does_not_balance_never_reaches_the_database():
    with pytest.raises(Unbalanced):
        post_journal("test.paid", "y:1", [debit(WECHAT_PAY.code, 5)], by=cast.SYSTEM)
    assert not Journal.objects.exists()


def test_an_undeclared_kind_of_fact_is_a_fault_of_the_program():
    with pytest.raises(LookupError):
        post_journal(
            "never.declared", "y:1", [debit("6001", 1), credit("1012.01", 1)], by=cast.SYSTEM
        )


def test_customers_and_clerks_do_not_post():
    for actor in (cast.shopper(), cast.staff("finance"), cast.staff("service_agent")):
        with pytest.raises(NotAllowed):
            post_journal("test.paid", "y:1", [debit("6001", 1), credit("1012.01", 1)], by=actor)


@pytest.mark.parametrize(
    ("account", "with_party"),
    [(PREPAID, False), (SALES, True)],
)
def test_a_party_stands_where_the_account_asks_for_one_and_nowhere_else(account, with_party):
    party = cast.customer().party_id if with_party else None
    lines = [debit(WECHAT_PAY.code, 5), credit(account.code, 5, party)]
    with pytest.raises(IntegrityError), transaction.atomic():
        post_journal("test.paid", "y:1", lines, by=cast.SYSTEM)


def test_an_unknown_account_is_refused():
    lines = [debit("9999", 5), credit(SALES.code, 5)]
    with pytest.raises(IntegrityError), transaction.atomic():
        post_journal("test.paid", "y:1", lines, by=cast.SYSTEM)


@pytest.mark.fault("B2")
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO books_journalline (journal_id, account, amount_fen) VALUES (%s, '6001', 5)",
        "INSERT INTO books_journalline (journal_id, account, amount_fen)"
        " VALUES (%s, '6001', 5), (%s, '1012.01', -5)",
        "UPDATE books_journalline SET amount_fen = amount_fen + 1 WHERE journal_id = %s",
        "DELETE FROM books_journalline WHERE journal_id = %s",
        "UPDATE books_journal SET turnover_fen = 1 WHERE id = %s",
        "DELETE FROM books_journal WHERE id = %s",
    ],
)
def test_no_hand_adds_to_a_posted_journal_changes_it_or_takes_it_out(sql):
    journal = paid()
    with pytest.raises(DatabaseError):
        raw(sql, *[journal.pk] * sql.count("%s"))
    assert list(journal.lines.values_list("amount_fen", flat=True)) == [19900, -19900]
    assert balance().balance_fen == -19900


OPEN = """
INSERT INTO books_journal (kind, subject, booked_on, posted_at, line_count, turnover_fen)
VALUES ('x', 'y:1', '2026-01-01', now(), 2, 5) RETURNING id
"""


@pytest.mark.fault("B2")
@pytest.mark.parametrize(
    "lines",
    [
        [],
        [("6001", 5)],
        [("6001", 5), ("1012.01", -4)],
        [("6001", 4), ("1012.01", -4)],  # balances, but is not what was opened
        [("6001", 5), ("1012.01", -3), ("2221.01", -2)],
    ],
)
def test_the_database_refuses_at_commit_what_does_not_balance(lines):
    with pytest.raises(IntegrityError, match="does not balance"):
        write_by_hand(lines)
    assert not Journal.objects.exists()


def write_by_hand(lines):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OPEN)
        [journal_id] = cursor.fetchone()
        for account, fen in lines:
            JournalLine.objects.create(journal_id=journal_id, account=account, amount_fen=fen)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_amount_beyond_all_reason_is_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        paid(10**12 + 1)


def test_a_reversal_takes_back_and_leaves_the_mistake_to_be_read():
    mistake = paid()
    clerk = cast.staff("finance")
    opposite = reverse_journal(mistake, "entered twice", by=clerk)
    assert opposite.reverses == mistake
    assert balance().balance_fen == 0
    fact = EventLog.objects.get(kind="books.JournalReversed")
    assert (fact.user_id, fact.data["why"]) == (clerk.user.pk, "entered twice")
    assert paid() == mistake  # the fact itself stays posted


def test_once_is_enough():
    mistake = paid()
    opposite = reverse_journal(mistake, "wrong", by=cast.SYSTEM)
    for journal in (mistake, opposite):
        with pytest.raises(AlreadyReversed):
            reverse_journal(journal, "again", by=cast.SYSTEM)
    assert balance().balance_fen == 0


def test_a_reversal_says_why_and_is_for_those_who_may():
    mistake = paid()
    with pytest.raises(InvalidValue):
        reverse_journal(mistake, "  ", by=cast.SYSTEM)
    with pytest.raises(NotAllowed):
        reverse_journal(mistake, "no", by=cast.staff("service_agent"))
    assert Journal.objects.count() == 1


def test_a_statement_runs_line_by_line():
    paid(100, "payment:1")
    paid(250, "payment:2")
    paid(999, "payment:3", who="hua")
    party = cast.customer().party_id
    post_journal(
        "test.owed",
        "payment:2",
        [debit(PREPAID.code, 50, party), credit(OWED_BACK.code, 50, party)],
        by=cast.SYSTEM,
    )
    lines = statement(balance(), most=10)
    assert [(item.line.amount_fen, item.balance_fen) for item in lines] == [
        (50, 300),
        (-250, 350),
        (-100, 100),
    ]
    assert statement(balance(), most=1) == lines[:1]


def test_the_trial_balance_adds_up_to_nothing_on_any_day():
    paid(100, on=date(2026, 3, 31))
    paid(250, "payment:2", on=date(2026, 4, 1))
    march = {total.account: total for total in trial_balance(date(2026, 3, 31))}
    assert march[WECHAT_PAY].balance_fen == march[PREPAID].balance_fen == 100
    april = trial_balance(date(2026, 4, 1))
    assert sum(total.debits_fen - total.credits_fen for total in april) == 0
    assert [total.balance_fen for total in april] == [350, 350]
    assert trial_balance(date(2026, 3, 1) - timedelta(days=1)) == []
