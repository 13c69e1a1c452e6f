"""The way of the goods towards a customer: allotted, picked, shipped; or given back.

Lots are locked first, in the order of their keys, then the allotments of the reference; so waves,
scans and recalls of the same lots follow one another and never deadlock.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from catalog import rules
from catalog.actions.ledger import OF_THE_LEDGER, Carried, Fact, post_moves
from catalog.errors import LotNotSellable, NotAllotted, NotPicked, ShippedBefore, Shortage
from catalog.models import (
    CUSTOMER,
    PACKING,
    SHELF,
    Lot,
    LotAllotment,
    LotBalance,
    LotMove,
    Sku,
)
from catalog.selectors import next_step
from shop.clock import now, today
from shop.errors import NotFound
from shop.identity.actors import Actor

Units = Mapping[tuple[int, int], int]
"""(SKU id, lot id) → how many."""


@dataclass(frozen=True)
class Allotment:
    """So many units of a lot that are kept for a reference, and where they stand."""

    sku_id: int
    lot_id: int
    lot_code: str
    expires_on: date | None
    place_code: str
    quantity: int


def allot(reference: str, wanted: Mapping[int, int], *, by: Actor) -> list[Allotment]:
    """Keep units (SKU id → quantity) of lots on the shelf for an order, first expired first out.

    `reference` is the order's number. What is asked for again is kept in addition. Lots are
    skipped from the day on which too little of their life is left for a customer. Raises Shortage.
    """
    by.require("catalog.allot")
    with transaction.atomic():
        chosen = _choose(wanted)
        _keep(reference, chosen)
    return [_told(lot, quantity) for lot, quantity in chosen]


def _choose(wanted: Mapping[int, int]) -> list[tuple[Lot, int]]:
    """Lots and how many units of each, behind the lots' locks, in the order of picking."""
    lots = _lots_on_the_shelf(wanted)
    chosen, missing = [], {}
    for sku, quantity in sorted(wanted.items()):
        free = [(lot.pk, units) for lot, units in lots if lot.sku_id == sku]
        taken, left = rules.shares(free, quantity)
        chosen += [(lot, taken[lot.pk]) for lot, _free in lots if lot.pk in taken]
        if left:
            missing[sku] = left
    if missing:
        raise Shortage(missing, _codes(missing))
    return chosen


def _lots_on_the_shelf(skus: Collection[int]) -> list[tuple[Lot, int]]:
    """Sellable lots of these SKUs with what of them is free, the first to expire first.

    Balances are read after the locks are held: what others allotted meanwhile is seen.
    """
    stocked = Lot.objects.sellable().filter(
        sku_id__in=skus, balances__place=SHELF, balances__quantity__gt=0
    )
    lots = {lot.pk: lot for lot in stocked.locked() if not _is_too_old(lot)}
    shelf = LotBalance.objects.filter(place=SHELF, lot__in=lots)
    free = [(lots[one.lot_id], one.free) for one in shelf]
    return sorted(free, key=lambda one: (one[0].expires_on or date.max, one[0].pk))


def _is_too_old(lot: Lot) -> bool:
    if lot.produced_on is None or lot.expires_on is None:
        return False
    return rules.last_sale_on(lot.produced_on, lot.expires_on) <= today()


def _codes(skus: Iterable[int]) -> dict[int, str]:
    return dict(Sku.objects.filter(pk__in=skus).values_list("pk", "code"))


def _keep(reference: str, chosen: list[tuple[Lot, int]]) -> None:
    kept = {row.lot_id: row for row in LotAllotment.objects.locked(reference)}
    fresh = []
    for lot, quantity in chosen:
        if row := kept.get(lot.pk):
            row.to_pick += quantity
            row.save(update_fields=["to_pick"])
        else:
            fresh.append(_new_row(reference, lot, to_pick=quantity))
    LotAllotment.objects.bulk_create(fresh)


def _new_row(reference: str, lot: Lot, **units: int) -> LotAllotment:
    return LotAllotment(reference=reference, sku_id=lot.sku_id, lot=lot, allotted_at=now(), **units)


def _told(lot: Lot, quantity: int) -> Allotment:
    return Allotment(lot.sku_id, lot.pk, lot.code, lot.expires_on, SHELF, quantity)


def give_back_allotment(
    reference: str, units: Mapping[int, int] | None = None, *, by: Actor
) -> None:
    """Give back what is kept for an order and has not left: all of it, or some (SKU id → units).

    What was picked goes back on the shelf. What was never kept is not missed: it may be called
    whether or not the order was allotted, and as often as one likes.
    """
    by.require("catalog.give_back_allotment")
    with transaction.atomic():
        _lots, rows = _behind_locks(reference)
        left = None if units is None else dict(units)
        carried = []
        for row in reversed(rows):
            most = None if left is None else left.get(row.sku_id, 0)
            back, picked = _let_go(row, most)
            if left is not None:
                left[row.sku_id] = left.get(row.sku_id, 0) - back
            carried.append(Carried(row.lot, PACKING, SHELF, picked))
        _post_steps(carried, LotMove.Cause.PUT_BACK, reference, by)


def _let_go(row: LotAllotment, most: int | None) -> tuple[int, int]:
    """Give up at most so many units of a row, what was lost first; how many, how many picked."""
    before = {name: getattr(row, name) for name in ("lost", "to_pick", "picked")}
    most = sum(before.values()) if most is None else most
    given, _missing = rules.shares(list(enumerate(before.values())), most)
    for place, name in enumerate(before):
        setattr(row, name, before[name] - given.get(place, 0))
    if given:
        row.save(update_fields=list(before))
    return sum(given.values()), given.get(2, 0)


def move_picked(reference: str, picked: Units, *, by: Actor) -> None:
    """Record what was taken off the shelf for an order: it stands at packing now.

    Another sellable lot of the SKU than was allotted may be picked; what was allotted in its
    place is free again. Raises LotNotSellable for one that was recalled or has expired meanwhile,
    NotAllotted for more than is to be picked, Shortage when others keep the other lot.
    """
    by.require("catalog.move_picked")
    with transaction.atomic():
        lots, rows = _behind_locks(reference, [lot for _sku, lot in picked])
        carried = []
        for (sku, lot_id), quantity in sorted(picked.items()):
            lot = _sellable(lots, sku, lot_id)
            _pick(reference, lot, quantity, rows)
            carried.append(Carried(lot, SHELF, PACKING, quantity))
        _post_steps(carried, LotMove.Cause.PICKED, reference, by)


def _sellable(lots: Mapping[int, Lot], sku: int, lot_id: int) -> Lot:
    """The lot that was scanned; refused when it is of another SKU or must not be sold."""
    lot = lots.get(lot_id)
    if lot is None or lot.sku_id != sku:
        raise NotFound
    if not lot.is_sellable or (lot.expires_on is not None and lot.expires_on <= today()):
        raise LotNotSellable(fields={"lot": [f"{lot.code}: {lot.get_status_display()}"]})
    return lot


def _pick(reference: str, lot: Lot, quantity: int, rows: list[LotAllotment]) -> None:
    """Count so many units of a lot as picked: its own first, then in the place of others."""
    same = [row for row in rows if row.sku_id == lot.sku_id]
    own = next((row for row in same if row.lot_id == lot.pk), None)
    if quantity < 1 or quantity > sum(row.to_pick + row.lost for row in same):
        raise NotAllotted(fields={"lot": [lot.code]})
    if own is None:
        own = _new_row(reference, lot)
        rows.append(own)
    instead = quantity - min(quantity, own.to_pick)
    own.to_pick, own.picked = own.to_pick - (quantity - instead), own.picked + quantity
    own.save()
    if instead:
        _require_free(lot, quantity)
        _take_the_place(instead, same)


def _require_free(lot: Lot, quantity: int) -> None:
    """Raise Shortage unless nobody else keeps what is about to leave the shelf."""
    shelf = LotBalance.objects.filter(place=SHELF, lot=lot).first()
    missing = quantity - (shelf.free if shelf else 0)
    if missing > 0:
        raise Shortage({lot.sku_id: missing}, _codes([lot.sku_id]))


def _take_the_place(quantity: int, rows: list[LotAllotment]) -> None:
    """What came from another lot is not picked from these: the lost first, then the latest."""
    for name in ("lost", "to_pick"):
        for row in reversed(rows):
            taken = min(quantity, getattr(row, name))
            if taken:
                setattr(row, name, getattr(row, name) - taken)
                row.save(update_fields=[name])
                quantity -= taken


def move_shipped(reference: str, parcel_reference: str, units: Units, *, by: Actor) -> None:
    """Record that a parcel left with what was picked for its order; each parcel leaves once.

    `parcel_reference` begins with the order's number. Raises NotPicked, LotNotSellable for a lot
    that was recalled or has expired on the packing table, ShippedBefore.
    """
    by.require("catalog.move_shipped")
    with transaction.atomic():
        lots, rows = _behind_locks(reference, [lot for _sku, lot in units])
        _require_new_parcel(parcel_reference)
        picked = {row.lot_id: row for row in rows}
        carried = []
        for (sku, lot_id), quantity in sorted(units.items()):
            lot = _sellable(lots, sku, lot_id)
            _ship(picked.get(lot_id), quantity, lot)
            carried.append(Carried(lot, PACKING, CUSTOMER, quantity))
        fact = Fact(LotMove.Cause.SHIPPED, parcel_reference, by.user)
        post_moves(carried, fact, by=OF_THE_LEDGER)


def _ship(row: LotAllotment | None, quantity: int, lot: Lot) -> None:
    if row is None or not 0 < quantity <= row.picked:
        raise NotPicked(fields={"lot": [lot.code]})
    row.picked, row.shipped = row.picked - quantity, row.shipped + quantity
    row.save(update_fields=["picked", "shipped"])


def ship_units(
    reference: str, parcel_reference: str, wanted: Mapping[int, int], *, by: Actor
) -> list[Allotment]:
    """Let units (SKU id → quantity) leave in one parcel, whatever of them was picked or allotted.

    What was not allotted is taken from the shelf at once, first expired first out. Returns what
    left, by lot. Raises Shortage, LotNotSellable, ShippedBefore.
    """
    by.require("catalog.move_shipped")
    with transaction.atomic():
        _lots, rows = _behind_locks(reference)
        if not any(row.to_pick + row.picked + row.lost for row in rows):
            return _ship_from_the_shelf(reference, parcel_reference, wanted, rows, by)
        _pick_the_rest(reference, wanted, rows, by)
        leaving = _of_the_picked(reference, wanted)
        units = {(row.sku_id, row.lot_id): quantity for row, quantity in leaving}
        move_shipped(reference, parcel_reference, units, by=by)
    return [_told(row.lot, quantity) for row, quantity in leaving]


def _ship_from_the_shelf(
    reference: str,
    parcel_reference: str,
    wanted: Mapping[int, int],
    rows: list[LotAllotment],
    by: Actor,
) -> list[Allotment]:
    """Nothing was prepared: chosen, and out of the house, in two statements."""
    _require_new_parcel(parcel_reference)
    chosen = _choose(wanted)
    known = {row.lot_id: row for row in rows}
    for lot, quantity in chosen:
        if row := known.get(lot.pk):
            row.shipped += quantity
            row.save(update_fields=["shipped"])
    fresh = [(lot, quantity) for lot, quantity in chosen if lot.pk not in known]
    LotAllotment.objects.bulk_create(_new_row(reference, lot, shipped=n) for lot, n in fresh)
    carried = [Carried(lot, SHELF, CUSTOMER, quantity) for lot, quantity in chosen]
    fact = Fact(LotMove.Cause.SHIPPED, parcel_reference, by.user)
    post_moves(carried, fact, by=OF_THE_LEDGER)
    return [_told(lot, quantity) for lot, quantity in chosen]


def _pick_the_rest(
    reference: str, wanted: Mapping[int, int], rows: list[LotAllotment], by: Actor
) -> None:
    """What is wanted stands at packing afterwards; what was lost is allotted anew."""
    missing: dict[int, int] = {}
    picked: dict[tuple[int, int], int] = {}
    for sku, quantity in wanted.items():
        same = [row for row in rows if row.sku_id == sku]
        quantity -= sum(row.picked for row in same)
        waiting = [(row.lot_id, row.to_pick) for row in same]
        taken, left = rules.shares(waiting, max(quantity, 0))
        picked |= {(sku, lot): units for lot, units in taken.items()}
        if left:
            missing[sku] = left
            _forget_lost(same, left)
    for one in allot(reference, missing, by=by) if missing else ():
        key = (one.sku_id, one.lot_id)
        picked[key] = picked.get(key, 0) + one.quantity
    if picked:
        move_picked(reference, picked, by=by)


def _forget_lost(rows: list[LotAllotment], quantity: int) -> None:
    """Others are allotted in the place of so many whose lot became unsellable."""
    taken, _left = rules.shares(list(enumerate(row.lost for row in rows)), quantity)
    for place, units in taken.items():
        rows[place].lost -= units
        rows[place].save(update_fields=["lost"])


def _of_the_picked(reference: str, wanted: Mapping[int, int]) -> list[tuple[LotAllotment, int]]:
    rows = {row.pk: row for row in LotAllotment.objects.locked(reference)}
    leaving = []
    for sku, quantity in sorted(wanted.items()):
        ready = [(row.pk, row.picked) for row in rows.values() if row.sku_id == sku]
        taken, _missing = rules.shares(ready, quantity)
        leaving += [(rows[pk], units) for pk, units in taken.items()]
    return leaving


def _behind_locks(
    reference: str, others: Iterable[int] = ()
) -> tuple[dict[int, Lot], list[LotAllotment]]:
    """The lots of the reference, and others, and its allotments: locked in this order."""
    ours = LotAllotment.objects.filter(reference=reference).values_list("lot_id", flat=True)
    lots = {lot.pk: lot for lot in Lot.objects.filter(pk__in={*ours, *others}).locked()}
    return lots, list(LotAllotment.objects.locked(reference))


def _require_new_parcel(parcel_reference: str) -> None:
    left = LotMove.objects.filter(cause=LotMove.Cause.SHIPPED, reference=parcel_reference)
    if left.exists():
        raise ShippedBefore


def _post_steps(carried: list[Carried], cause: LotMove.Cause, reference: str, by: Actor) -> None:
    """Book moves under a reference that sees several of their kind."""
    if any(one.quantity for one in carried):
        step = next_step(cause, reference)
        post_moves(carried, Fact(cause, reference, by.user, step), by=OF_THE_LEDGER)
