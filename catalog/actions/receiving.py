"""Goods in, lot by lot."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from catalog import rules
from catalog.actions.ledger import OF_THE_LEDGER, Carried, Fact, post_moves
from catalog.actions.lots import OF_THE_LOT, hold_lot
from catalog.actions.stock import OF_THE_STOCK, free_stock
from catalog.errors import BookedBefore, LotDiffers, LotTooOld, NotPriced
from catalog.events import LotArrived, StockReceived
from catalog.models import (
    LOT_AGE,
    QUARANTINE,
    SHELF,
    SUPPLIER,
    Lot,
    LotMove,
    Offer,
    Sku,
    StockMove,
)
from shop.clock import SHANGHAI, now, today
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.timing.actions.timers import arm_timer


@dataclass(frozen=True)
class LotFacts:
    """What is printed on the goods: their lot, both dates; whether they are checked first."""

    code: str
    produced_on: date | None = None
    expires_on: date | None = None
    awaits_check: bool = False


def receive_stock(
    sku: Sku, quantity: int, document: str, *, lot: LotFacts | None = None, by: Actor
) -> Offer:
    """Book goods in under their document; the same document counts once per SKU and lot.

    They are on sale at once, unless they are to be checked first or their lot is not sellable:
    then they are set aside. Without `lot` the document is the lot, and it has no dates. Raises
    BookedBefore, NotPriced, LotDiffers, LotTooOld (Food Safety Law art. 53).
    """
    by.require("catalog.receive_stock")
    if not 0 < quantity <= 1_000_000:
        raise InvalidValue(fields={"quantity": [_("A quantity is from 1 to 1,000,000.")]})
    facts = lot or LotFacts(document)
    _require_fresh(facts)
    with transaction.atomic():
        if not Offer.objects.filter(sku=sku).exists():
            raise NotPriced
        its_lot = _lot_of(sku, facts, document, by)
        _book_in(its_lot, quantity, document, by)
        publish(StockReceived(sku.pk, quantity, document), by=by)
        if its_lot.is_sellable:
            reference = document if lot is None else f"{document} {its_lot.code}"
            free_stock(sku, quantity, StockMove.Cause.RECEIVED, reference, by=OF_THE_STOCK)
    return Offer.objects.get(sku=sku)


def _require_fresh(facts: LotFacts) -> None:
    if not facts.code.strip():
        raise InvalidValue(fields={"lot_code": [_("Write down the lot number of the label.")]})
    if facts.produced_on is None and facts.expires_on is None:
        return
    if facts.produced_on is None or facts.expires_on is None:
        raise InvalidValue(fields={"expires_on": [_("A lot has both dates or none.")]})
    objection = rules.objection_to_dates(facts.produced_on, facts.expires_on, today())
    if objection is not None:
        raise LotTooOld(objection)


def _lot_of(sku: Sku, facts: LotFacts, document: str, by: Actor) -> Lot:
    """The lot behind its lock, made known when it is new; set aside when it awaits a check."""
    lot, is_new = Lot.objects.get_or_create(
        sku=sku,
        code=facts.code.strip(),
        defaults={
            "produced_on": facts.produced_on,
            "expires_on": facts.expires_on,
            "document": document,
            "received_at": now(),
        },
    )
    if is_new:
        publish(LotArrived(lot.pk, sku.pk), by=by)
        _watch(lot)
    else:
        lot = Lot.objects.locked().select_related("sku").get(pk=lot.pk)
    if (lot.produced_on, lot.expires_on) != (facts.produced_on, facts.expires_on):
        raise LotDiffers
    if facts.awaits_check and lot.is_sellable:
        hold_lot(lot, "quarantine", Lot.Reason.INCOMING, by, by=OF_THE_LOT)
    return lot


def _watch(lot: Lot) -> None:
    """People are told in time, it leaves the shelves in time, it expires on its day."""
    if lot.produced_on is None or lot.expires_on is None:
        return
    days = (
        rules.near_expiry_on(lot.produced_on, lot.expires_on),
        rules.last_sale_on(lot.produced_on, lot.expires_on),
        lot.expires_on,
    )
    arm_timer(
        LOT_AGE,
        lot.stream,
        {level: _beginning_of(day) for level, day in enumerate(days, start=1)},
        by=OF_THE_LOT,
    )


def _beginning_of(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def _book_in(lot: Lot, quantity: int, document: str, by: Actor) -> None:
    fact = Fact(LotMove.Cause.RECEIVED, document, by.user)
    if lot.moves.filter(cause=fact.cause, reference=document).exists():
        raise BookedBefore
    goes_to = SHELF if lot.is_sellable else QUARANTINE
    post_moves([Carried(lot, SUPPLIER, goes_to, quantity)], fact, by=OF_THE_LEDGER)
