"""What a report says, who reads it, and what stands in a mail's way."""

from analytics.selectors.editions import TREND, Edition, Fall, edition_of
from analytics.selectors.moves import Advice, Mover, Tile
from analytics.selectors.readers import (
    LateWork,
    Reader,
    late_work,
    obstacle,
    readers,
    sight_of,
)

__all__ = [
    "TREND",
    "Advice",
    "Edition",
    "Fall",
    "LateWork",
    "Mover",
    "Reader",
    "Tile",
    "edition_of",
    "late_work",
    "obstacle",
    "readers",
    "sight_of",
]
