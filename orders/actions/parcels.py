"""Packed, labelled, out of the house: parcel by parcel, and many at once to a driver (A4.2b)."""

from collections import Counter
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from catalog.actions import move_shipped, ship_units
from catalog.errors import NotPicked
from orders import rules
from orders.actions.picking import end_picking
from orders.actions.promises import OF_THE_ORDER, keep_promise
from orders.errors import (
    AlreadyPacked,
    CountDiffers,
    NotInOrder,
    NotLabelled,
    NotWholeOrder,
    OtherCarrier,
    WaybillUsed,
)
from orders.events import (
    HandedOver,
    OrderShipped,
    ParcelLabelled,
    ParcelPacked,
    ParcelUnpacked,
    PartShipped,
)
from orders.kinds import SHIP
from orders.models import (
    SHIP_CLOCK,
    Carrier,
    HandOver,
    Order,
    OrderLine,
    Parcel,
    ParcelLine,
    PickTask,
)
from orders.selectors import require_free
from orders.selectors.goods import lines_to_pack, to_pack_of
from orders.selectors.waves import units_at_packing
from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor

Units = Mapping[tuple[int, int], int]
"""(SKU id, lot id) → how many."""


def pack_parcel(order: Order, units: Units, *, split: bool = False, by: Actor) -> Parcel:
    """Close a parcel with what was scanned into it ((SKU id, lot id) → quantity): the pack check
    of A4.2b.

    It must be all that is left of the order, unless a `split` is said, and of lots that were
    picked for it. Raises NotWholeOrder, NotInOrder, NotPicked, AlreadyPacked, and StepHeld while a
    case holds the order.
    """
    by.require("orders.pack_parcel")
    with transaction.atomic():
        order = _to_ship(order)
        left = lines_to_pack(order)
        _check_contents(left, units, is_split=split)
        _check_picked(order, units)
        parcel = _write_parcel(order, units, by)
        publish(ParcelPacked(order.pk, parcel.pk, sum(units.values())), by=by)
    return parcel


def _to_ship(order: Order) -> Order:
    """The order behind its lock, confirmed and held by nothing."""
    order = Order.objects.locked().get(pk=order.pk)
    if order.status != Order.Status.CONFIRMED:
        advance(order, "ship")  # says why not
    require_free(order, SHIP)
    return order


def _check_contents(left: Sequence[OrderLine], units: Units, *, is_split: bool) -> None:
    if not left:
        raise AlreadyPacked
    if not units or min(units.values()) < 1:
        raise NotInOrder
    wanted = Counter({line.sku_id: to_pack_of(line) for line in left})
    scanned: Counter[int] = Counter()
    for (sku, _lot), quantity in units.items():
        scanned[sku] += quantity
    if not scanned <= wanted:
        raise NotInOrder
    if scanned != wanted and not is_split:
        raise NotWholeOrder


def _check_picked(order: Order, units: Units) -> None:
    ready = units_at_packing(order)
    if any(quantity > ready.get(key, 0) for key, quantity in units.items()):
        raise NotPicked


def _write_parcel(order: Order, units: Units, by: Actor) -> Parcel:
    parcel = Parcel.objects.create(order=order, packed_at=now(), packed_by=by.user)
    _write_lines(parcel, units)
    return parcel


def _write_lines(parcel: Parcel, units: Units) -> None:
    lines = {line.sku_id: line for line in parcel.order.lines.all()}
    ParcelLine.objects.bulk_create(
        ParcelLine(parcel=parcel, line=lines[sku], lot_id=lot, quantity=quantity)
        for (sku, lot), quantity in units.items()
    )


def unpack_parcel(parcel: Parcel, *, by: Actor) -> Parcel:
    """Take a parcel apart that has not left: its goods are to be packed anew, its label is void."""
    by.require("orders.unpack_parcel")
    with transaction.atomic():
        _order, parcel = _locked(parcel)
        _unpack(parcel, by)
    return parcel


def _unpack(parcel: Parcel, by: Actor) -> None:
    advance(parcel, "unpack")
    void = parcel.waybill
    parcel.carrier = parcel.waybill = ""
    parcel.save(update_fields=["status", "carrier", "waybill"])
    publish(ParcelUnpacked(parcel.order_id, parcel.pk, void), by=by)


def unpack_order(order: Order, *, by: Actor) -> None:
    """Take apart what of the order is packed and has not left. The caller holds its lock."""
    by.require("orders.unpack_order")
    for parcel in order.parcels.packed().locked():
        _unpack(parcel, by)


def _locked(parcel: Parcel) -> tuple[Order, Parcel]:
    """The parcel behind its order's lock, which comes first everywhere."""
    order = Order.objects.locked().get(pk=parcel.order_id)
    return order, Parcel.objects.locked().get(pk=parcel.pk)


def label_parcel(parcel: Parcel, carrier: str, waybill: str, *, by: Actor) -> Parcel:
    """Put the carrier's waybill on a packed parcel, scanned or ordered from the carrier.

    The same label again changes nothing; another one takes its place. Raises WaybillUsed when it
    is another parcel's, InvalidValue, IllegalTransition once the parcel has left.
    """
    by.require("orders.label_parcel")
    waybill = _checked_waybill(carrier, waybill)
    with transaction.atomic():
        _order, parcel = _locked(parcel)
        if parcel.status != Parcel.Status.PACKED:
            advance(parcel, "ship")  # says why not
        if (parcel.carrier, parcel.waybill) != (carrier, waybill):
            _put_label(parcel, carrier, waybill)
            publish(ParcelLabelled(parcel.order_id, parcel.pk, carrier, waybill), by=by)
    return parcel


def _checked_waybill(carrier: str, waybill: str) -> str:
    waybill = rules.tidy_waybill(waybill)
    if carrier not in Carrier.values:
        raise InvalidValue(fields={"carrier": [_("Choose a carrier.")]})
    if not rules.is_waybill(waybill):
        raise InvalidValue(fields={"waybill": [_("A waybill has 8 to 30 letters and digits.")]})
    return waybill


def _put_label(parcel: Parcel, carrier: str, waybill: str) -> None:
    parcel.carrier, parcel.waybill = carrier, waybill
    try:
        with transaction.atomic():
            parcel.save(update_fields=["carrier", "waybill"])
    except IntegrityError as error:
        raise WaybillUsed from error


def ship_parcel(parcel: Parcel, carrier: str, waybill: str, *, by: Actor) -> Parcel:
    """Send one packed parcel on its way under a waybill; with its last one the order is shipped.

    Raises what `label_parcel` does, and StepHeld while a case holds the order.
    """
    by.require("orders.ship_parcel")
    waybill = _checked_waybill(carrier, waybill)
    with transaction.atomic():
        order, parcel = _locked(parcel)
        require_free(order, SHIP)
        advance(parcel, "ship")
        _put_label(parcel, carrier, waybill)
        _carry_out(order, parcel, by)
        _leave(order, parcel, by)
    return parcel


def _carry_out(order: Order, parcel: Parcel, by: Actor) -> None:
    """Its goods leave the packing table by lot, those only that may still be sold."""
    lines = parcel.lines.values_list("line__sku", "lot", "quantity")
    units = {(sku, lot): quantity for sku, lot, quantity in lines if lot is not None}
    move_shipped(order.number, _reference(order, parcel), units, by=by)


def _reference(order: Order, parcel: Parcel) -> str:
    return f"{order.number} P{parcel.pk}"


def ship_order(order: Order, carrier: str, waybill: str, *, by: Actor) -> Parcel:
    """Pack and ship everything that is left of an order in one parcel (A4.2b).

    The goods leave by lot: what was picked for it, else the lots that expire first. Raises
    WaybillUsed, AlreadyPacked while a parcel of it stands in the house, Shortage, and StepHeld
    while an exception case holds it.
    """
    by.require("orders.ship_order")
    waybill = _checked_waybill(carrier, waybill)
    with transaction.atomic():
        order = _to_ship(order)
        left = {line.sku_id: to_pack_of(line) for line in lines_to_pack(order)}
        if not left or order.parcels.packed().exists():
            raise AlreadyPacked
        parcel = _write_parcel(order, {}, by)
        advance(parcel, "ship")
        _put_label(parcel, carrier, waybill)
        sent = ship_units(order.number, _reference(order, parcel), left, by=by)
        _write_lines(parcel, {(one.sku_id, one.lot_id): one.quantity for one in sent})
        for task in PickTask.objects.picking().filter(order=order):
            end_picking(task, by=by)
        _leave(order, parcel, by)
    return parcel


def _leave(order: Order, parcel: Parcel, by: Actor, handed: HandOver | None = None) -> None:
    """The parcel is out of the house; the caller holds both locks and has moved its state."""
    parcel.shipped_at, parcel.hand_over = now(), handed
    parcel.save(update_fields=["status", "shipped_at", "hand_over"])
    if lines_to_pack(order) or order.parcels.packed().exists():
        publish(PartShipped(order.pk, parcel.pk, parcel.carrier, parcel.waybill), by=by)
    else:
        _end_shipping(order, parcel, by)


def _end_shipping(order: Order, last: Parcel, by: Actor) -> None:
    advance(order, "ship")
    order.shipped_at = now()
    order.save(update_fields=["status", "shipped_at"])
    publish(OrderShipped(order.pk, last.pk, last.carrier, last.waybill), by=by)
    keep_promise(order, SHIP_CLOCK, by=OF_THE_ORDER)


def end_shipping(order: Order, *, by: Actor) -> bool:
    """Nothing more is to be sent: an order of which a parcel has left is shipped by that.

    False when none has left. The caller holds the order's lock.
    """
    by.require("orders.end_shipping")
    last = order.parcels.shipped().order_by("-shipped_at", "-pk").first()
    if last is None:
        return False
    _end_shipping(order, last, by)
    return True


def hand_over(carrier: str, parcels: Sequence[Parcel], *, counted: int, by: Actor) -> HandOver:
    """Give labelled parcels to a carrier's driver, who counted as many; all of them or none.

    Each order whose last parcel this is, is shipped. Raises CountDiffers, NotLabelled,
    OtherCarrier, IllegalTransition for a parcel that is not packed (any more), StepHeld.
    """
    by.require("orders.hand_over")
    with transaction.atomic():
        orders = Order.objects.locked().in_bulk([parcel.order_id for parcel in parcels])
        held = list(Parcel.objects.locked().filter(pk__in=[parcel.pk for parcel in parcels]))
        _check_load(carrier, held, counted)
        handed = HandOver.objects.create(carrier=carrier, count=len(held), at=now(), by=by.user)
        for parcel in held:
            order = orders[parcel.order_id]
            require_free(order, SHIP)
            advance(parcel, "ship")
            _carry_out(order, parcel, by)
            _leave(order, parcel, by, handed)
        publish(HandedOver(handed.pk, carrier, len(held)), by=by)
    return handed


def _check_load(carrier: str, parcels: Sequence[Parcel], counted: int) -> None:
    if not parcels or len(parcels) != counted:
        told = {"scanned": len(parcels), "counted": counted}
        raise CountDiffers(_("%(scanned)d scanned, %(counted)d counted.") % told)
    for parcel in parcels:
        if parcel.status == Parcel.Status.PACKED and not parcel.waybill:
            raise NotLabelled(_("Parcel %(parcel)s has no waybill.") % {"parcel": parcel})
        if parcel.waybill and parcel.carrier != carrier:
            raise OtherCarrier(_("%(parcel)s is not theirs.") % {"parcel": parcel})
