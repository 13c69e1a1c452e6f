"""Reads over the published catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from django.db import connection
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from catalog import rules
from catalog.models import (
    CUSTOMER,
    LOSS,
    QUARANTINE,
    Brand,
    Category,
    Lot,
    LotBalance,
    LotMove,
    Product,
    ProductRevision,
    Sku,
)
from shop.law.rulebook import scan
from shop.law.rules import Finding

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

IS_PRICED = Q(skus__offer__isnull=False)


class Offered(TypedDict):
    """What a list shows of a product's offers: lowest prices (fen), largest stock."""

    price_fen: int
    member_price_fen: int | None
    available: int


def storefront() -> QuerySet[WithAnnotations[Product, Offered]]:
    """What customers see listed: published, priced; one query with all a list shows."""
    products = Product.objects.published().filter(IS_PRICED)
    return products.select_related("live_revision", "brand", "category").annotate(  # type: ignore[return-value]
        price_fen=Min("skus__offer__price_fen"),
        member_price_fen=Min("skus__offer__member_price_fen"),
        available=Max("skus__offer__available"),
    )


def stocked_categories() -> QuerySet[Category]:
    """Shelves with something on them, in shop order."""
    published = Product.objects.published().filter(category=OuterRef("pk"))
    return Category.objects.filter(Exists(published))


def stocked_brands() -> QuerySet[Brand]:
    """Brands with something published."""
    published = Product.objects.published().filter(brand=OuterRef("pk"))
    return Brand.objects.filter(Exists(published))


def objections_to(revision: ProductRevision) -> dict[str, list[Finding]]:
    """What the law objects to in a revision's content today, by field (CA2); places in the field.

    A statement that is missing is an objection to the field that should hold it.
    """
    text, begins = rules.one_text(revision.text)
    objections: dict[str, list[Finding]] = {}
    for finding in scan(text, revision.product.kind):
        name = rules.field_at(finding.start, begins) if finding.words else "notice"
        start = begins[name] if finding.words else 0
        moved = replace(finding, start=finding.start - start, end=finding.end - start)
        objections.setdefault(name, []).append(moved)
    return objections


def lots_of(sku: Sku) -> QuerySet[Lot]:
    """The lots of which something is on the shelf or set aside, the first to expire first."""
    here = LotBalance.objects.exclude(place__in=[CUSTOMER, LOSS]).filter(quantity__gt=0)
    lots = sku.lots.filter(Exists(here.filter(lot=OuterRef("pk"))))
    units = Sum("balances__quantity", filter=~Q(balances__place__in=[CUSTOMER, LOSS]))
    return lots.annotate(units=units).first_expired_first()


def next_step(cause: LotMove.Cause, reference: str) -> int:
    """The number of the next move of a cause under a reference; asked behind a lock."""
    booked = LotMove.objects.filter(cause=cause, reference=reference)
    return (booked.aggregate(last=Max("step"))["last"] or 0) + 1


OUT_OF_BALANCE = """
WITH booked AS (
    SELECT lot_id, place_id, sum(units) AS units FROM (
        SELECT lot_id, to_place_id AS place_id, quantity AS units FROM catalog_lotmove
        UNION ALL
        SELECT lot_id, from_place_id, -quantity FROM catalog_lotmove) AS sides
    WHERE place_id <> 'supplier' GROUP BY lot_id, place_id),
wrong_lots AS (
    SELECT lot_id FROM booked FULL JOIN catalog_lotbalance AS kept USING (lot_id, place_id)
    WHERE coalesce(booked.units, 0) <> coalesce(kept.quantity, 0)),
promises AS (SELECT sku_id, sum(quantity) AS units FROM catalog_stockmove GROUP BY sku_id),
house AS (
    SELECT lot.sku_id, sum(kept.quantity) AS units
    FROM catalog_lotbalance AS kept JOIN catalog_lot AS lot ON lot.id = kept.lot_id
    WHERE kept.place_id IN ('shelf', 'packing') AND lot.status = 'sellable' GROUP BY lot.sku_id),
owed AS (
    SELECT sku_id, sum(units) AS units FROM (
        SELECT sku_id, -quantity AS units FROM catalog_stockmove
        WHERE cause IN ('ordered', 'released')
        UNION ALL
        SELECT sku_id, -quantity FROM catalog_lotmove WHERE cause = 'shipped') AS sides
    GROUP BY sku_id)
SELECT lot.sku_id FROM wrong_lots JOIN catalog_lot AS lot ON lot.id = wrong_lots.lot_id
UNION
SELECT offer.sku_id FROM catalog_offer AS offer
LEFT JOIN promises USING (sku_id) LEFT JOIN house USING (sku_id) LEFT JOIN owed USING (sku_id)
WHERE offer.available - offer.short <> coalesce(promises.units, 0)
   OR offer.available - offer.short <> coalesce(house.units, 0) - coalesce(owed.units, 0)
"""


def skus_out_of_balance() -> set[int]:
    """SKUs of which balances are not their moves, or promises not what the goods allow."""
    with connection.cursor() as cursor:
        cursor.execute(OUT_OF_BALANCE)
        return {sku for (sku,) in cursor.fetchall()}


def unfit_lots() -> QuerySet[Lot]:
    """Lots that must not be sold and stand set aside, with `aside`: how many units."""
    aside = LotBalance.objects.filter(lot=OuterRef("pk"), place=QUARANTINE, quantity__gt=0)
    unsellable = Lot.objects.exclude(status=Lot.Status.SELLABLE).filter(Exists(aside))
    lots = unsellable.annotate(aside=Subquery(aside.values("quantity")[:1]))
    return lots.select_related("sku").order_by("sku__code", "code")
