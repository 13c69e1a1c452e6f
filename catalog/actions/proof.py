"""The nightly proof that goods, moves and promises agree: what it finds becomes work."""

from django.db import transaction

from catalog.events import StockDiffered
from catalog.kinds import GOODS_SHORT, STOCK_DIFFERS
from catalog.models import Offer, Sku
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.work.actions.items import Matter, open_item, settle_items
from shop.work.models import WorkItem

OF_THE_PROOF = Actor.system("the proof of the stock")


def report_difference(sku: Sku, *, by: Actor) -> None:
    """Say that a SKU's goods are not what their ledgers say: urgent work, once while it is so."""
    by.require("catalog.report_difference")
    with transaction.atomic():
        if not WorkItem.objects.open().about(STOCK_DIFFERS.code, sku.stream, "").exists():
            publish(StockDiffered(sku.pk), by=by)
        open_item(STOCK_DIFFERS, Matter(sku.stream, figures={"sku": sku.code}), by=OF_THE_PROOF)


def settle_difference(sku: Sku, *, by: Actor) -> None:
    """Goods and ledgers agree again: the work is done."""
    by.require("catalog.settle_difference")
    with transaction.atomic():
        settle_items(STOCK_DIFFERS, sku.stream, by=OF_THE_PROOF)


def settle_shortage(sku: Sku, *, by: Actor) -> None:
    """Orders that were called off have covered what was short: nothing is left to be done."""
    by.require("catalog.settle_shortage")
    with transaction.atomic():
        if Offer.objects.select_for_update(no_key=True).get(sku=sku).short == 0:
            settle_items(GOODS_SHORT, sku.stream, by=OF_THE_PROOF)
