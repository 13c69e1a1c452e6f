"""The attachment of a report: real numbers, the controls, and how each figure is defined."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.selectors import TREND, Day
from shop.doors.figures.words import UNITS
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


def workbook_of(day: Day) -> bytes:
    """The XLSX in the language in force: figures of a fortnight, controls of the day, 口径."""
    since = day.day - TREND
    return write_xlsx(
        [
            Sheet(_("Figures"), FIGURES, _figures(since, day.day)),
            Sheet(_("Controls"), PROMISES, _promises(day.day)),
            Sheet(_("Definitions"), DEFINITIONS, _definitions()),
        ]
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
                UNITS[indicator.unit],
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


def _promises(day: date) -> Iterator[Sequence[Cell]]:
    for control in CONTROLS.values():
        figure = control_figure(control, day, day)
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
        yield one.name, one.code, one.formula, UNITS[one.unit], one.article, owner, one.version
