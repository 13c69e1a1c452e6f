"""What a journal may look like. Debits are positive fen, credits negative; together nothing."""

from collections.abc import Sequence
from dataclasses import dataclass


class Unbalanced(ValueError):
    """The lines do not make a journal: a fault of the program, refused before the database."""


@dataclass(frozen=True)
class Entry:
    """One line to post: fen on an account, and whose they are where the account asks."""

    account: str
    amount_fen: int
    party_id: int | None = None


def debit(account: str, fen: int, party_id: int | None = None) -> Entry:
    """To the left: what an asset or an expense grows by. The amount is not negative."""
    return Entry(account, _positive(fen), party_id)


def credit(account: str, fen: int, party_id: int | None = None) -> Entry:
    """To the right: what a debt or an income grows by. The amount is not negative."""
    return Entry(account, -_positive(fen), party_id)


def _positive(fen: int) -> int:
    if fen < 0:
        raise Unbalanced("say debit or credit instead of a negative amount")
    return fen


def balanced(entries: Sequence[Entry]) -> list[Entry]:
    """The entries that move something. Raises Unbalanced unless two or more add up to nothing."""
    moving = [entry for entry in entries if entry.amount_fen]
    if len(moving) < 2 or sum(entry.amount_fen for entry in moving) != 0:
        raise Unbalanced(f"no journal: {moving}")
    return moving


def turnover(entries: Sequence[Entry]) -> int:
    """The sum of the debits, in fen."""
    return sum(entry.amount_fen for entry in entries if entry.amount_fen > 0)


def reversal(entries: Sequence[Entry]) -> list[Entry]:
    """The same lines with their sides changed: the only way to correct a journal."""
    return [Entry(entry.account, -entry.amount_fen, entry.party_id) for entry in entries]


def without_vat(gross_fen: int, rate_bp: int) -> tuple[int, int]:
    """(net, VAT) of a price that holds the tax, in fen; the tax half up, the two add up exactly."""
    if gross_fen < 0 or rate_bp < 0:
        raise ValueError("neither a price nor a rate is negative")
    whole = 10_000 + rate_bp
    vat = (2 * gross_fen * rate_bp + whole) // (2 * whole)
    return gross_fen - vat, vat
