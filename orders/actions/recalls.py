"""A lot was called back: everybody who holds some of it is found, told and asked (C3.3.3)."""

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Lot
from orders.errors import NobodyToTell
from orders.events import HoldersTold, RecalledGoodsSettled, RecallTraced
from orders.kinds import RECALLED_LOT
from orders.models import RecalledGoods
from orders.selectors.recalls import holders_of, open_recalls
from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.work.actions.items import Matter, open_item, settle_items

OF_THE_RECALL = Actor.system("a lot was recalled")
AT_ONCE = 500
"""Customers told by one press: what is written in one transaction stays small."""
LONGEST_NOTE = 200


def trace_recall(lot: Lot, *, by: Actor) -> int:
    """Write down every order that holds units of a recalled lot; how many are new.

    Following them up is work of service, until of each is said what became of it (Food Safety Law
    art. 63). Tracing again adds what has left meanwhile, and nothing twice.
    """
    by.require("orders.trace_recall")
    with transaction.atomic():
        lot = Lot.objects.locked().select_related("sku").get(pk=lot.pk)
        known = set(RecalledGoods.objects.filter(lot=lot).values_list("order_id", flat=True))
        held = {pk: units for pk, units in holders_of(lot).items() if pk not in known}
        RecalledGoods.objects.bulk_create(
            [
                RecalledGoods(lot=lot, order_id=order, units=units, traced_at=now())
                for order, units in sorted(held.items())
            ]
        )
        if held:
            publish(RecallTraced(lot.pk, len(held), sum(held.values())), by=by)
            told = {"sku": lot.sku.code, "lot": lot.code, "orders": len(held)}
            open_item(RECALLED_LOT, Matter(lot.stream, figures=told), by=by)
    return len(held)


def tell_holders(lot: Lot, *, by: Actor) -> int:
    """Tell those who hold units of a recalled lot and have not been told, up to 500 at once; how
    many. Raises NobodyToTell.
    """
    by.require("orders.tell_holders")
    with transaction.atomic():
        rows = list(
            RecalledGoods.objects.locked().filter(lot=lot, status=RecalledGoods.Status.TO_TELL)[
                :AT_ONCE
            ]
        )
        if not rows:
            raise NobodyToTell
        for row in rows:
            advance(row, "tell")
            row.told_at = now()
            row.save(update_fields=["status", "told_at"])
        publish(HoldersTold(lot.pk, [row.pk for row in rows]), by=by)
    return len(rows)


def settle_recalled(row: RecalledGoods, outcome: str, note: str = "", *, by: Actor) -> None:
    """Say what became of recalled goods (`outcome`: RecalledGoods.Outcome). With the last of a lot
    its follow-up is done. Raises InvalidValue, IllegalTransition.
    """
    by.require("orders.settle_recalled")
    if outcome not in RecalledGoods.Outcome.values:
        raise InvalidValue(fields={"outcome": [_("Choose how it ended.")]})
    with transaction.atomic():
        lot = Lot.objects.locked().get(pk=row.lot_id)
        row = RecalledGoods.objects.locked().get(pk=row.pk)
        advance(row, "settle")
        row.outcome, row.note = outcome, note.strip()[:LONGEST_NOTE]
        row.settled_at, row.settled_by = now(), by.user
        row.save(update_fields=["status", "outcome", "note", "settled_at", "settled_by"])
        publish(RecalledGoodsSettled(row.pk, row.order_id, outcome), by=by)
        if not open_recalls(lot):
            settle_items(RECALLED_LOT, lot.stream, by=OF_THE_RECALL)
