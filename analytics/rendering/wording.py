"""A day's figures in words, in the language in force: the same for HTML, text, and subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.selectors import Day, Fall, LateWork, Tile
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


def subject(day: Day, shop: str, *, is_test: bool) -> str:
    """[shop] 11-21 daily: headline, how it moved, how many controls fell: at most 60 characters."""
    headline = day.headline
    told = f"{headline.indicator.name} {short(headline.figure, headline.indicator.unit)}"
    falls = len(day.falls)
    warned = ngettext("%d warning", "%d warnings", falls) % falls if falls else _("no warnings")
    said = _("%(day)s daily: %(told)s") % {
        "day": f"{day.day:%m-%d}",
        "told": f"{told} {_moved(headline)}".strip(),
    }
    test = _("[test] ") if is_test else ""
    return fitted(shop, f"{test}{said}｜{warned}")


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


def preheader(day: Day) -> str:
    """The worst finding, which mail programs show beside the subject."""
    worst = day.worst
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
    return _("Every article with a case that day was kept.")


def data_line(day: Day) -> str:
    """Until when the figures reach, and that they may still move."""
    said = _("Figures until %(day)s 24:00, Beijing time; late facts are still worked in.") % {
        "day": f"{day.day:%m-%d}"
    }
    if not day.restated:
        return said
    days = _(", ").join(f"{on:%m-%d}" for on in day.restated)
    return said + " " + _("Restated: %s.") % days


def chart_alt(day: Day) -> str:
    """What the picture shows, as somebody would say it."""
    known = [(on, figure) for on, figure in day.trend if _value(figure) is not None]
    name = day.headline.indicator.name
    if not known:
        return _("%s: nothing was measured in these days.") % name
    unit = day.headline.indicator.unit
    lowest = min(known, key=lambda point: _value(point[1]) or 0)
    highest = max(known, key=lambda point: _value(point[1]) or 0)
    return _("%(name)s over %(count)d days: lowest %(low)s, highest %(high)s, last %(last)s.") % {
        "name": name,
        "count": len(day.trend),
        "low": _point(*lowest, unit),
        "high": _point(*highest, unit),
        "last": _point(*known[-1], unit),
    }


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
