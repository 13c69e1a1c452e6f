"""Decisions of the order's life, from values alone."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from marketing.rules import MAX_LINE_QUANTITY
from shop.books.rules import without_vat
from shop.identity.rules import is_phone

PAYMENT_WINDOW = timedelta(minutes=30)
REMIND_BEFORE = timedelta(minutes=10)
ASK_AFTER = timedelta(seconds=30)
ASK_UNTIL = timedelta(days=1)
CONFIRM_WITHIN = timedelta(hours=1)  # of working time, from the payment (A4.2a)
SHIP_WITHIN = timedelta(hours=9)  # a working day, from the confirmation (A4.2b)
ADDRESS_SHOWN_FOR = timedelta(minutes=5)
LOOKS_AN_HOUR = 30
"""Consignees whom one person may look at within an hour before somebody asks why."""
RETURN_WINDOW = timedelta(days=7)  # Consumer Protection Law art. 25
WAYBILL = re.compile(r"[A-Z0-9]{8,30}")


@dataclass(frozen=True)
class Taxed:
    """What is payable for a line or a part of it (fen), and the VAT rate that it contains."""

    gross_fen: int
    vat_bp: int


def net_and_vat(lines: Sequence[Taxed]) -> tuple[int, int]:
    """(net, VAT) of the lines in fen; each line's tax half up, the two add up to what is paid."""
    parts = [without_vat(line.gross_fen, line.vat_bp) for line in lines]
    return sum(net for net, _vat in parts), sum(vat for _net, vat in parts)


def is_quantity(quantity: int) -> bool:
    return 0 < quantity <= MAX_LINE_QUANTITY


def fresh_number(on: date) -> str:
    """An order number: its day, and twelve random digits, so that no number can be guessed."""
    return f"{on:%y%m%d}{secrets.randbelow(10**12):012d}"


def out_trade_no(order_number: str, attempt: int) -> str:
    """The payment's number at WeChat Pay: 6–32 characters, unique per merchant."""
    return f"{order_number}P{attempt}"


def tidy_waybill(typed: str) -> str:
    """A waybill as scanners and people give it, in its one form."""
    return re.sub(r"[\s-]", "", typed).upper()


def is_waybill(text: str) -> bool:
    return bool(WAYBILL.fullmatch(text))


def differing(expected: Mapping[str, object], found: Mapping[str, object]) -> list[str]:
    """The names of the fields of a payment notice that are not what we asked to be paid."""
    return [name for name, value in expected.items() if found.get(name) != value]


def dispute_reason(wrong: Sequence[str]) -> str:
    """What a receipt that does not fit means, by the fields that differ."""
    if "out_trade_no" in wrong:
        return "unknown"
    if "order_status" in wrong:
        return "double"
    return "late" if list(wrong) == ["stock"] else "differs"


LARGE_QUANTITY = 20
LARGE_AMOUNT_FEN = 500_000
REPEATS_A_DAY = 3
SHORTEST_STREET = 5


@dataclass(frozen=True)
class ReviewFacts:
    """What the automatic checks of a paid order look at. Amounts in fen."""

    phone: str
    recipient: str
    street: str
    payable_fen: int
    line_fen: int
    largest_quantity: int
    orders_to_same_phone: int


@dataclass(frozen=True)
class Check:
    """One automatic check: its code and whether it found nothing to ask about."""

    code: str
    passed: bool


def review(facts: ReviewFacts) -> list[Check]:
    """Is the order complete, correct and ordinary? (A4.2a) A failed check asks for a look."""
    return [
        Check("phone", is_phone(facts.phone)),
        Check("address", len(facts.street) >= SHORTEST_STREET and bool(facts.recipient.strip())),
        Check("amount", facts.payable_fen == facts.line_fen),
        Check("quantity", facts.largest_quantity <= LARGE_QUANTITY),
        Check("value", facts.payable_fen <= LARGE_AMOUNT_FEN),
        Check("repeat", facts.orders_to_same_phone < REPEATS_A_DAY),
    ]
