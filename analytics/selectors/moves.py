"""Figures of a stretch of days beside another, what moved most in them, what to do about it.

A single day is read from what was measured; longer stretches are counted from the records at
once, for people who came on two days are not two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from analytics.rules import MOST_ADVICE, Compared, Rule, Span, rules_of
from catalog.models import Sku
from shop.figures.registry import INDICATORS, Better, Indicator, Level
from shop.figures.rules import Figure
from shop.figures.selectors import by_member, figure_of, trend

MOVERS_BY = {
    "": "",
    "sku": "orders.units",
    "channel": "analytics.visits",
    "region": "orders.paid_amount",
}
"""What may have moved: any indicator in whole, or the members of a dimension by one of them."""
MOST_MOVERS = 3  # of each


@dataclass(frozen=True)
class Tile:
    """One indicator in the days of the report, beside those it is compared with."""

    indicator: Indicator
    figure: Figure | None
    before: Figure | None
    days: int = 1
    days_before: int = 1

    @property
    def compared(self) -> Compared | None:
        """None where one of the two was not measured."""
        if self.figure is None or self.before is None:
            return None
        is_total = self.indicator.denominator is None
        adds_up = is_total and not isinstance(self.indicator.fact, Level)
        by_the_day = adds_up and self.days != self.days_before
        return Compared(self.before, self.figure, self.days_before, self.days, by_the_day)

    @property
    def change_bp(self) -> int | None:
        return self.compared.change_bp if self.compared else None

    @property
    def is_new(self) -> bool:
        """There is something where there was nothing: no percentage says that."""
        had_none = self.before is not None and self.before.value == 0
        return had_none and self.figure is not None and bool(self.figure.value)

    @property
    def is_worse(self) -> bool:
        change = self.change_bp
        if not change or self.indicator.better == Better.NEITHER:
            return False
        return (change < 0) == (self.indicator.better == Better.HIGHER)

    @property
    def is_news(self) -> bool:
        return self.compared is not None and self.compared.is_news(self.indicator.unit)


@dataclass(frozen=True)
class Mover:
    """What moved most: an indicator in whole, or one member of a dimension by it."""

    dimension: str
    member: str
    tile: Tile


@dataclass(frozen=True)
class Advice:
    """A suggestion, and the figure that made it; `member` of a dimension, where it is of one."""

    rule: Rule
    tile: Tile
    member: str


def tile_of(indicator: Indicator, span: Span, base: Span) -> Tile:
    """As it is known now."""
    after, before = _figure(indicator, span), _figure(indicator, base)
    return Tile(indicator, after, before, len(span), len(base))


def _figure(indicator: Indicator, span: Span) -> Figure | None:
    if span.since == span.until:
        return trend(indicator, span.since, span.until).get(span.until)
    return figure_of(indicator, span.since, span.until)


def movers(span: Span, base: Span, shown: Collection[Indicator]) -> Iterator[Mover]:
    """The three of each kind that moved most, if they moved by more than a handful.

    What is `shown` as a tile already is not told again.
    """
    for dimension, code in MOVERS_BY.items():
        found = [
            mover
            for mover in _candidates(dimension, code, span, base)
            if mover.tile.is_news and (dimension or mover.tile.indicator not in shown)
        ]
        yield from sorted(found, key=_weight, reverse=True)[:MOST_MOVERS]


def _candidates(dimension: str, code: str, span: Span, base: Span) -> list[Mover]:
    if not dimension:
        whole = (tile_of(indicator, span, base) for indicator in INDICATORS.values())
        return [Mover("", "", tile) for tile in whole]
    return [Mover(dimension, *one) for one in _members(INDICATORS[code], dimension, span, base)]


def _members(
    indicator: Indicator, dimension: str, span: Span, base: Span
) -> list[tuple[str, Tile]]:
    """(name, figure) of every member that either stretch knows; who is gone counts as nothing."""
    after = dict(by_member(indicator, dimension, span.since, span.until))
    before = dict(by_member(indicator, dimension, base.since, base.until))
    none = Figure(0, 0 if indicator.denominator else None)
    names = _names(dimension, after | before)
    return [
        (names.get(member, member),
         Tile(indicator, after.get(member, none), before.get(member, none), len(span), len(base)))
        for member in sorted(after | before)
    ]  # fmt: skip


def _names(dimension: str, members: Iterable[str]) -> dict[str, str]:
    """Products by their names; whatever else is called what it is."""
    if dimension != "sku":
        return {}
    skus = Sku.objects.filter(code__in=members).select_related("product__live_revision")
    return {sku.code: _name(sku) for sku in skus}


def _name(sku: Sku) -> str:
    """By the title customers know, or by its number when it is sold no more."""
    live = sku.product.live_revision
    return f"{live.title if live else sku.product} {sku.name}".strip()


def _weight(mover: Mover) -> tuple[bool, float]:
    """Indicators by how much of themselves they moved, new ones first; members by how much."""
    compared = mover.tile.compared
    assert compared is not None, "what was not measured is no news"
    if mover.dimension:
        return False, float(abs(compared.moved))
    return compared.change_bp is None, float(abs(compared.change_bp or 0))


def advice(span: Span, base: Span) -> list[Advice]:
    """The first three rules that speak; of members the one that moved most."""
    return [one for rule in _all_rules() if (one := _spoken(rule, span, base))][:MOST_ADVICE]


def _all_rules() -> Iterator[Rule]:
    for dimension in ("", "sku"):
        yield from rules_of(dimension)


def _spoken(rule: Rule, span: Span, base: Span) -> Advice | None:
    indicator = INDICATORS[rule.indicator]
    if not rule.dimension:
        tile = tile_of(indicator, span, base)
        return Advice(rule, tile, "") if _speaks(rule, tile) else None
    members = _members(indicator, rule.dimension, span, base)
    speaking = [Mover(rule.dimension, name, tile) for name, tile in members if _speaks(rule, tile)]
    first = max(speaking, key=_weight, default=None)
    return Advice(rule, first.tile, first.member) if first else None


def _speaks(rule: Rule, tile: Tile) -> bool:
    return tile.compared is not None and rule.speaks(tile.compared)
