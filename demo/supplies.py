"""How much of each SKU comes in and when: enough for the plan, with a believable rest."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo import rhythm
from demo.content import products
from demo.plan import DAYS, PlannedOrder

RESTOCK_DAYS_AGO = 5
CUSHION = 40
SCARCE = {"LY3001-1": 0, "MW5004-1": 7}  # what is left of them now: sold out, nearly sold out


@dataclass(frozen=True)
class Supply:
    """Goods in: units of a SKU under a document."""

    sku: str
    quantity: int
    document: str
    arrives_at: datetime


def supplies(now: datetime, orders: Sequence[PlannedOrder]) -> Iterator[Supply]:
    """The opening stock, and one delivery in between."""
    restock_at = rhythm.at(rhythm.day_of(now - timedelta(days=RESTOCK_DAYS_AGO)), rhythm.OPENS)
    opening_at = rhythm.at(rhythm.day_of(now - timedelta(days=DAYS + 1)), rhythm.OPENS)
    early = _units(order for order in orders if order.placed_at < restock_at)
    late = _units(order for order in orders if order.placed_at >= restock_at)
    for sku, left in _rests(Random("颐禾堂:supplies")):
        cushion = min(left, CUSHION)
        if first := early[sku] + cushion:
            yield Supply(sku, first, f"RK{opening_at:%Y%m%d}", opening_at)
        if second := late[sku] + left - cushion:
            yield Supply(sku, second, f"RK{restock_at:%Y%m%d}", restock_at)


def _rests(dice: Random) -> Iterator[tuple[str, int]]:
    """What is left of each SKU at the end; the popular ones are stocked higher."""
    for sheet in products():
        for sku in sheet.sku_codes():
            usual = sheet.popularity * dice.randint(25, 60)
            yield sku, SCARCE.get(sku, usual)


def _units(orders: Iterator[PlannedOrder]) -> Counter[str]:
    units: Counter[str] = Counter()
    for order in orders:
        for sku, quantity in order.lines:
            units[sku] += quantity
    return units
