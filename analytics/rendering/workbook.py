"""The attachment of a report: real numbers, the controls, and how each figure is defined."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.models import DAILY
from analytics.rendering.findings import KINDS
from analytics.rules import Span
from analytics.selectors import TREND, Edition, Tile
from analytics.selectors.moves import Mover, tile_of
from shop.doors.figures import words
from shop.doors.sheets import BASIS_POINTS, DATE, NUMBER, TEXT, Column, Sheet, write_xlsx
from shop.doors.sheets.cells import Cell
from shop.figures.models import MeasuredValue
from shop.figures.registry import CONTROLS, INDICATORS, Indicator, Unit
from shop.figures.selectors import control_figure
from shop.identity.roles import BY_CODE

FIGURES = (
    Column(gettext_lazy("business day"), DATE, 12),
    Column(gettext_lazy("figure"), TEXT, 18),
    Column(gettext_lazy("value"), NUMBER, 14),
    Column(gettext_lazy("unit"), TEXT, 8),
    Column(gettext_lazy("numerator"), NUMBER, 14),
    Column(gettext_lazy("denominator"), NUMBER, 14),
    Column(gettext_lazy("revision"), NUMBER, 8),
)
PROMISES = (
    Column(gettext_lazy("register row"), TEXT, 8),
    Column(gettext_lazy("article"), TEXT, 10),
    Column(gettext_lazy("promise"), TEXT, 48),
    Column(gettext_lazy("kept"), NUMBER, 8),
    Column(gettext_lazy("due"), NUMBER, 8),
    Column(gettext_lazy("target"), BASIS_POINTS, 10),
    Column(gettext_lazy("answers for it"), TEXT, 14),
)
DEFINITIONS = (
    Column(gettext_lazy("figure"), TEXT, 18),
    Column(gettext_lazy("code"), TEXT, 26),
    Column(gettext_lazy("how it is computed"), TEXT, 60),
    Column(gettext_lazy("unit"), TEXT, 8),
    Column(gettext_lazy("article"), TEXT, 10),
    Column(gettext_lazy("answers for it"), TEXT, 14),
    Column(gettext_lazy("version"), NUMBER, 8),
)


COMPARED = (
    Column(gettext_lazy("kind"), TEXT, 10),
    Column(gettext_lazy("name"), TEXT, 30),
    Column(gettext_lazy("figure"), TEXT, 18),
    Column(gettext_lazy("unit"), TEXT, 8),
    Column(gettext_lazy("these days"), NUMBER, 14),
    Column(gettext_lazy("the days before"), NUMBER, 14),
    Column(gettext_lazy("days"), NUMBER, 8),
    Column(gettext_lazy("days before"), NUMBER, 10),
    Column(gettext_lazy("change"), BASIS_POINTS, 10),
)


def workbook_of(edition: Edition) -> bytes:
    """The XLSX in the language in force: figures by day, controls of these days, 口径; of a week or
    a month every figure beside that of the one before, too, and what moved most."""
    span = edition.span
    since = span.until - TREND if edition.code == DAILY else span.since
    compared = [
        Sheet(_("Compared"), COMPARED, _compared(span, edition.base)),
        Sheet(_("Movers"), COMPARED, map(_mover, edition.movers)),
    ]
    return write_xlsx(
        [
            *(compared if edition.code != DAILY else []),
            Sheet(_("Figures"), FIGURES, _figures(since, span.until)),
            Sheet(_("Controls"), PROMISES, _promises(span)),
            Sheet(_("Definitions"), DEFINITIONS, _definitions()),
        ]
    )


def _compared(span: Span, base: Span) -> Iterator[Sequence[Cell]]:
    for indicator in INDICATORS.values():
        yield _beside("", "", tile_of(indicator, span, base))


def _mover(mover: Mover) -> Sequence[Cell]:
    return _beside(mover.dimension, mover.member, mover.tile)


def _beside(dimension: str, member: str, tile: Tile) -> Sequence[Cell]:
    indicator = tile.indicator
    return (
        KINDS[dimension],
        words.member(dimension, member) if dimension else indicator.name,
        indicator.name,
        words.UNITS[indicator.unit],
        _number(tile.figure.value if tile.figure else None, indicator),
        _number(tile.before.value if tile.before else None, indicator),
        tile.days,
        tile.days_before,
        tile.change_bp,
    )


def _figures(since: date, until: date) -> Iterator[Sequence[Cell]]:
    values = MeasuredValue.objects.latest().between(since, until).filter(dimension="")
    for value in values.order_by("-day", "indicator"):
        indicator = INDICATORS.get(value.indicator)
        if indicator is not None and indicator.version == value.version:
            yield (
                value.day,
                indicator.name,
                _number(value.figure.value, indicator),
                words.UNITS[indicator.unit],
                value.numerator,
                value.denominator,
                value.revision,
            )


def _number(value: Fraction | None, indicator: Indicator) -> Decimal | None:
    """Yuan, seconds, shares as fractions of one; empty where there was no case."""
    if value is None:
        return None
    divisor = {Unit.FEN: 100, Unit.SECONDS: 1000}.get(indicator.unit, 1)
    exact = value / divisor
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.0001"))


def _promises(span: Span) -> Iterator[Sequence[Cell]]:
    for control in CONTROLS.values():
        figure = control_figure(control, span.since, span.until)
        owner = BY_CODE[control.owner].name
        due = figure.denominator
        yield (
            control.row,
            control.article,
            control.promise,
            figure.numerator,
            due,
            control.target_bp,
            owner,
        )


def _definitions() -> Iterator[Sequence[Cell]]:
    for one in INDICATORS.values():
        owner = BY_CODE[one.owner].name
        yield (
            one.name,
            one.code,
            one.formula,
            words.UNITS[one.unit],
            one.article,
            owner,
            one.version,
        )
