"""A report's figures in words, in the language in force: the same for HTML, text, and subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.models import DAILY, MONTHLY
from analytics.rules import Span
from analytics.selectors import Edition, Fall, LateWork, Tile
from shop.clock import SHANGHAI
from shop.doors.figures import words
from shop.figures.registry import Unit
from shop.figures.rules import Figure
from shop.identity.roles import BY_CODE

LONGEST_SUBJECT = 60
WEEKDAYS = (
    gettext_lazy("Mon."),
    gettext_lazy("Tue."),
    gettext_lazy("Wed."),
    gettext_lazy("Thu."),
    gettext_lazy("Fri."),
    gettext_lazy("Sat."),
    gettext_lazy("Sun."),
)


@dataclass(frozen=True)
class TileText:
    """A tile as it is read: name, value, and how it moved, in an arrow and in words."""

    name: str
    value: str
    arrow: str
    change: str
    look: str


@dataclass(frozen=True)
class FallText:
    """A control that fell, as it is read."""

    row: str
    promise: str
    share: str
    target: str
    cases: str
    owner: str


def tile_text(tile: Tile) -> TileText:
    arrow, change, look = _movement(tile)
    value = words.told(tile.figure, tile.indicator.unit)
    return TileText(str(tile.indicator.name), value, arrow, change, look)


def _movement(tile: Tile) -> tuple[str, str, str]:
    if tile.is_new:
        return "▲", _("new"), "plain"
    if tile.change_bp is None:
        return "", _("nothing to compare"), "plain"
    change, way = words.changed(tile.change_bp)
    arrow = {"up": "▲", "down": "▼"}.get(way, "")
    look = "plain" if not tile.change_bp else "worse" if tile.is_worse else "better"
    return arrow, change, look


def fall_text(fall: Fall) -> FallText:
    control, cases = fall.control, fall.cases
    return FallText(
        row=control.row,
        promise=str(control.promise),
        share=words.percent(fall.figure.value or Fraction(0)),
        target=words.percent(Fraction(control.target_bp, 10_000)),
        cases=ngettext("%d case", "%d cases", cases) % cases,
        owner=str(BY_CODE[control.owner].name),
    )


def late_lines(late: LateWork) -> tuple[tuple[str, str, str], ...]:
    """(what, whose, due when) of the work that is latest."""
    return tuple(
        (
            str(item.title),
            f"{item.post} · {item.person}" if item.person else str(item.post),
            f"{item.due_at.astimezone(SHANGHAI):%m-%d %H:%M}" if item.due_at else "",
        )
        for item in late.items
    )


def subject(edition: Edition, shop: str, *, is_test: bool) -> str:
    """[shop] 11-21 daily: headline, how it moved, how many controls fell: at most 60 characters."""
    headline = edition.headline
    told = f"{headline.indicator.name} {short(headline.figure, headline.indicator.unit)}"
    falls = len(edition.falls)
    warned = ngettext("%d warning", "%d warnings", falls) % falls if falls else _("no warnings")
    said = _said(edition.code) % {
        "day": _short_span(edition.code, edition.span),
        "told": f"{told} {_moved(headline)}".strip(),
    }
    test = _("[test] ") if is_test else ""
    return fitted(shop, f"{test}{said}｜{warned}")


def _said(code: str) -> str:
    if code == DAILY:
        return _("%(day)s daily: %(told)s")
    return _("%(day)s monthly: %(told)s") if code == MONTHLY else _("%(day)s weekly: %(told)s")


def _short_span(code: str, span: Span) -> str:
    if code == DAILY:
        return f"{span.until:%m-%d}"
    return f"{span.since:%Y-%m}" if code == MONTHLY else f"{span.since:%m-%d}~{span.until:%m-%d}"


def period(code: str, span: Span) -> str:
    """2026-11-18 Wed.; 2026-11-09 – 11-15; 2026-10: as the title says it."""
    if code == DAILY:
        return f"{span.until} {weekday(span.until)}"
    return f"{span.since:%Y-%m}" if code == MONTHLY else f"{span.since} – {span.until:%m-%d}"


def title_of(code: str) -> str:
    """What the report is called."""
    if code == DAILY:
        return _("Daily report")
    return _("Monthly report") if code == MONTHLY else _("Weekly report")


def chart_title(edition: Edition) -> str:
    """What the picture is of."""
    name = edition.headline.indicator.name
    if edition.code == DAILY:
        return _("%(name)s over a fortnight") % {"name": name}
    if edition.code == MONTHLY:
        return _("%(name)s day by day, and the month before") % {"name": name}
    return _("%(name)s day by day, and the week before") % {"name": name}


def compared_with(edition: Edition) -> str:
    """What the changes are against; and that months are compared by the day, being unequal."""
    if edition.code == DAILY:
        return _("Compared with the same weekday a week before.")
    if edition.code != MONTHLY:
        told = {"since": f"{edition.base.since:%m-%d}", "until": f"{edition.base.until:%m-%d}"}
        return (
            _("Compared with the same weekdays of the week before, %(since)s – %(until)s.") % told
        )
    month, days, before = f"{edition.base.since:%Y-%m}", len(edition.span), len(edition.base)
    if not edition.is_by_the_day:
        told_of = {"month": month, "days": days}
        return _("Compared with %(month)s; both months have %(days)d days.") % told_of
    return _(
        "Compared with %(month)s by the day: totals are divided by %(days)d and %(before)d days."
    ) % {"month": month, "days": days, "before": before}  # fmt: skip


def missing(edition: Edition) -> str:
    """Which days are not measured; empty when all are."""
    if not edition.unmeasured:
        return ""
    if edition.code == DAILY:
        return _("Figures incomplete: not everything of this day is measured yet.")
    days = _(", ").join(f"{on:%m-%d}" for on in edition.unmeasured)
    return _("Figures incomplete: not measured yet: %s.") % days


def _moved(tile: Tile) -> str:
    """▲6.2%: as short as a subject needs it."""
    arrow, change, _look = _movement(tile)
    if not arrow or tile.is_new:
        return f"{arrow}{change}" if arrow else ""
    share = words.percent(Fraction(abs(tile.change_bp or 0), 10_000))
    return arrow + share.replace(" ", "")


def fitted(shop: str, said: str) -> str:
    """The shop's name gives way to the numbers; what is still too long is cut."""
    room = LONGEST_SUBJECT - len(said) - len("[] ")
    name = shop if len(shop) <= room else f"{shop[: max(room - 1, 0)]}…"
    whole = f"[{name}] {said}" if room > 1 else said
    return whole[:LONGEST_SUBJECT]


def preheader(edition: Edition) -> str:
    """The worst finding, which mail programs show beside the subject."""
    worst = edition.worst
    if isinstance(worst, Fall):
        text = fall_text(worst)
        told = {"promise": text.promise, "share": text.share, "target": text.target}
        return _("Below target: %(promise)s %(share)s of %(target)s") % told
    if isinstance(worst, Tile):
        tile = tile_text(worst)
        return _("Worst change: %(name)s %(value)s, %(change)s") % {
            "name": tile.name,
            "value": tile.value,
            "change": tile.change,
        }
    return every_article_kept(edition)


def every_article_kept(edition: Edition) -> str:
    if edition.code == DAILY:
        return _("Every article with a case that day was kept.")
    return _("Every article with a case in these days was kept.")


def data_line(edition: Edition) -> str:
    """Until when the figures reach, and that they may still move."""
    said = _("Figures until %(day)s 24:00, Beijing time; late facts are still worked in.") % {
        "day": f"{edition.span.until:%m-%d}"
    }
    if not edition.restated:
        return said
    days = _(", ").join(f"{on:%m-%d}" for on in edition.restated)
    return said + " " + _("Restated: %s.") % days


def chart_alt(edition: Edition) -> str:
    """What the picture shows, as somebody would say it."""
    known = [(on, figure) for on, figure in edition.trend if _value(figure) is not None]
    name = edition.headline.indicator.name
    if not known:
        return _("%s: nothing was measured in these days.") % name
    unit = edition.headline.indicator.unit
    lowest = min(known, key=lambda point: _value(point[1]) or 0)
    highest = max(known, key=lambda point: _value(point[1]) or 0)
    said = _("%(name)s over %(count)d days: lowest %(low)s, highest %(high)s, last %(last)s.") % {
        "name": name,
        "count": len(edition.trend),
        "low": _point(*lowest, unit),
        "high": _point(*highest, unit),
        "last": _point(*known[-1], unit),
    }
    return said + _in_all(edition)


def _in_all(edition: Edition) -> str:
    """The two lines as two sums, where there are two."""
    if not edition.trend_before:
        return ""
    tile, unit = edition.headline, edition.headline.indicator.unit
    told = {"now": short(tile.figure, unit), "before": short(tile.before, unit)}
    return " " + _("In all %(now)s, before that %(before)s.") % told


def weekday(on: date) -> str:
    return str(WEEKDAYS[on.weekday()])


def _point(on: date, figure: Figure | None, unit: Unit) -> str:
    return f"{on:%m-%d} {weekday(on)} {short(figure, unit)}"


def short(figure: Figure | None, unit: Unit) -> str:
    """As `told`, without the fen: for subjects and pictures."""
    value = _value(figure)
    if value is not None and unit == Unit.FEN:
        yuan = round(value / 100)
        return f"{'-' if yuan < 0 else ''}¥{abs(yuan):,}"
    return words.told(figure, unit)


def _value(figure: Figure | None) -> Fraction | None:
    return figure.value if figure else None
