"""What moved most and what to do about it, in words, in the language in force."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy

from analytics.rendering.wording import TileText, tile_text
from analytics.rules import Rule
from analytics.selectors import Advice, Mover
from shop.doors.figures import words
from shop.errors import Text
from shop.identity.roles import BY_CODE

KINDS: dict[str, Text] = {
    "": gettext_lazy("Figures"),
    "sku": gettext_lazy("Products"),
    "channel": gettext_lazy("Ways in"),
    "region": gettext_lazy("Regions"),
}
SUGGESTED: dict[str, Text] = {
    "ship_sooner": gettext_lazy(
        "Too many orders leave late: see what waits at the bench and give it more hands."
    ),
    "confirm_sooner": gettext_lazy(
        "Orders wait longer than an hour to be confirmed: see who is on the desk and when."
    ),
    "see_why_refunded": gettext_lazy(
        "Much of the money goes back: read the reasons of the cases and mend the commonest."
    ),
    "find_stray_parcels": gettext_lazy(
        "Many parcels go astray: compare the carriers and speak with the worst of them."
    ),
    "clear_overdue_work": gettext_lazy(
        "Work is overdue: hand over what lies with somebody who has too much of it."
    ),
    "mend_pages": gettext_lazy(
        "Fewer visitors buy: look at page, price and promotion of what is looked at most."
    ),
    "mend_product": gettext_lazy(
        "It sells much less than before: look at its page, price and stock."
    ),
    "stock_up": gettext_lazy("It sells much more than before: see how long the stock lasts."),
    "win_visitors": gettext_lazy("Fewer people come: see which way in was lost."),
    "win_new_buyers": gettext_lazy(
        "Fewer people buy for the first time: see where newcomers turn away."
    ),
}


@dataclass(frozen=True)
class MoverText:
    """What moved, what it was and is, and by how much."""

    name: str
    before: str
    tile: TileText


@dataclass(frozen=True)
class AdviceText:
    """A suggestion: about which figure, by which article, for whom, and where to act."""

    says: str
    figure: str
    article: str
    post: str
    url: str


def mover_groups(movers: tuple[Mover, ...]) -> list[tuple[str, str, list[MoverText]]]:
    """(kind, by which figure, what moved) of every kind in which anything did."""
    groups = []
    for dimension, kind in KINDS.items():
        found = [mover for mover in movers if mover.dimension == dimension]
        by = str(found[0].tile.indicator.name) if found and dimension else ""
        if found:
            groups.append((str(kind), by, [mover_text(mover) for mover in found]))
    return groups


def mover_text(mover: Mover) -> MoverText:
    before = words.told(mover.tile.before, mover.tile.indicator.unit)
    shown = tile_text(mover.tile)
    if not mover.dimension:
        return MoverText(shown.name, before, shown)
    return MoverText(words.member(mover.dimension, mover.member), before, shown)


def advice_text(advice: Advice) -> AdviceText:
    shown = tile_text(advice.tile)
    before = words.told(advice.tile.before, advice.tile.indicator.unit)
    told = f"{shown.name} {before} → {shown.value}"
    return AdviceText(
        says=str(SUGGESTED[advice.rule.code]),
        figure=f"{advice.member}: {told}" if advice.member else told,
        article=advice.rule.article,
        post=str(BY_CODE[advice.rule.post].name),
        url=f"{settings.PUBLIC_URL}{page_of(advice.rule)}",
    )


def page_of(rule: Rule) -> str:
    """The address of the desk that can act; of a figure's own page for whoever must look first."""
    is_figure = rule.page == "desk:indicator"
    return reverse(rule.page, args=[rule.indicator] if is_figure else [])
