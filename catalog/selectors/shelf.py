"""What customers look at all day, one planned statement each: a page of the list, one product.

Both are cards that the database keeps as they are told (`catalog.models.ShelfCard`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catalog import rules
from shop.statements import rows_of

LARGEST_KEY = 2**63 - 1

ORDERS = {
    "newest": ("published_at", "timestamptz", "DESC"),
    "price": ("price_fen", "int", "ASC"),
    "-price": ("price_fen", "int", "DESC"),
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
    """A row of a list as JSON, and where it stands: `Wanted.after` of the page that follows it."""

    row: str
    position: str
    key: int


TOLD = {
    "timestamptz": "to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US+00:00')",
    "int": "price_fen::text",
}
PAGE = """
SELECT "row", {told}, product_id FROM catalog_shelfcard
WHERE price_fen IS NOT NULL {conditions}
ORDER BY {position} {way}, product_id DESC LIMIT %(size)s
"""


def page(wanted: Wanted) -> list[Shown]:
    """The next `size` products that are published and priced."""
    position, kind, way = ORDERS[wanted.order]
    statement = PAGE.format(
        conditions="".join(f" AND {condition}" for condition in _conditions(wanted)),
        told=TOLD[kind],
        position=position,
        way=way,
    )
    return [Shown(*row) for row in rows_of(statement, _values(wanted))]


def _conditions(wanted: Wanted) -> Iterator[str]:
    if wanted.category:
        yield "category_id = (SELECT id FROM catalog_category WHERE slug = %(category)s)"
    if wanted.brand is not None:
        yield "brand_id = %(brand)s::bigint"
    if wanted.price_min is not None:
        yield "price_fen >= %(price_min)s::int"
    if wanted.price_max is not None:
        yield "price_fen <= %(price_max)s::int"
    if wanted.words:
        yield "catalog_grams(found_by) @> %(grams)s::text[]"
    for number in range(len(wanted.words)):
        yield f"position(%(word{number})s::text IN found_by) > 0"
    if wanted.after is not None:
        yield _after(*ORDERS[wanted.order])


def _after(position: str, kind: str, way: str) -> str:
    last, key = f"%(position)s::{kind}", "%(key)s::bigint"
    if way == "DESC":
        return f"({position}, product_id) < ({last}, {key})"
    return f"({position} > {last} OR ({position} = {last} AND product_id < {key}))"


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


ONE = "SELECT page FROM catalog_shelfcard WHERE product_id = %(pk)s::bigint AND page IS NOT NULL"


def product_page(pk: int) -> str | None:
    """A published product with its specifications, as JSON; None: there is none."""
    rows = rows_of(ONE, {"pk": pk}) if pk <= LARGEST_KEY else []
    return str(rows[0][0]) if rows else None
