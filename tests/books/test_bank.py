"""The bank: money moves between parties while readers look and connections are cut.

At every moment, for every reader, the books add up, and balances are the sums of their lines.
"""

import random
import threading
import time
from itertools import count

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from shop.books.accounts import PREPAID, WECHAT_PAY
from shop.books.actions import post_journal
from shop.books.models import Journal, JournalLine
from shop.books.rules import credit, debit
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)
PARTIES, EACH_FEN = 12, 1_000_000

BAD = """
SELECT (SELECT COALESCE(sum(amount_fen), 0) FROM books_journalline),
       (SELECT sum(balance_fen) FROM books_partybalance) + %s,
       (SELECT count(*) FROM (
            SELECT sum(amount_fen) FROM books_journalline GROUP BY journal_id
            HAVING sum(amount_fen) <> 0) AS crooked),
       (SELECT count(*) FROM books_partybalance AS b WHERE balance_fen <> (
            SELECT sum(amount_fen) FROM books_journalline AS l
            WHERE l.party_id = b.party_id AND l.account = b.account))
"""


class Bank:
    """Writers and readers at once, until told to stop."""

    def __init__(self, transfer):
        self.transfer, self.stop, self.numbers = transfer, threading.Event(), count(1)
        self.parties = [cast.customer(f"party {n}").party_id for n in range(PARTIES)]
        self.reads, self.transfers, self.cut = [], 0, 0
        for party in self.parties:
            lines = [debit(WECHAT_PAY.code, EACH_FEN), credit(PREPAID.code, EACH_FEN, party)]
            post_journal("test.bank", f"party:{party}", lines, by=cast.SYSTEM)

    def write(self, seed):
        chance = random.Random(seed)
        while not self.stop.is_set():
            giver, taker = chance.sample(self.parties, 2)
            try:
                self.transfer(f"transfer:{next(self.numbers)}", giver, taker, chance)
                self.transfers += 1
            except DatabaseError:
                self.cut += 1
                connection.close()
        connection.close()

    def read(self):
        while not self.stop.is_set():
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    cursor.execute(BAD, [PARTIES * EACH_FEN])
                    self.reads.append(cursor.fetchone())
            except DatabaseError:
                connection.close()
        connection.close()

    def run(self, *, reads, writers=4, readers=2, kill_every=0.3):
        crew = [threading.Thread(target=self.write, args=[seed]) for seed in range(writers)]
        crew += [threading.Thread(target=self.read) for _ in range(readers)]
        for thread in crew:
            thread.start()
        latest = time.monotonic() + 300
        while len(self.reads) < reads and time.monotonic() < latest:
            time.sleep(kill_every)
            cut_somebody()
        self.stop.set()
        for thread in crew:
            thread.join(120)
        return [seen for seen in self.reads if seen != (0, 0, 0, 0)]


def cut_somebody():
    """End one of the bank's connections, whatever it is doing."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            ORDER BY random() LIMIT 1
        """)


def by_the_book(subject, giver, taker, chance):
    fen = chance.randint(1, 5_000)
    lines = [debit(PREPAID.code, fen, giver), credit(PREPAID.code, fen, taker)]
    post_journal("test.bank", subject, lines, by=cast.SYSTEM)


def line_by_line(subject, giver, taker, chance):
    """What the guards prevent: each line in a transaction of its own."""
    fen = chance.randint(1, 5_000)
    journal = Journal.objects.create(
        kind="test.bank", subject=subject, booked_on="2026-01-01",
        posted_at="2026-01-01T00:00:00Z", line_count=2, turnover_fen=fen,
    )  # fmt: skip
    for party, amount in ((giver, fen), (taker, -fen)):
        JournalLine.objects.create(
            journal=journal, account=PREPAID.code, party_id=party, amount_fen=amount
        )


@pytest.fixture
def no_balance_check():
    """The database's own look at commit, off for one test."""
    yield from switched("DISABLE", "ENABLE")


def switched(off, on):
    for word in (off, on):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgdeferrable "
                "AND NOT tgisinternal AND tgrelid::regclass::text LIKE 'books_%'"
            )
            for table, name in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} {word} TRIGGER "{name}"')
        if word == off:
            yield


def run_bank(reads):
    bank = Bank(by_the_book)
    assert bank.run(reads=reads) == []
    assert len(bank.reads) >= reads
    assert bank.transfers > 20
    assert bank.cut > 0, "no connection was cut: nothing was shown"
    print(f"bank: {len(bank.reads)} reads, 0 bad; {bank.transfers} transfers, {bank.cut} cut")


@pytest.mark.fault("B1")
def test_no_reader_ever_sees_money_made_or_lost():
    run_bank(reads=150)


@pytest.mark.soak
@pytest.mark.fault("B1")
def test_no_reader_ever_sees_money_made_or_lost_for_long():
    run_bank(reads=5_000)


@pytest.mark.fault("B1")
def test_without_one_transaction_and_the_check_readers_do_see_it(no_balance_check):
    assert Bank(line_by_line).run(reads=150, kill_every=5)


def refuse_crooked(tries, seed=20261122):
    """Journals of random lines that do not add up, straight to the database."""
    chance, accepted = random.Random(seed), 0
    for n in range(tries):
        amounts = [chance.choice([-1, 1]) * chance.randint(1, 10**6) for _ in range(3)]
        amounts[-1] += sum(amounts) == 0
        turnover = sum(a for a in amounts if a > 0) or 1
        try:
            with transaction.atomic():
                journal = Journal.objects.create(
                    kind="crooked", subject=f"x:{n}", booked_on="2026-01-01",
                    posted_at="2026-01-01T00:00:00Z", line_count=3, turnover_fen=turnover,
                )  # fmt: skip
                JournalLine.objects.bulk_create(
                    JournalLine(journal=journal, account=WECHAT_PAY.code, amount_fen=amount)
                    for amount in amounts
                )
            accepted += 1
        except IntegrityError:
            pass
    return accepted


@pytest.mark.fault("B2")
def test_no_unbalanced_journal_is_accepted():
    assert refuse_crooked(100) == 0


@pytest.mark.soak
@pytest.mark.fault("B2")
def test_no_unbalanced_journal_is_accepted_of_a_thousand():
    assert refuse_crooked(1_000) == 0


def test_the_check_at_commit_is_what_refuses_them(no_balance_check):
    assert refuse_crooked(20) == 20
