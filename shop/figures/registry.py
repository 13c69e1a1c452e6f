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

from django.db.models import (
    Aggregate,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    Q,
    QuerySet,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Least

from shop.clock import SHANGHAI
from shop.errors import Text

FACTS: dict[str, "Fact"] = {}
INDICATORS: dict[str, "Indicator"] = {}
CONTROLS: dict[str, "Control"] = {}
A_MOMENT = timedelta(microseconds=1)
LONGEST_AFTER = timedelta(days=3)


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
    """Rows that count at the instant in column `at`; `dims` name the columns they differ by.

    Where `at` is reckoned and no index knows it, `follows` names the column that it comes after,
    by less than `LONGEST_AFTER`: rows of other times are not even looked at.
    """

    code: str
    label: Text
    rows: Callable[[], QuerySet[Any]]
    at: str
    dims: Mapping[str, str] = field(default_factory=dict)
    follows: str = ""

    def within(self, since: date, until: date) -> QuerySet[Any]:
        """The rows of these business days in Shanghai, both included."""
        first, end = midnight(since), midnight(until, days=1)
        rows = self.rows().filter(**{f"{self.at}__gte": first, f"{self.at}__lt": end})
        if self.follows:
            earliest = first - LONGEST_AFTER
            rows = rows.filter(**{f"{self.follows}__gte": earliest, f"{self.follows}__lt": end})
        return rows

    @property
    def counted_at(self) -> str:
        """The column that says on which day a row counts."""
        return self.at

    def window(self, since: date, until: date) -> tuple[date, date]:
        """The days that a figure over all of them is taken from."""
        return since, until

    def __post_init__(self) -> None:
        if FACTS.setdefault(self.code, self) is not self:
            raise ValueError(f"the fact {self.code} is declared twice")


@dataclass(frozen=True)
class Level(Fact):
    """Rows that count on every day at whose last instant they stand, not on one day alone.

    A row stands from column `at` on until column `ends`, which is null while it still does. So a
    level of a past day is reckoned from the rows as they are known today, and restated like any
    other figure. A level over several days is that of the last of them: levels do not add up.
    """

    ends: str = ""

    def within(self, since: date, until: date) -> QuerySet[Any]:
        """What stands at the end of these days, each row once for every such day."""
        first, last = last_instant(since), last_instant(until)
        stands = self.rows().filter(Q(**{f"{self.at}__lte": last}))
        still = Q(**{f"{self.ends}__isnull": True}) | Q(**{f"{self.ends}__gt": first})
        gone = ExpressionWrapper(F(self.ends) - Value(A_MOMENT), output_field=DateTimeField())
        each_day = _EachDay(
            Greatest(_end_of_its_day(self.at), Value(first)),
            Least(gone, Value(last)),  # a null is left out of it
        )
        rows: QuerySet[Any] = stands.filter(still).annotate(last_instant=each_day)
        return rows

    @property
    def counted_at(self) -> str:
        """The last moment of each day on which the row stands."""
        return "last_instant"

    def window(self, since: date, until: date) -> tuple[date, date]:
        return until, until


class _EachDay(Func):
    """The last instants of the days from the first to the second, one row each."""

    function = "generate_series"
    set_returning = True

    def __init__(self, first: Combinable, last: Combinable) -> None:
        a_day = Value(timedelta(days=1))
        super().__init__(first, last, a_day, output_field=DateTimeField())


def _end_of_its_day(column: str) -> Combinable:
    zone = Value(str(SHANGHAI))
    day = Func(Value("day"), F(column), zone, function="date_trunc", output_field=DateTimeField())
    to_its_end = Value(timedelta(days=1) - A_MOMENT)
    return ExpressionWrapper(day + to_its_end, output_field=DateTimeField())


def last_instant(day: date) -> datetime:
    """The last moment of a business day, to PostgreSQL's microsecond."""
    return midnight(day, days=1) - A_MOMENT


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
    cases: listed one by one, for the post in `owner` to see to, or as what people know them by
    (`subjects`: the orders of the clocks that ran out).
    """

    code: str
    row: str
    article: str
    promise: Text
    owner: str
    fact: Fact
    kept: Q
    target_bp: int = 10_000
    subjects: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None

    def __post_init__(self) -> None:
        if CONTROLS.setdefault(self.code, self) is not self:
            raise ValueError(f"the control {self.code} is declared twice")

    def cases(self, since: date, until: date) -> QuerySet[Any]:
        """What broke the promise in these days, the latest first."""
        rows = self.fact.within(since, until)
        kept = rows.filter(self.kept).values("pk")
        broken = rows.exclude(pk__in=kept)
        if self.subjects is not None:
            return self.subjects(broken.order_by()).order_by("-pk")
        return broken.order_by(f"-{self.fact.at}")


def indicators_of(fact: Fact) -> Iterator[Indicator]:
    """The measures that one statement computes together."""
    return (indicator for indicator in INDICATORS.values() if indicator.fact is fact)
