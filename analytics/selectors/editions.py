"""What a report says of its days to everybody who may look at figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from analytics.models import DAILY
from analytics.rules import Span, span_compared
from analytics.selectors.moves import Advice, Mover, Tile, advice, movers, tile_of
from shop.figures.models import MeasuredValue
from shop.figures.registry import CONTROLS, INDICATORS, Control, Indicator
from shop.figures.rules import Figure, is_kept
from shop.figures.selectors import control_figure, trend, unmeasured

HEADLINES = ("orders.net_fen", "orders.paid_amount")
"""What the subject and the chart are of: what is left after refunds, as soon as it is measured."""
TILES = (
    "orders.paid_orders",
    "orders.amount_per_buyer",
    "analytics.visitors",
    "analytics.conversion",
    "orders.refund_rate",
    "orders.new_buyers",
    "orders.shipped_on_time",
    "figures.overdue_work",
)
MOST_TILES = 8
TREND = timedelta(days=13)  # and the day itself: a fortnight

Points = tuple[tuple[date, Figure | None], ...]


@dataclass(frozen=True)
class Fall:
    """A control that fell short of its target in these days."""

    control: Control
    figure: Figure

    @property
    def cases(self) -> int:
        return (self.figure.denominator or 0) - self.figure.numerator

    @property
    def distance(self) -> float:
        return float((self.figure.value or 0) * 10_000 - self.control.target_bp)


@dataclass(frozen=True)
class Edition:
    """A report of some days, beside the days it is compared with.

    `trend` is of the headline, day by day; `trend_before` of the days compared, where the two are
    drawn over one another. `unmeasured` days are missing: that is not zero.
    """

    code: str
    span: Span
    base: Span
    unmeasured: tuple[date, ...]
    tiles: tuple[Tile, ...]
    falls: tuple[Fall, ...]
    trend: Points
    trend_before: Points
    restated: tuple[date, ...]
    movers: tuple[Mover, ...]
    advice: tuple[Advice, ...]

    @property
    def headline(self) -> Tile:
        return self.tiles[0]

    @property
    def worst(self) -> Fall | Tile | None:
        """The control farthest below its target; else the figure that got worse most."""
        if self.falls:
            return min(self.falls, key=lambda fall: fall.distance)
        worse = [tile for tile in self.tiles if tile.is_worse]
        return max(worse, key=lambda tile: abs(tile.change_bp or 0), default=None)

    @property
    def is_by_the_day(self) -> bool:
        """Whether totals are compared by the day, for the two stretches are not equally long."""
        return len(self.span) != len(self.base)


def edition_of(code: str, span: Span) -> Edition:
    """The figures of these days as they are known now."""
    shown, base = list(_shown()), span_compared(code, span)
    drawn = Span(span.until - TREND, span.until) if code == DAILY else span
    return Edition(
        code=code,
        span=span,
        base=base,
        unmeasured=tuple(unmeasured(span.since, span.until)),
        tiles=tuple(tile_of(indicator, span, base) for indicator in shown),
        falls=tuple(_falls(span)),
        trend=_points(shown[0], drawn),
        trend_before=() if code == DAILY else _points(shown[0], base),
        restated=tuple(_restated(shown[0], drawn)),
        movers=() if code == DAILY else tuple(movers(span, base, shown)),
        advice=() if code == DAILY else tuple(advice(span, base)),
    )


def _shown() -> Iterator[Indicator]:
    headline = next(code for code in HEADLINES if code in INDICATORS)
    codes = [headline, *(code for code in TILES if code in INDICATORS)]
    for code in codes[:MOST_TILES]:
        yield INDICATORS[code]


def _points(indicator: Indicator, span: Span) -> Points:
    known = trend(indicator, span.since, span.until)
    return tuple((on, known.get(on)) for on in span.days())


def _falls(span: Span) -> Iterator[Fall]:
    for control in CONTROLS.values():
        figure = control_figure(control, span.since, span.until)
        if is_kept(figure, control.target_bp) is False:
            yield Fall(control, figure)


def _restated(indicator: Indicator, span: Span) -> list[date]:
    """Days of the trend whose value changed after they were first measured."""
    values = MeasuredValue.objects.latest().between(span.since, span.until)
    changed = values.filter(indicator=indicator.code, version=indicator.version, dimension="")
    return sorted(changed.filter(revision__gt=1).values_list("day", flat=True))
