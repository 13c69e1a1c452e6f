"""What the books show and the shelf does not have."""

from django.db import transaction

from catalog.actions.ledger import OF_THE_LEDGER, Carried, Fact, post_moves
from catalog.actions.stock import OF_THE_STOCK, hold_stock
from catalog.errors import NotAllotted
from catalog.events import LotShort
from catalog.models import LOSS, SHELF, Lot, LotAllotment, LotMove
from catalog.selectors import next_step
from shop.events.outbox import publish
from shop.identity.actors import Actor


def write_off_short(reference: str, lot: Lot, quantity: int, *, by: Actor) -> None:
    """Units of a lot that were kept for an order cannot be picked: they are kept no more.

    What the lot's state took from the order already is let go alone; the rest is written off the
    shelf, and so many fewer may be promised. Others are to be allotted in their place. Raises
    NotAllotted for more than is kept and not picked.
    """
    by.require("catalog.write_off_short")
    with transaction.atomic():
        lot = Lot.objects.locked().select_related("sku").get(pk=lot.pk)
        row = LotAllotment.objects.locked(reference).filter(lot=lot).first()
        if row is None or not 0 < quantity <= row.lost + row.to_pick:
            raise NotAllotted(fields={"lot": [lot.code]})
        let_go = min(row.lost, quantity)
        row.lost, row.to_pick = row.lost - let_go, row.to_pick - (quantity - let_go)
        row.save(update_fields=["lost", "to_pick"])
        if quantity > let_go:
            _write_off(reference, lot, quantity - let_go, by)


def _write_off(reference: str, lot: Lot, quantity: int, by: Actor) -> None:
    step = next_step(LotMove.Cause.WRITTEN_OFF, reference)
    fact = Fact(LotMove.Cause.WRITTEN_OFF, reference, by.user, step)
    post_moves([Carried(lot, SHELF, LOSS, quantity)], fact, by=OF_THE_LEDGER)
    publish(LotShort(lot.pk, lot.sku_id, quantity), by=by)
    hold_stock(lot.sku, quantity, f"{reference} short {lot.pk} {step}", by=OF_THE_STOCK)
