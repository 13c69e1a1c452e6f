"""Decisions of the catalogue, from values alone."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from itertools import groupby

HIGHEST_PRICE_FEN = 10_000_000  # ¥100,000: above it a price is a typing error
LOW_STOCK = 10
MOST_LEVELS = 3  # of categories
STANDARD_VAT_BP = 1_300  # of manufactured goods (VAT Law art. 10)
VAT_RATES_BP = (1_300, 900, 0)  # and of farm products, and of what is free of the tax
LEAST_LIFE_LEFT = 3  # goods come in with at least one in so many parts of their shelf life left
DAYS_FOR_CUSTOMERS = 30  # what leaves the house can still be used up
WARN_DAYS = 90  # before its end, while a promotion can still sell a lot
SHORTEST_KEPT = 2  # letters between two changes, to be shown as kept
HEALTH_FOOD_NOTICE = "保健食品不是药物，不能代替药物治疗疾病"

REQUIRED = frozenset(
    {
        "title",
        "ingredients",
        "usage",
        "storage",
        "shelf_life",
        "origin",
        "manufacturer",
        "after_sales_terms",
    }
)
REQUIRED_OF_HEALTH_FOOD = frozenset(
    {"efficacy", "functional_components", "suitable_for", "unsuitable_for"}
)

APPROVAL_NUMBER = re.compile(
    r"国食健注[GJ]20\d{6}"  # registration, from 2016
    r"|食健备G20\d{10}"  # filing, domestic
    r"|食健备J20\d{2}00\d{6}"  # filing, imported
    r"|国食健字[GJ]\d{8}"  # older registrations still in force
)


SALES_DAYS = 90  # over which it is reckoned how fast something sells
RETURN_DAYS = 180  # over which returns are compared with sales
LEAST_SOLD = 20  # units, below which a rate of returns says nothing
REFERENCE_WINDOW = timedelta(days=7)  # before a price takes effect (SAMR 56 art. 16)
MOST_COMPETITORS = 10  # noted with one change of prices
ASKED_AGAIN_AFTER = timedelta(days=90)  # what was declined


@dataclass(frozen=True)
class Threshold:
    """By what a rule proposes to take a product off sale: days, or basis points."""

    value: int
    is_on: bool = True


PROPOSED_WHEN = {
    "no_sales": Threshold(90),
    "cover": Threshold(30),
    "returns": Threshold(500),
    "certificate": Threshold(30),
}
"""As long as staff have set nothing else (D4.2.3)."""


def is_approval_number(text: str) -> bool:
    """A health food's registration or filing number by its form (Food Safety Law art. 76)."""
    return bool(APPROVAL_NUMBER.fullmatch(text))


def reference_price(
    history: Sequence[tuple[datetime, int]], at: datetime, price_fen: int
) -> int | None:
    """With what a price that takes effect `at` may be compared ("was ¥…"), in fen; None: nothing.

    `history`: since when, and the lowest price anybody paid then, in order. It is the lowest of
    the seven days before (SAMR 56 art. 16): an unexplained reference price may not be above the
    lowest deal of those days, and no deal was below the lowest price.
    """
    since = at - REFERENCE_WINDOW
    begun = [fen for start, fen in history if start <= since][-1:]
    within = [fen for start, fen in history if since < start < at]
    lowest = min([*begun, *within], default=0)
    return lowest if lowest > price_fen else None


def stock_level(available: int) -> str:
    """`in_stock`, `low` or `sold_out`: all that customers are told."""
    if available <= 0:
        return "sold_out"
    return "low" if available <= LOW_STOCK else "in_stock"


def grams(word: str) -> set[str]:
    """By which letters a word is looked up in titles: each two neighbours, or the only one.

    The database keeps those of every title, single letters too (`catalog_grams`).
    """
    return {word[place : place + 2] for place in range(len(word) - 1)} or {word}


def content_hash(text: Mapping[str, str]) -> bytes:
    """SHA-256 over the content in one canonical form: proof of what buyers saw."""
    canonical = json.dumps(text, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).digest()


@dataclass(frozen=True)
class Change:
    """A stretch of a text: `kept`, `gone` or `new`."""

    kind: str
    words: str


def changes(before: str, after: str) -> list[Change]:
    """The text before and after as one, in the stretches that a reader can follow.

    Stretches of fewer than two letters between changes are taken as changed with them.
    """
    found: list[Change] = []
    for kind, a, z, c, y in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal" and (z - a >= SHORTEST_KEPT or a == 0 or z == len(before)):
            found.append(Change("kept", before[a:z]))
        else:
            found += [Change("gone", before[a:z]), Change("new", after[c:y])]
    return _joined(found)


def _joined(found: list[Change]) -> list[Change]:
    """Between two stretches that were kept, all that is gone comes first, then all that is new."""
    joined: list[Change] = []
    for kept, stretch in groupby(found, key=lambda change: change.kind == "kept"):
        told = list(stretch)
        for kind in ("kept",) if kept else ("gone", "new"):
            words = "".join(change.words for change in told if change.kind == kind)
            if words:
                joined.append(Change(kind, words))
    return joined


def one_text(content: Mapping[str, str]) -> tuple[str, dict[str, int]]:
    """All that a product says as one text, and where each field of it begins."""
    begins, text = {}, ""
    for name, value in content.items():
        begins[name] = len(text)
        text += f"{value}\n"
    return text, begins


def field_at(place: int, begins: Mapping[str, int]) -> str:
    """The field that a place in the one text belongs to."""
    return max((name for name in begins if begins[name] <= place), key=lambda name: begins[name])


def missing_for_submission(kind: str, text: Mapping[str, str]) -> dict[str, str]:
    """Field → what review still needs of it: `filled`, `number_form` or `notice_wording`.

    A4.1a; for health food also the Food Safety Law art. 78.
    """
    required = REQUIRED | (REQUIRED_OF_HEALTH_FOOD if kind == "health_food" else frozenset())
    missing = {name: "filled" for name in sorted(required) if not text[name].strip()}
    if kind == "health_food":
        if not is_approval_number(text["approval_number"]):
            missing["approval_number"] = "number_form"
        if text["notice"] != HEALTH_FOOD_NOTICE:
            missing["notice"] = "notice_wording"
    return missing


def objection_to_dates(produced_on: date, expires_on: date, today: date) -> str | None:
    """Why goods with these dates do not come in, or None (Food Safety Law art. 53–54).

    `produced_in_future`, `expires_before_production`, `expired`, or `too_old`: less than a third
    of the shelf life is left, or too little of it to sell them at all.
    """
    if produced_on > today:
        return "produced_in_future"
    if expires_on <= produced_on:
        return "expires_before_production"
    if expires_on <= today:
        return "expired"
    life, left = (expires_on - produced_on).days, (expires_on - today).days
    is_too_old = left * LEAST_LIFE_LEFT < life or last_sale_on(produced_on, expires_on) <= today
    return "too_old" if is_too_old else None


def last_sale_on(produced_on: date, expires_on: date) -> date:
    """The day from which a lot is not sold any more: thirty days before its end.

    What is short-lived anyway is sold until a quarter of its life is left.
    """
    life = (expires_on - produced_on).days
    return expires_on - timedelta(days=min(DAYS_FOR_CUSTOMERS, life // 4))


def near_expiry_on(produced_on: date, expires_on: date) -> date:
    """The day on which people are told that a lot nears its end: ninety days before it.

    Of what is short-lived, when half of its life is left.
    """
    life = (expires_on - produced_on).days
    return expires_on - timedelta(days=min(WARN_DAYS, life // 2))


def warned_until(today: date) -> date:
    """What ends by this day is near its end."""
    return today + timedelta(days=WARN_DAYS)


def shares(free: Sequence[tuple[int, int]], wanted: int) -> tuple[dict[int, int], int]:
    """Take so many units from lots (id, how many are free) in the order given.

    Returns lot → units, and how many are missing.
    """
    taken = {}
    for lot, units in free:
        if wanted and units > 0:
            taken[lot] = min(units, wanted)
            wanted -= taken[lot]
    return taken, wanted
