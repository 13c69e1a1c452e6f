"""Why products went off sale, month by month: as a chart, and the same in words (D4.2.3, CA4)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from catalog.models import Delisting
from catalog.selectors.delistings import reasons_by_month
from shop.clock import today
from shop.doors.desk.live import staff_page
from shop.doors.desk.rows import actor_of

MONTHS = 12
CHART_HEIGHT, WIDTH_OF_MONTH = 100, 60
LESSONS_SHOWN = 10


@dataclass(frozen=True)
class Piece:
    """One reason of a month: where it stands in the chart, and what it says."""

    reason: str
    label: str
    count: int
    y: int
    height: int


@dataclass(frozen=True)
class Column:
    """A month of the chart."""

    month: str
    x: int
    count: int
    pieces: list[Piece]


@require_GET
@staff_page
def page(request: HttpRequest) -> HttpResponse:
    """The last twelve months by reason, the latest in words, and the lessons last written."""
    if not actor_of(request).may("catalog.view_delisting"):
        raise PermissionDenied
    months = last_months(today())
    counted = reasons_by_month(months)
    labels = {code: str(label) for code, label in Delisting.Reason.choices}
    closed = Delisting.objects.filter(status=Delisting.Status.CLOSED)
    context = {
        **admin.site.each_context(request),
        "title": _("Why products went off sale"),
        "columns": columns(counted, labels),
        "width": MONTHS * WIDTH_OF_MONTH,
        "table": [
            (code, label, [counted[month].get(code, 0) for month in months[::-1]],
             sum(counted[month].get(code, 0) for month in months))
            for code, label in labels.items()
        ],
        "latest_first": months[::-1],
        "words": [in_words(months[-1], counted, months, labels),
                  in_words(months[-2], counted, months, labels)],
        "lessons": closed.select_related("product", "withdrawn").order_by("-closed_at")
                   [:LESSONS_SHOWN],
    }  # fmt: skip
    return TemplateResponse(request, "catalog/desk/why_off_sale.html", context)


def last_months(day: date) -> list[str]:
    """The twelve months that end with this day's, as `2026-11`."""
    number = day.year * 12 + day.month - 1
    return [f"{n // 12}-{n % 12 + 1:02d}" for n in range(number - MONTHS + 1, number + 1)]


def columns(counted: dict[str, dict[str, int]], labels: dict[str, str]) -> list[Column]:
    """The months as stacks, the highest of them as high as the chart."""
    highest = max((sum(reasons.values()) for reasons in counted.values()), default=0) or 1
    found = []
    for place, (month, reasons) in enumerate(counted.items()):
        pieces, top = [], CHART_HEIGHT
        for code in labels:
            if count := reasons.get(code, 0):
                height = count * CHART_HEIGHT // highest
                top -= height
                pieces.append(Piece(code, labels[code], count, top, height))
        found.append(Column(month, place * WIDTH_OF_MONTH, sum(reasons.values()), pieces))
    return found


def in_words(
    month: str, counted: dict[str, dict[str, int]], months: list[str], labels: dict[str, str]
) -> str:
    """What the chart shows of a month, for who reads rather than looks."""
    reasons = counted[month]
    total = sum(reasons.values())
    if not total:
        return _("%(month)s: nothing went off sale.") % {"month": month}
    place = months.index(month)
    before = sum(counted[months[place - 1]].values()) if place else 0
    told: dict[str, Any] = {
        "month": month,
        "total": total,
        "before": before,
        "reasons": _(", ").join(
            f"{labels[code]} {count}"
            for code, count in sorted(reasons.items(), key=lambda one: -one[1])
        ),
    }
    said = ngettext(
        "%(month)s: %(total)d product went off sale (the month before: %(before)d): %(reasons)s.",
        "%(month)s: %(total)d products went off sale (the month before: %(before)d): %(reasons)s.",
        total,
    )
    return said % told
