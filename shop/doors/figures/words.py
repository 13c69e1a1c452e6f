"""Figures as people read them."""

from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shop.books.money import yuan
from shop.errors import Text
from shop.figures.registry import Better, Unit
from shop.figures.rules import Figure

WHICH_WAY: dict[str, Text] = {
    Better.HIGHER: gettext_lazy("more is better"),
    Better.LOWER: gettext_lazy("less is better"),
    Better.NEITHER: gettext_lazy("to be read with others"),
}
DIMENSIONS: dict[str, Text] = {
    "region": gettext_lazy("By region"),
    "category": gettext_lazy("By category"),
    "sku": gettext_lazy("By SKU"),
    "desk": gettext_lazy("By desk"),
    "post": gettext_lazy("By post"),
    "carrier": gettext_lazy("By carrier"),
    "channel": gettext_lazy("By channel"),
}
MEMBERS: dict[str, dict[str, Text]] = {
    "channel": {
        "own_list": gettext_lazy("their own list of mini-programs"),
        "search": gettext_lazy("WeChat search"),
        "chat": gettext_lazy("cards shared in chats"),
        "code": gettext_lazy("scanned codes"),
        "account": gettext_lazy("official account"),
        "notice": gettext_lazy("service notices"),
        "ad": gettext_lazy("advertisements"),
        "other": gettext_lazy("other ways in"),
    },
}
"""What members of a dimension are called, where their codes are no words."""
UNITS: dict[str, Text] = {
    Unit.COUNT: gettext_lazy("number"),
    Unit.FEN: gettext_lazy("yuan"),
    Unit.RATIO: gettext_lazy("share"),
    Unit.SECONDS: gettext_lazy("time"),
}


def told(figure: Figure | None, unit: Unit) -> str:
    """A figure with its unit; what has no case says so, what was not measured too."""
    if figure is None:
        return _("not measured")
    if figure.value is None:
        return _("no case")
    return {
        Unit.COUNT: lambda value: f"{round(value):,}",
        Unit.FEN: lambda value: yuan(round(value)),
        Unit.RATIO: percent,
        Unit.SECONDS: lambda value: duration(value / 1000),
    }[unit](figure.value)


def member(dimension: str, code: str) -> str:
    """What one member is called; one without a code has no name either."""
    return str(MEMBERS.get(dimension, {}).get(code, code)) or "—"


def percent(share: Fraction) -> str:
    """98.3 %; all and nothing are said only when they are exact."""
    tenths = round(share * 1000)
    if share < 1:
        tenths = min(tenths, 999)
    if share > 0:
        tenths = max(tenths, 1)
    return f"{tenths // 10}.{tenths % 10} %" if tenths % 10 else f"{tenths // 10} %"


def duration(seconds: Fraction) -> str:
    """0.28 s, 12 min, 3 h 20 min."""
    if seconds < 60:
        return _("%s s") % f"{float(seconds):.2g}"
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("%d min") % minutes
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def changed(change_bp: int | None) -> tuple[str, str]:
    """(word, look): up, down or the same by so much; new where there was no base."""
    if change_bp is None:
        return _("no base"), "plain"
    if change_bp == 0:
        return _("unchanged"), "plain"
    share = percent(Fraction(abs(change_bp), 10_000))
    return (_("up %s") % share, "up") if change_bp > 0 else (_("down %s") % share, "down")


def days(count: int) -> str:
    return ngettext("last %d day", "last %d days", count) % count
