"""Reading the books: statements of a party, and the trial balance of the house."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, RowRange, Sum, Window
from django.db.models.functions import Coalesce

from shop.books.accounts import ACCOUNTS, Account
from shop.books.models import JournalLine, PartyBalance


@dataclass(frozen=True)
class StatementLine:
    """A line and what the account stood at after it, in fen on the account's own side."""

    line: JournalLine
    balance_fen: int


@dataclass(frozen=True)
class Total:
    """One account of the trial balance: its debits, its credits and what remains, in fen."""

    account: Account
    debits_fen: int
    credits_fen: int

    @property
    def balance_fen(self) -> int:
        """On the account's own side: what we owe reads as a positive amount."""
        return on_its_side(self.account.code, self.debits_fen - self.credits_fen)


def on_its_side(account: str, fen: int) -> int:
    """A sum of lines as accountants read it: positive where the account grows."""
    return fen if ACCOUNTS[account].is_debit else -fen


def trial_balance(until: date) -> list[Total]:
    """Every account that has a line booked on or before that business day."""
    debits = Coalesce(Sum("amount_fen", filter=Q(amount_fen__gt=0)), 0)
    credits = Coalesce(-Sum("amount_fen", filter=Q(amount_fen__lt=0)), 0)
    booked = JournalLine.objects.booked_until(until).order_by().values("account")
    rows = booked.annotate(debits=debits, credits=credits).order_by("account")
    return [Total(ACCOUNTS[row["account"]], row["debits"], row["credits"]) for row in rows]


def statement(balance: PartyBalance, most: int) -> list[StatementLine]:
    """A party's last lines on one account, the newest first."""
    so_far = Window(Sum("amount_fen"), order_by=F("pk").asc(), frame=RowRange(start=None, end=0))
    lines = JournalLine.objects.filter(party_id=balance.party_id, account=balance.account)
    newest = lines.select_related("journal").annotate(so_far=so_far).order_by("-pk")[:most]
    return [
        StatementLine(line, on_its_side(line.account, line.so_far))  # type: ignore[attr-defined]
        for line in newest
    ]
