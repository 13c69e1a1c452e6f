"""Proposals of prices as tests want them."""

from dataclasses import replace
from datetime import date

from catalog.actions import PriceProposal
from catalog.actions.price_changes import Competitor

LOWER = PriceProposal(
    price_fen=9_900,
    member_price_fen=9_500,
    cost_fen=6_000,
    floor_fen=8_000,
    ceiling_fen=15_000,
    reason="competition",
    why="竞品普遍降价，毛利仍有三成五",
    competitors=(Competitor("京东自营", 10_900, "商品页", date(2025, 1, 5)),),
)


def proposal(**more) -> PriceProposal:
    """A price of ¥99, ¥95 for members, between ¥80 and ¥150; or with something else."""
    return replace(LOWER, **more)
