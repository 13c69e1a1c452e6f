"""From which lots the goods of the past were taken: those that expired first, as `allot` does."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from catalog.models import SHELF, LotBalance
from demo.plan import PlannedOrder


@dataclass
class OnTheShelf:
    """Units of one lot that nobody has taken yet."""

    lot_id: int
    came_at: datetime
    units: int


Picked = dict[str, list[tuple[int, int]]]
"""SKU code → the lots it was taken from, with units of each."""


def pick(orders: Iterable[PlannedOrder]) -> dict[str, Picked]:
    """By waybill, the orders in the order in which they left. Raises LookupError for a SKU of
    which too little had come in."""
    shelves = _shelves()
    return {
        plan.waybill: {code: _take(shelves[code], units, plan) for code, units in plan.lines}
        for plan in sorted(orders, key=_left_at)
    }


def _left_at(plan: PlannedOrder) -> datetime:
    assert plan.shipped_at is not None
    return plan.shipped_at


def _shelves() -> dict[str, list[OnTheShelf]]:
    shelves = defaultdict(list)
    balances = LotBalance.objects.filter(place=SHELF, quantity__gt=0).select_related("lot__sku")
    for one in balances.order_by("lot__expires_on", "lot"):
        lot = one.lot
        shelves[lot.sku.code].append(OnTheShelf(lot.pk, lot.received_at, one.free))
    return shelves


def _take(shelf: list[OnTheShelf], units: int, plan: PlannedOrder) -> list[tuple[int, int]]:
    taken = []
    for lot in shelf:
        if units and lot.units and lot.came_at < _left_at(plan):
            some = min(units, lot.units)
            lot.units -= some
            units -= some
            taken.append((lot.lot_id, some))
    if units:
        raise LookupError(f"{units} units missing for {plan.waybill}")
    return taken
