"""What is counted: facts, indicators as measures over them, controls as articles kept or not.

Chapters declare theirs in `indicators.py`. A fact is rows that count at an instant; all
indicators of one fact are computed by one grouped statement. A ratio is kept as numerator and
denominator, so that days can be added up and nothing is divided by nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Aggregate, Q, QuerySet
from django.db.models.expressions import Combinable

from shop.clock import SHANGHAI
from shop.errors import Text

FACTS: dict[str, "Fact"] = {}
INDICATORS: dict[str, "Indicator"] = {}
CONTROLS: dict[str, "Control"] = {}


class Unit(StrEnum):
    """What a value is of. Ratios carry a denominator of the same kind of things."""

    COUNT = "count"
    FEN = "fen"
    RATIO = "ratio"
    SECONDS = "seconds"  # kept in whole milliseconds


class Better(StrEnum):
    """Which way is good."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True)
class Fact:
    """Rows that count at the instant in column `at`; `dims` name the columns they differ by."""

    code: str
    label: Text
    rows: Callable[[], QuerySet[Any]]
    at: str
    dims: Mapping[str, str] = field(default_factory=dict)

    def within(self, since: date, until: date) -> QuerySet[Any]:
        """The rows of these business days in Shanghai, both included."""
        return self.rows().filter(
            **{f"{self.at}__gte": midnight(since), f"{self.at}__lt": midnight(until, days=1)}
        )

    def __post_init__(self) -> None:
        if FACTS.setdefault(self.code, self) is not self:
            raise ValueError(f"the fact {self.code} is declared twice")


def midnight(day: date, days: int = 0) -> datetime:
    """The instant at which a business day begins in Shanghai; `days` later if said."""
    return datetime.combine(day + timedelta(days=days), time(), SHANGHAI)


@dataclass(frozen=True)
class Indicator:
    """A figure that managers watch: a measure over a fact, with its owner and its article.

    `formula` says in words what is counted and what it is divided by. A change of meaning is a
    new `version`; values of the old one stay as they were.
    """

    code: str
    name: Text
    formula: Text
    article: str
    owner: str
    fact: Fact
    numerator: Aggregate | Combinable
    denominator: Aggregate | Combinable | None = None
    unit: Unit = Unit.COUNT
    better: Better = Better.HIGHER
    version: int = 1

    def __post_init__(self) -> None:
        if INDICATORS.setdefault(self.code, self) is not self:
            raise ValueError(f"the indicator {self.code} is declared twice")


@dataclass(frozen=True)
class Control:
    """A live figure that says whether an article is kept: of the rows of its fact, those kept.

    `target_bp` is the share that must be kept, in basis points. Rows that are not kept are the
    cases: listed one by one, for the post in `owner` to see to.
    """

    code: str
    row: str
    article: str
    promise: Text
    owner: str
    fact: Fact
    kept: Q
    target_bp: int = 10_000

    def __post_init__(self) -> None:
        if CONTROLS.setdefault(self.code, self) is not self:
            raise ValueError(f"the control {self.code} is declared twice")

    def cases(self, since: date, until: date) -> QuerySet[Any]:
        """What broke the promise in these days, the latest first."""
        rows = self.fact.within(since, until)
        kept = rows.filter(self.kept).values("pk")
        return rows.exclude(pk__in=kept).order_by(f"-{self.fact.at}")


def indicators_of(fact: Fact) -> Iterator[Indicator]:
    """The measures that one statement computes together."""
    return (indicator for indicator in INDICATORS.values() if indicator.fact is fact)
