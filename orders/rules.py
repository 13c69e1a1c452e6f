"""Decisions of the order's life, from values alone."""

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

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
DECIDE_WITHIN = timedelta(hours=9)  # of working time: an answer to who asks for money back
LAW_REFUNDS_WITHIN = timedelta(days=7)  # Consumer Protection Law art. 25
APPROVAL_OVER_FEN = 50_000  # of refunds that one person grants in a day (C6.1.2)
REFUNDABLE_FOR = timedelta(days=365)  # WeChat Pay v3, 退款申请
MOST_REFUNDS = 50  # of one payment; likewise
BETWEEN_REFUNDS = timedelta(seconds=61)  # of one payment; likewise, a minute
DEFECTS = frozenset({"wrong_item", "damaged", "quality"})
FIRST_SCAN_WITHIN = timedelta(hours=24)  # of the shipping; later something is wrong (A4.2c)
NEXT_SCAN_WITHIN = timedelta(hours=72)
ASK_CARRIER_AFTER = timedelta(
    hours=6
)  # of silence; 快递100 locks what is asked twice in half an hour
SCAN_BEFORE = timedelta(days=2)  # the shipping: a waybill may be scanned before we say so
SCAN_AHEAD = timedelta(hours=1)  # of our clock
FOLLOW_RECALL_WITHIN = timedelta(days=3)  # of the tracing: what became of recalled goods
TELL_WECHAT_WITHIN = timedelta(hours=36)  # 订单发货管理: WeChat reminds after 48
PAYMENT_KNOWN_WITHIN = timedelta(minutes=30)  # at 订单发货管理, after the shipping
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


def case_number(on: date) -> str:
    """An after-sales case's number, as hard to guess as an order's."""
    return f"S{fresh_number(on)}"


def out_refund_no(of: str, attempt: int) -> str:
    """A refund's number at WeChat Pay: of a case or of a disputed payment, and which attempt."""
    return f"{of}R{attempt}"


def refundable(left_fen: int, left_units: int, wanted: int) -> int:
    """What `wanted` of the units that are left bring back: the last unit takes what remains."""
    if not 0 < wanted <= left_units:
        raise ValueError("no more units than are left")
    return left_fen * wanted // left_units


def may_ask_back(signed_at: datetime | None, reason: str, at: datetime) -> bool:
    """Whether a customer may still ask: seven days without a reason, a defect for longer.

    Consumer Protection Law art. 24 and 25; WeChat Pay itself ends it after a year.
    """
    return signed_at is None or reason in DEFECTS or at < signed_at + RETURN_WINDOW


def send_refund_after(last: datetime | None, at: datetime) -> datetime:
    """When WeChat Pay takes the next refund of a payment whose last one goes at `last`."""
    return at if last is None else max(at, last + BETWEEN_REFUNDS)


def next_question(requested_at: datetime, at: datetime) -> datetime:
    """When to ask again about a refund that has not ended: ever less often."""
    age = at - requested_at
    if age < timedelta(hours=1):
        return at + timedelta(seconds=50)
    return at + (timedelta(minutes=10) if age < timedelta(days=1) else timedelta(hours=1))


def given_back(left: Sequence[Taxed], back: Sequence[int]) -> tuple[int, int]:
    """(net, VAT) that fall away when `back` fen of each line that is `left` are given back.

    Cumulative: however a line is given back, its parts add up to what was sold of it.
    """
    after = [Taxed(line.gross_fen - fen, line.vat_bp) for line, fen in zip(left, back, strict=True)]
    (net_before, vat_before), (net_after, vat_after) = net_and_vat(left), net_and_vat(after)
    return net_before - net_after, vat_before - vat_after


def goods_in_words(lines: Sequence[tuple[str, int]], longest: int) -> str:
    """What a parcel holds, for a label or a message: titles with their quantities, cut at a line.

    A first title that is too long by itself is cut within.
    """
    told = ""
    for title, quantity in lines:
        line = f"{title}×{quantity}"
        if told and len(told) + 1 + len(line) > longest - 1:
            return f"{told}等"
        told = f"{told}；{line}" if told else line[:longest]
    return told


def tidy_waybill(typed: str) -> str:
    """A waybill as scanners and people give it, in its one form."""
    return re.sub(r"[\s-]", "", typed).upper()


def is_waybill(text: str) -> bool:
    return bool(WAYBILL.fullmatch(text))


def scan_digest(at: datetime, state: str, text: str, place: str) -> bytes:
    """SHA-256 of all that a carrier's scan says: told twice, it is the same."""
    return sha256("\n".join((at.isoformat(), state, text, place)).encode()).digest()


def is_of_this_parcel(scanned_at: datetime, shipped_at: datetime, at: datetime) -> bool:
    """Whether a scan can be of a parcel shipped then: carriers give numbers out again after a year,
    and a scan of tomorrow is of nobody.
    """
    return shipped_at - SCAN_BEFORE <= scanned_at <= at + SCAN_AHEAD


def stalls_at(shipped_at: datetime, latest_at: datetime | None) -> datetime:
    """When a parcel of which nothing more is heard is seen to: a day after the shipping, three
    after a scan.
    """
    return latest_at + NEXT_SCAN_WITHIN if latest_at else shipped_at + FIRST_SCAN_WITHIN


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
LONGEST_WINDOW = 24 * 30
"""Hours within which orders may be counted as repeats."""


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


MOST_IN_WAVE = 30
SHORT_PICKS = ("missing", "damaged", "unsellable")
"""Why units that the books show cannot be picked."""
ECHO = timedelta(milliseconds=300)
"""The same code twice within it came from the scanner, not from a hand."""
CODE = re.compile(r"(?:(\d{1,3})\s*[*×]\s*)?(\S+?)(?:\s*[/|\s]\s*(\S+))?")


@dataclass(frozen=True)
class Scanned:
    """What a label says: a SKU and a lot, or one code that is either; and how many of it."""

    code: str
    lot: str
    quantity: int


def read_scan(text: str) -> Scanned | None:
    """The label's code: `SKU/LOT`, one of the two alone, `3*SKU/LOT` typed for three.

    None for what is no code.
    """
    found = CODE.fullmatch(text.strip())
    if found is None or found[1] == "0":
        return None
    return Scanned(found[2].upper(), (found[3] or "").upper(), int(found[1] or 1))


def names(read: Scanned, sku: str, lot: str) -> bool:
    """Whether a label that was read is this lot's; one code alone may be the SKU's or the lot's."""
    if read.lot:
        return (read.code, read.lot) == (sku.upper(), lot.upper())
    return read.code in {sku.upper(), lot.upper()}


def is_echo(same_code: bool, gap: timedelta | None) -> bool:
    """Whether a scan came from a scanner that sent one label twice (`gap` since the last one)."""
    return same_code and gap is not None and gap < ECHO


@dataclass(frozen=True)
class Limits:
    """What an order may be before a person looks; the amount in fen, the window elsewhere."""

    most_units: int
    most_fen: int
    most_orders: int
    blocked_regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Repeats:
    """How many orders were paid within the window, the one at hand included."""

    to_phone: int
    to_address: int
    by_buyer: int


def findings(facts: ReviewFacts, region: str, repeats: Repeats, limits: Limits) -> list[str]:
    """Why an order waits for a person: codes, none when it is complete and within the limits."""
    checks = {check.code: check.passed for check in review(facts)}
    passed = {
        "phone": checks["phone"],
        "address": checks["address"],
        "amount": checks["amount"],
        "quantity": facts.largest_quantity <= limits.most_units,
        "value": facts.payable_fen <= limits.most_fen,
        "same_phone": repeats.to_phone <= limits.most_orders,
        "same_address": repeats.to_address <= limits.most_orders,
        "same_buyer": repeats.by_buyer <= limits.most_orders,
        "region": not region.replace(" ", "").startswith(limits.blocked_regions),
    }
    return [code for code, is_well in passed.items() if not is_well]


def address_key(region: str, street: str) -> str:
    """An address as it is compared: without blanks and dashes, in one width and case."""
    plain = unicodedata.normalize("NFKC", f"{region}{street}").casefold()
    return re.sub(r"[\s\-—–_,.，。、#号]", "", plain)


def sampled(percents: Mapping[str, int]) -> set[str]:
    """Which orders (number → percent of its kind) people look at: nobody can tell beforehand, for
    numbers cannot be guessed, and whoever asks again is told the same. At least one of any.
    """
    if not percents:
        return set()
    ranks = {number: int(sha256(number.encode()).hexdigest(), 16) for number in percents}
    chosen = {number for number in percents if ranks[number] % 100 < percents[number]}
    return chosen or {min(ranks, key=lambda number: ranks[number])}
