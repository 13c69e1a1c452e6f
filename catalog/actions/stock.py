"""What may be promised: taken by orders, given back, withdrawn with a lot and freed with it."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F, IntegerField, Value
from django.db.models.functions import Greatest

from catalog.errors import SoldOut
from catalog.kinds import GOODS_SHORT
from catalog.models import Offer, Sku, StockMove
from shop.clock import now
from shop.identity.actors import Actor
from shop.statements import rows_of
from shop.work.actions.items import settle_items

OF_THE_STOCK = Actor.system("what the lots in the house allow")


# A rival's commit is waited for where the rows are held, in the order of their keys; what the
# UPDATE then finds is what the rival left.
TAKE = """
WITH wanted AS (
    SELECT * FROM unnest(%(skus)s::bigint[], %(units)s::int[]) AS one (sku, units)),
held AS MATERIALIZED (
    SELECT sku_id FROM catalog_offer WHERE sku_id = ANY (%(skus)s::bigint[])
    ORDER BY sku_id FOR NO KEY UPDATE),
moved AS (
    INSERT INTO catalog_stockmove (sku_id, cause, quantity, reference, at)
    SELECT sku, %(cause)s, -units, %(reference)s, %(at)s FROM wanted),
taken AS (
    UPDATE catalog_offer SET available = available - units, version = version + 1
    FROM wanted JOIN held ON held.sku_id = wanted.sku
    WHERE catalog_offer.sku_id = wanted.sku AND available >= units AND NOT is_stopped
    RETURNING catalog_offer.sku_id)
SELECT sku_id FROM taken
"""


def take_stock(wanted: Mapping[int, int], reference: str, *, by: Actor) -> None:
    """Take units of several SKUs (id → quantity), all or none; call it last before commit.

    One guarded UPDATE decides: no read before it can be out of date, and the hot row is held only
    until the caller commits. Nothing is taken of what is off sale. Raises SoldOut naming a SKU.
    """
    by.require("catalog.take_stock")
    values = {
        "skus": list(wanted),
        "units": list(wanted.values()),
        "cause": StockMove.Cause.ORDERED.value,
        "reference": reference,
        "at": now(),
    }
    taken = {sku for (sku,) in rows_of(TAKE, values)}
    if missing := sorted(wanted.keys() - taken):
        raise SoldOut(fields={"sku": [str(missing[0])]})


def release_stock(reference: str, *, by: Actor) -> None:
    """Give back what was taken under this reference, once however often it is asked."""
    by.require("catalog.release_stock")
    with transaction.atomic():
        taken = StockMove.objects.filter(cause=StockMove.Cause.ORDERED, reference=reference)
        for move in taken.order_by("sku_id"):
            _give_back(move.sku_id, -move.quantity, reference)


def give_back_stock(units: Mapping[int, int], reference: str, *, by: Actor) -> None:
    """Put units (SKU id → quantity) that were taken and never left back on sale, once per
    reference.

    Goods that did leave come back by lot, through `take_back_goods`. Call it last before commit,
    like `take_stock`.
    """
    by.require("catalog.give_back_stock")
    with transaction.atomic():
        for sku, quantity in sorted(units.items()):
            _give_back(sku, quantity, reference)


def _give_back(sku_id: int, quantity: int, reference: str) -> None:
    _back, is_new = StockMove.objects.get_or_create(
        sku_id=sku_id,
        cause=StockMove.Cause.RELEASED,
        reference=reference,
        defaults={"quantity": quantity, "at": now()},
    )
    if is_new:
        _promise_more(sku_id, quantity)


def free_stock(
    sku: Sku, quantity: int, cause: StockMove.Cause, reference: str, *, by: Actor
) -> None:
    """So many more units in sellable lots may be promised; what was short is covered first.

    Call it last before commit. Raises IntegrityError for a fact that was booked already.
    """
    by.require("catalog.free_stock")
    StockMove.objects.create(sku=sku, cause=cause, quantity=quantity, reference=reference, at=now())
    _promise_more(sku.pk, quantity)
    if Offer.objects.filter(sku=sku, short=0).exists():
        settle_items(GOODS_SHORT, sku.stream, by=OF_THE_STOCK)


def _promise_more(sku_id: int, quantity: int) -> None:
    Offer.objects.filter(sku_id=sku_id).update(
        available=F("available") + _at_least_nothing(Value(quantity) - F("short")),
        short=_at_least_nothing(F("short") - quantity),
        version=F("version") + 1,
    )


def hold_stock(sku: Sku, quantity: int, reference: str, *, by: Actor) -> int:
    """So many units may not be promised any more; returns how many that were promised are short."""
    by.require("catalog.hold_stock")
    if quantity:
        StockMove.objects.create(
            sku=sku, cause=StockMove.Cause.HELD, quantity=-quantity, reference=reference, at=now()
        )
        Offer.objects.filter(sku=sku).update(
            available=_at_least_nothing(F("available") - quantity),
            short=F("short") + _at_least_nothing(Value(quantity) - F("available")),
            version=F("version") + 1,
        )
    return Offer.objects.get(sku=sku).short


def _at_least_nothing(units: object) -> Greatest:
    return Greatest(units, Value(0), output_field=IntegerField())
