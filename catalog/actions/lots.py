"""A lot's life: withdrawn, released, recalled, expired; its goods and promises follow."""

from datetime import date

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from catalog import rules
from catalog.actions.ledger import OF_THE_LEDGER, Carried, Fact, post_moves
from catalog.actions.stock import OF_THE_STOCK, free_stock, hold_stock
from catalog.errors import LotNotSellable
from catalog.events import (
    LotExpired,
    LotNearedExpiry,
    LotQuarantined,
    LotRecalled,
    LotReleased,
)
from catalog.kinds import GOODS_SHORT, NEAR_EXPIRY
from catalog.models import PACKING, QUARANTINE, SHELF, Lot, LotAllotment, LotMove, StockMove
from shop.clock import today
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.work.actions.items import Matter, open_item, settle_items

OF_THE_LOT = Actor.system("the life of a lot")


def quarantine_lot(lot: Lot, reason: str, note: str = "", *, by: Actor) -> Lot:
    """Withdraw a lot from sale at once: its goods are set aside, picked ones included (CA8).

    `reason`: Lot.Reason. What orders were promised and no other lot covers becomes work that says
    how many are short; what was kept of it for orders must be picked from another lot.
    """
    by.require("catalog.quarantine_lot")
    _require_reason(reason)
    with transaction.atomic():
        lot = _locked(lot)
        hold_lot(lot, "quarantine", reason, by, note, by=OF_THE_LOT)
    return lot


def recall_lot(lot: Lot, reason: str, note: str = "", *, by: Actor) -> Lot:
    """Call a lot back for good: it is never sold again (CA8, Food Safety Law art. 63).

    `reason`: Lot.Reason. Its goods in the house are set aside as by `quarantine_lot`.
    """
    by.require("catalog.recall_lot")
    _require_reason(reason)
    with transaction.atomic():
        lot = _locked(lot)
        hold_lot(lot, "recall", reason, by, note, by=OF_THE_LOT)
    return lot


def expire_lot(lot: Lot, *, by: Actor) -> bool:
    """Its day has come: it is not sold any more. False: it was recalled, or has expired before."""
    by.require("catalog.expire_lot")
    with transaction.atomic():
        lot = _locked(lot)
        if lot.status not in Lot.TRANSITIONS["expire"][0]:
            return False
        hold_lot(lot, "expire", "", by, by=OF_THE_LOT)
        settle_items(NEAR_EXPIRY, lot.stream, by=OF_THE_LOT)
    return True


def withdraw_lot_in_time(lot: Lot, *, by: Actor) -> bool:
    """Too little of its life is left for whoever buys it: set it aside. False: it is already."""
    by.require("catalog.withdraw_lot_in_time")
    with transaction.atomic():
        lot = _locked(lot)
        if not lot.is_sellable:
            return False
        hold_lot(lot, "quarantine", Lot.Reason.LAST_SALE, by, by=OF_THE_LOT)
    return True


def warn_of_expiry(lot: Lot, *, by: Actor) -> bool:
    """Ask people to see to a lot while it can still be sold. False: nothing of it is on sale."""
    by.require("catalog.warn_of_expiry")
    with transaction.atomic():
        lot = _locked(lot)
        units = _units_at(lot).get(SHELF, 0) if lot.is_sellable else 0
        if not units:
            return False
        publish(LotNearedExpiry(lot.pk, lot.sku_id, units), by=by)
        told = {"sku": lot.sku.code, "lot": lot.code, "units": units}
        matter = Matter(lot.stream, figures={**told, "expires_on": str(lot.expires_on)})
        open_item(NEAR_EXPIRY, matter, by=OF_THE_LOT)
    return True


def hold_lot(lot: Lot, verb: str, reason: str, author: Actor, note: str = "", *, by: Actor) -> None:
    """Make a lot unsellable by a verb of its life; the caller holds its lock.

    Everything of it in the house is set aside, what was kept for orders is lost to them, and what
    may be promised shrinks in the same transaction.
    """
    by.require("catalog.hold_lot")
    advance(lot, verb)
    lot.reason, lot.note, lot.version = reason, note.strip()[:200], lot.version + 1
    lot.save(update_fields=["status", "reason", "note", "version"])
    fact = f"{lot.code} #{lot.version}"
    units = _set_aside(lot, fact, author.user)
    short = hold_stock(lot.sku, units, fact, by=OF_THE_STOCK)
    publish(_held(lot, units, short if units else 0), by=author)
    if units and short:
        told = {"sku": lot.sku.code, "lot": lot.code, "short": short}
        matter = Matter(lot.sku.stream, lot.status, told, key=lot.stream)
        open_item(GOODS_SHORT, matter, by=OF_THE_LOT)


def _set_aside(lot: Lot, reference: str, hand: User | None) -> int:
    """Carry all that is on the shelf or at packing to quarantine; how many units."""
    kept = LotAllotment.objects.filter(lot=lot).filter(Q(to_pick__gt=0) | Q(picked__gt=0))
    kept.update(lost=F("lost") + F("to_pick") + F("picked"), to_pick=0, picked=0)
    there = _units_at(lot)
    for step, place in enumerate((SHELF, PACKING), start=1):
        fact = Fact(LotMove.Cause.HELD, reference, hand, step)
        carried = Carried(lot, place, QUARANTINE, there.get(place, 0))
        post_moves([carried], fact, by=OF_THE_LEDGER)
    return there.get(SHELF, 0) + there.get(PACKING, 0)


def _units_at(lot: Lot) -> dict[str, int]:
    return dict(lot.balances.values_list("place_id", "quantity"))


def _held(lot: Lot, units: int, short: int) -> LotQuarantined | LotRecalled | LotExpired:
    if lot.status == Lot.Status.QUARANTINED:
        return LotQuarantined(lot.pk, lot.sku_id, lot.reason, units, short)
    if lot.status == Lot.Status.RECALLED:
        return LotRecalled(lot.pk, lot.sku_id, lot.reason, units, short)
    return LotExpired(lot.pk, lot.sku_id, units, short)


def release_lot(lot: Lot, note: str = "", *, by: Actor) -> Lot:
    """Put a quarantined lot back on the shelf and on sale; what was short is covered first.

    Raises LotNotSellable for one that is too old to be sold.
    """
    by.require("catalog.release_lot")
    with transaction.atomic():
        lot = _locked(lot)
        advance(lot, "release")
        _require_young(lot, today())
        lot.reason, lot.note, lot.version = "", note.strip()[:200], lot.version + 1
        lot.save(update_fields=["status", "reason", "note", "version"])
        fact = f"{lot.code} #{lot.version}"
        units = _units_at(lot).get(QUARANTINE, 0)
        carried = Carried(lot, QUARANTINE, SHELF, units)
        post_moves([carried], Fact(LotMove.Cause.FREED, fact, by.user), by=OF_THE_LEDGER)
        publish(LotReleased(lot.pk, lot.sku_id, units), by=by)
        if units:
            free_stock(lot.sku, units, StockMove.Cause.FREED, fact, by=OF_THE_STOCK)
    return lot


def _require_young(lot: Lot, day: date) -> None:
    if lot.produced_on is None or lot.expires_on is None:
        return
    if rules.last_sale_on(lot.produced_on, lot.expires_on) <= day:
        raise LotNotSellable(_("Too little of its shelf life is left to sell it."))


def _require_reason(reason: str) -> None:
    if reason not in Lot.Reason.values:
        raise InvalidValue(fields={"reason": [_("Choose a reason.")]})


def _locked(lot: Lot) -> Lot:
    return Lot.objects.locked().select_related("sku").get(pk=lot.pk)
