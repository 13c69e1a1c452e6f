"""How much of each SKU comes in and when: enough for the plan, with a believable rest."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from demo import rhythm
from demo.content import products
from demo.history.year import DAYS as YEAR_DAYS
from demo.history.year import RESTOCKED_EVERY, Year
from demo.plan import DAYS, PlannedOrder

RESTOCK_DAYS_AGO = 5
CUSHION = 40
SCARCE = {"LY3001-1": 0, "MW5004-1": 7}  # what is left of them now: sold out, nearly sold out


@dataclass(frozen=True)
class Supply:
    """Goods in under one document: SKU code → units."""

    arrives_at: datetime
    units: Mapping[str, int]
    is_opening: bool = False
    """Of what the fortnight began with some is old."""

    @property
    def document(self) -> str:
        return f"RK{self.arrives_at:%Y%m%d}"


def supplies(now: datetime, orders: Sequence[PlannedOrder]) -> tuple[Supply, Supply]:
    """The opening stock, and one delivery in between."""
    today = rhythm.day_of(now)
    opening_at = rhythm.at(today - timedelta(days=DAYS + 1), rhythm.OPENS)
    restock_at = rhythm.at(today - timedelta(days=RESTOCK_DAYS_AGO), rhythm.OPENS)
    rests = dict(_rests(Random("颐禾堂:supplies")))
    cushions = Counter({sku: min(left, CUSHION) for sku, left in rests.items()})
    early = _units(order for order in orders if order.placed_at < restock_at)
    late = _units(order for order in orders if order.placed_at >= restock_at)
    return (
        Supply(opening_at, early + cushions, is_opening=True),
        Supply(restock_at, late + Counter(rests) - cushions),
    )


def supplies_of(year: Year, today: date) -> Iterator[Supply]:
    """Every other month what is sold until the next delivery."""
    end = today - timedelta(days=DAYS)
    for ago in range(YEAR_DAYS, 0, -RESTOCKED_EVERY):
        first, last = end - timedelta(days=ago), end - timedelta(days=ago - RESTOCKED_EVERY)
        sold = (order for order in year.orders if first <= rhythm.day_of(order.placed_at) < last)
        yield Supply(rhythm.at(first - timedelta(days=1), rhythm.OPENS), _units(sold))


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
