"""The dictionary of indicators, one indicator over time, and the regulations in practice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from shop.clock import today
from shop.doors.desk.live import staff_page
from shop.doors.desk.rows import actor_of, page_of
from shop.doors.figures import words
from shop.figures.models import MeasuredValue
from shop.figures.registry import CONTROLS, INDICATORS, Control, Indicator
from shop.figures.rules import Figure, change_bp, is_kept
from shop.figures.selectors import by_member, control_figure, revisions, trend
from shop.identity.roles import BY_CODE

MAY_SEE = "figures.view_measuredvalue"
WINDOWS = (7, 30, 90)
CASES_SHOWN = 20
MEMBERS_SHOWN = 10


@dataclass(frozen=True)
class Entry:
    """An indicator with its last whole day, beside the same weekday a week before."""

    indicator: Indicator
    figure: Figure | None
    before: Figure | None

    @property
    def owner(self) -> Any:
        return BY_CODE[self.indicator.owner].name

    @property
    def told(self) -> str:
        return words.told(self.figure, self.indicator.unit)

    @property
    def change(self) -> tuple[str, str]:
        if self.figure is None or self.before is None:
            return "", "plain"
        return words.changed(change_bp(self.before, self.figure))

    @property
    def which_way(self) -> Any:
        return words.WHICH_WAY[self.indicator.better]

    @property
    def unit(self) -> Any:
        return words.UNITS[self.indicator.unit]


@dataclass(frozen=True)
class Verdict:
    """A control over some days, and the cases behind its figure."""

    control: Control
    figure: Figure
    cases: list[tuple[Any, str]]

    @property
    def owner(self) -> Any:
        return BY_CODE[self.control.owner].name

    @property
    def share(self) -> str:
        return words.percent(self.figure.value) if self.figure.value is not None else _("no case")

    @property
    def target(self) -> str:
        return words.percent(Fraction(self.control.target_bp, 10_000))

    @property
    def broken(self) -> int:
        return (self.figure.denominator or 0) - self.figure.numerator

    @property
    def is_kept(self) -> bool | None:
        return is_kept(self.figure, self.control.target_bp)

    @property
    def badge(self) -> tuple[str, str]:
        return {
            True: (_("kept"), "good"),
            False: (_("slipping"), "bad"),
            None: (_("no case"), "plain"),
        }[self.is_kept]


@dataclass(frozen=True)
class Bar:
    """One day of a chart, as a share of the highest."""

    day: date
    told: str
    height: int
    x: int


@staff_page
@require_GET
def dictionary(request: HttpRequest) -> HttpResponse:
    """Every indicator: what it says, how it is computed, who answers for it, and its last day."""
    _may_see(request)
    yesterday = today() - timedelta(days=1)
    entries = [_entry(indicator, yesterday) for indicator in INDICATORS.values()]
    return _page(
        request,
        "figures/dictionary.html",
        _("Dictionary of figures"),
        entries=entries,
        day=yesterday,
    )


def _entry(indicator: Indicator, day: date) -> Entry:
    week = trend(indicator, day - timedelta(days=7), day)
    return Entry(indicator, week.get(day), week.get(day - timedelta(days=7)))


@staff_page
@require_GET
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator over the last days, by each dimension, with what was restated."""
    _may_see(request)
    if code not in INDICATORS:
        raise Http404
    asked, until = INDICATORS[code], today() - timedelta(days=1)
    window = _window(request)
    since = until - timedelta(days=window - 1)
    days = trend(asked, since, until)
    return _page(
        request,
        "figures/indicator.html",
        asked.name,
        entry=_entry(asked, until),
        bars=_bars(asked, days, since, window),
        rows=sorted(((day, words.told(f, asked.unit)) for day, f in days.items()), reverse=True),
        dimensions=[_members(asked, name, since, until) for name in asked.fact.dims],
        restated=_restated(asked, since, until),
        **_windows(window),
    )


def _bars(asked: Indicator, days: dict[date, Figure], since: date, window: int) -> list[Bar]:
    highest = max((figure.value or 0 for figure in days.values()), default=0)
    bars = []
    for n in range(window):
        day = since + timedelta(days=n)
        value = days[day].value if day in days else None
        height = round(value / highest * 100) if value and highest else 0
        bars.append(Bar(day, words.told(days.get(day), asked.unit), height, n * 10))
    return bars


def _members(asked: Indicator, name: str, since: date, until: date) -> dict[str, Any]:
    """The largest members of a dimension."""
    found = by_member(asked, name, since, until)[:MEMBERS_SHOWN]
    return {
        "title": words.DIMENSIONS[name],
        "rows": [
            (words.member(name, member), words.told(figure, asked.unit)) for member, figure in found
        ],
    }


def _restated(asked: Indicator, since: date, until: date) -> list[tuple[date, list[str]]]:
    """Days whose value changed after they were first measured, with all that was known."""
    changed = MeasuredValue.objects.latest().between(since, until)
    changed = changed.filter(indicator=asked.code, dimension="", revision__gt=1)
    return [
        (value.day, [words.told(old.figure, asked.unit) for old in revisions(asked, value.day)])
        for value in changed.order_by("-day")[:20]
    ]


@staff_page
@require_GET
def practice(request: HttpRequest) -> HttpResponse:
    """Regulation in practice: each control's figure, and the cases that broke it."""
    _may_see(request)
    window = _window(request)
    until = today()
    since = until - timedelta(days=window - 1)
    verdicts = [_verdict(control, since, until) for control in CONTROLS.values()]
    return _page(
        request,
        "figures/practice.html",
        _("Regulation in practice"),
        verdicts=sorted(verdicts, key=lambda verdict: verdict.is_kept is not False),
        slipping=sum(verdict.is_kept is False for verdict in verdicts),
        **_windows(window),
    )


def _verdict(control: Control, since: date, until: date) -> Verdict:
    cases: Iterable[Any] = control.cases(since, until)[:CASES_SHOWN]
    return Verdict(
        control, control_figure(control, since, until), [(case, page_of(case)) for case in cases]
    )


def _window(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, WINDOWS) else 30


def _windows(chosen: int) -> dict[str, Any]:
    return {
        "window": chosen,
        "windows": [(count, words.days(count)) for count in WINDOWS],
    }


def _may_see(request: HttpRequest) -> None:
    if not actor_of(request).may(MAY_SEE):
        raise PermissionDenied


def _page(request: HttpRequest, template: str, title: Any, **context: Any) -> HttpResponse:
    shared = admin.site.each_context(request)
    return TemplateResponse(request, template, {**shared, "title": title, **context})
