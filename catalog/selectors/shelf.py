"""What customers look at all day, one planned statement each: a page of the list, one product.

Nothing here passes through models: a page of 24 would make a hundred objects to be thrown away.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog import rules
from catalog.models import ProductRevision
from shop.clock import SHANGHAI
from shop.statements import rows_of

CONTENT = ProductRevision.CONTENT
LARGEST_KEY = 2**63 - 1

ORDERS = {
    "newest": ("product.published_at", "timestamptz", "DESC"),
    "price": ("offered.price_fen", "int", "ASC"),
    "-price": ("offered.price_fen", "int", "DESC"),
}
"""By name: what it goes by, of what type, and which way; the newer of two equals comes first."""


@dataclass(frozen=True)
class Wanted:
    """How a page is narrowed and ordered. `after` is the position and key of the row before it.

    Prices in fen. Each of the words has to be part of the title.
    """

    size: int
    category: str = ""
    brand: int | None = None
    price_min: int | None = None
    price_max: int | None = None
    words: tuple[str, ...] = ()
    order: str = "newest"
    after: tuple[str, int] | None = None


@dataclass(frozen=True)
class Shown:
    """A product in a list; prices are the lowest of its specifications, in fen."""

    id: int
    code: str
    kind: str
    title: str
    selling_point: str
    brand: str
    category: str
    price_fen: int
    member_price_fen: int | None
    available: int
    published_at: datetime


OFFERED = """
SELECT min(offer.price_fen) AS price_fen, min(offer.member_price_fen) AS member_price_fen,
       max(offer.available) AS available
FROM catalog_sku AS sku JOIN catalog_offer AS offer ON offer.sku_id = sku.id
WHERE sku.product_id = product.id
"""
PRICED = f"CROSS JOIN LATERAL ({OFFERED}) AS offered"
# The rows of the page are chosen before anything is read about them.
PAGE = """
WITH found AS MATERIALIZED (
    SELECT product.id, row_number() OVER (ORDER BY {position} {way}, product.id DESC) AS place
    FROM catalog_product AS product {priced}
    WHERE product.live_revision_id IS NOT NULL {conditions}
    ORDER BY {position} {way}, product.id DESC LIMIT %(size)s)
SELECT product.id, product.code, product.kind, revision.title, revision.selling_point,
       brand.name, category.slug, offered.price_fen, offered.member_price_fen, offered.available,
       product.published_at
FROM found
JOIN catalog_product AS product ON product.id = found.id
JOIN catalog_productrevision AS revision ON revision.id = product.live_revision_id
JOIN catalog_brand AS brand ON brand.id = product.brand_id
JOIN catalog_category AS category ON category.id = product.category_id
CROSS JOIN LATERAL ({offered}) AS offered
ORDER BY found.place
"""
IS_PRICED = """EXISTS (
    SELECT FROM catalog_sku AS sku JOIN catalog_offer AS offer ON offer.sku_id = sku.id
    WHERE sku.product_id = product.id)"""


def page(wanted: Wanted) -> list[Shown]:
    """The next `size` products that are published and priced."""
    position, _type, way = ORDERS[wanted.order]
    statement = PAGE.format(
        priced=PRICED if _goes_by_price(wanted) else "",
        conditions="".join(f" AND {condition}" for condition in _conditions(wanted)),
        position=position,
        way=way,
        offered=OFFERED,
    )
    return [Shown(*row) for row in rows_of(statement, _values(wanted))]


def _goes_by_price(wanted: Wanted) -> bool:
    limits = (wanted.price_min, wanted.price_max)
    return wanted.order != "newest" or any(limit is not None for limit in limits)


def _conditions(wanted: Wanted) -> Iterator[str]:
    yield "offered.price_fen IS NOT NULL" if _goes_by_price(wanted) else IS_PRICED
    if wanted.category:
        yield "product.category_id = (SELECT id FROM catalog_category WHERE slug = %(category)s)"
    if wanted.brand is not None:
        yield "product.brand_id = %(brand)s::bigint"
    if wanted.price_min is not None:
        yield "offered.price_fen >= %(price_min)s::int"
    if wanted.price_max is not None:
        yield "offered.price_fen <= %(price_max)s::int"
    if wanted.words:
        yield "catalog_grams(product.found_by) @> %(grams)s::text[]"
    for number in range(len(wanted.words)):
        yield f"position(%(word{number})s::text IN product.found_by) > 0"
    if wanted.after is not None:
        yield _after(*ORDERS[wanted.order])


def _after(position: str, kind: str, way: str) -> str:
    last, key = f"%(position)s::{kind}", "%(key)s::bigint"
    if way == "DESC":
        return f"({position}, product.id) < ({last}, {key})"
    return f"({position} > {last} OR ({position} = {last} AND product.id < {key}))"


def _values(wanted: Wanted) -> dict[str, Any]:
    words = [word.lower() for word in wanted.words]
    position, key = wanted.after or ("", 0)
    return {
        "size": wanted.size,
        "category": wanted.category,
        "brand": wanted.brand,
        "price_min": wanted.price_min,
        "price_max": wanted.price_max,
        "grams": sorted({gram for word in words for gram in rules.grams(word)}),
        "position": position,
        "key": key,
        **{f"word{number}": word for number, word in enumerate(words)},
    }


ONE = """
SELECT product.id, product.code, product.kind, brand.id, brand.name,
       category.id, category.name, category.slug, category.parent_id,
       revision.number, revision.published_at, {content},
       ARRAY(
           SELECT json_build_array(sku.id, sku.code, sku.name, offer.price_fen,
                                   offer.member_price_fen, offer.reference_fen,
                                   offer.available)
           FROM catalog_sku AS sku JOIN catalog_offer AS offer ON offer.sku_id = sku.id
           WHERE sku.product_id = product.id ORDER BY sku.position, sku.id)
FROM catalog_product AS product
JOIN catalog_productrevision AS revision ON revision.id = product.live_revision_id
JOIN catalog_brand AS brand ON brand.id = product.brand_id
JOIN catalog_category AS category ON category.id = product.category_id
WHERE product.id = %(pk)s::bigint
"""


def product_page(pk: int) -> dict[str, Any] | None:
    """A published product with its specifications as the API tells it; None: there is none."""
    statement = ONE.format(content=", ".join(f"revision.{name}" for name in CONTENT))
    rows = rows_of(statement, {"pk": pk}) if pk <= LARGEST_KEY else []
    return _told(rows[0]) if rows else None


def _told(row: tuple[Any, ...]) -> dict[str, Any]:
    pk, code, kind, brand, brand_name, category, name, slug, parent, number, at, *text, skus = row
    return {
        "id": pk,
        "code": code,
        "kind": kind,
        "brand": {"id": brand, "name": brand_name},
        "category": {"id": category, "name": name, "slug": slug, "parent": parent},
        "content": {
            "number": number,
            "published_at": at.astimezone(SHANGHAI).isoformat(),
            **dict(zip(CONTENT, text, strict=True)),
        },
        "skus": [_specification(*sku) for sku in skus],
    }


def _specification(
    pk: int,
    code: str,
    name: str,
    price_fen: int,
    member_price_fen: int | None,
    reference_fen: int | None,
    available: int,
) -> dict[str, Any]:
    return {
        "id": pk,
        "code": code,
        "name": name,
        "price_fen": price_fen,
        "member_price_fen": member_price_fen,
        "reference_price_fen": reference_fen,
        "stock": rules.stock_level(available),
    }
