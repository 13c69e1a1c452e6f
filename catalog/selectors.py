"""Reads over the published catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, Max, Min, OuterRef, Prefetch, Q, QuerySet

from catalog import rules
from catalog.models import Brand, Category, Product, ProductRevision, Sku
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


def product_page() -> QuerySet[Product]:
    """A product with its specifications and offers, for its detail page: two queries."""
    skus = Sku.objects.filter(offer__isnull=False).select_related("offer")
    return (
        Product.objects.published()
        .select_related("live_revision", "brand", "category")
        .prefetch_related(Prefetch("skus", queryset=skus))
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
