"""Goods that come back: they wait for inspection, then go on sale again or are written off."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.actions.ledger import OF_THE_LEDGER, Carried, Fact, post_moves
from catalog.actions.stock import OF_THE_STOCK, free_stock
from catalog.errors import BookedBefore, LotNotSellable, NotThere
from catalog.events import GoodsReturned, ReturnShelved, ReturnWrittenOff
from catalog.models import CUSTOMER, INSPECTION, LOSS, SHELF, Lot, LotMove, StockMove
from catalog.selectors import next_step
from shop.errors import InvalidValue, NotFound
from shop.events.outbox import publish
from shop.identity.actors import Actor


def take_back_goods(reference: str, units: Mapping[int, int], *, by: Actor) -> None:
    """Take in what a customer sent back (lot id → units); it waits for inspection, off sale.

    `reference` is the case's, after the order's number; it counts once per lot. Raises
    BookedBefore, NotThere for more of a lot than customers have.
    """
    by.require("catalog.take_back_goods")
    with transaction.atomic():
        lots = {lot.pk: lot for lot in Lot.objects.filter(pk__in=units).locked()}
        if units.keys() - lots.keys():
            raise NotFound
        fact = Fact(LotMove.Cause.RETURNED, reference, by.user)
        if LotMove.objects.filter(cause=fact.cause, reference=reference, lot__in=lots).exists():
            raise BookedBefore
        carried = [
            _carried(lot, CUSTOMER, INSPECTION, units[pk]) for pk, lot in sorted(lots.items())
        ]
        post_moves(carried, fact, by=OF_THE_LEDGER)
        for one in carried:
            publish(GoodsReturned(one.lot.pk, one.lot.sku_id, one.quantity), by=by)


def shelve_returned(lot: Lot, quantity: int, *, by: Actor) -> Lot:
    """Put inspected goods that are as good as new back on the shelf and on sale (OR4).

    Raises LotNotSellable while their lot must not be sold, NotThere.
    """
    by.require("catalog.shelve_returned")
    with transaction.atomic():
        lot = Lot.objects.locked().select_related("sku").get(pk=lot.pk)
        if not lot.is_sellable:
            raise LotNotSellable
        carried = _carried(lot, INSPECTION, SHELF, quantity)
        step = _post_inspected(carried, LotMove.Cause.FREED, by)
        publish(ReturnShelved(lot.pk, lot.sku_id, quantity), by=by)
        reference = f"{lot.code} R{step}"
        free_stock(lot.sku, quantity, StockMove.Cause.FREED, reference, by=OF_THE_STOCK)
    return lot


def write_off_returned(lot: Lot, quantity: int, *, by: Actor) -> Lot:
    """Write inspected goods off that are not fit for sale. Raises NotThere."""
    by.require("catalog.write_off_returned")
    with transaction.atomic():
        lot = Lot.objects.locked().select_related("sku").get(pk=lot.pk)
        carried = _carried(lot, INSPECTION, LOSS, quantity)
        _post_inspected(carried, LotMove.Cause.WRITTEN_OFF, by)
        publish(ReturnWrittenOff(lot.pk, lot.sku_id, quantity), by=by)
    return lot


def _post_inspected(carried: Carried, cause: LotMove.Cause, by: Actor) -> int:
    reference = carried.lot.code
    step = next_step(cause, reference)
    post_moves([carried], Fact(cause, reference, by.user, step), by=OF_THE_LEDGER)
    return step


def _carried(lot: Lot, from_place: str, to_place: str, quantity: int) -> Carried:
    """Raises NotThere unless so many of the lot, behind the caller's lock, are at the place."""
    if quantity < 1:
        raise InvalidValue(fields={"quantity": [_("Say how many.")]})
    there = lot.balances.filter(place=from_place).values_list("quantity", flat=True).first()
    if quantity > (there or 0):
        raise NotThere(fields={"quantity": [NotThere.title]})
    return Carried(lot, from_place, to_place, quantity)
