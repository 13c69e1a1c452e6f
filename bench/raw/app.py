"""One WSGI callable, psycopg with prepared statements, and nothing else: no framework, no accounts,
no checks of what comes in, no history of what happened.

Each thread keeps one connection. A list, a detail and a search are one statement, an order is one
statement that takes the stock behind a guard, in the order of the keys, and one durable commit.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import psycopg

Start = Callable[[str, list[tuple[str, str]]], object]
ROW = (
    "id", "code", "kind", "title", "selling_point", "brand", "category",
    "price_fen", "member_price_fen", "stock",
)  # fmt: skip
FIELDS = ", ".join(ROW)
PAGE = "ORDER BY published_at DESC, id DESC LIMIT 24"
LIST = f"SELECT {FIELDS} FROM raw.product WHERE category = %s {PAGE}"  # noqa: S608 - our own words
SEARCH = f"SELECT {FIELDS} FROM raw.product WHERE title LIKE %s {PAGE}"  # noqa: S608
DETAIL = """
SELECT id, code, kind, brand_object, category_object, content,
       (SELECT json_agg(json_build_object(
            'id', id, 'code', code, 'name', name, 'price_fen', price_fen,
            'member_price_fen', member_price_fen, 'reference_price_fen', reference_price_fen,
            'stock', stock) ORDER BY id)::text
        FROM raw.sku WHERE product_id = product.id)
FROM raw.product AS product WHERE id = %s
"""
ORDER = """
WITH wanted (sku, quantity) AS (SELECT * FROM unnest(%(skus)s::bigint[], %(quantities)s::int[])),
held AS (SELECT id FROM raw.sku WHERE id = ANY (%(skus)s::bigint[]) ORDER BY id FOR NO KEY UPDATE),
taken AS (
    UPDATE raw.sku SET stock = stock - wanted.quantity FROM wanted, held
    WHERE sku.id = wanted.sku AND held.id = sku.id AND stock >= wanted.quantity
    RETURNING sku.id, sku.price_fen, wanted.quantity),
made AS (
    INSERT INTO raw.ordered (address, payable_fen, status)
    SELECT %(address)s::jsonb, sum(price_fen * quantity), 1 FROM taken
    HAVING count(*) = cardinality(%(skus)s::bigint[])
    RETURNING id, payable_fen, placed_at),
lines AS (
    INSERT INTO raw.line SELECT made.id, taken.id, taken.quantity, taken.price_fen FROM made, taken)
SELECT id, payable_fen, placed_at FROM made
"""
ADDRESS = '{"recipient": "王明", "phone": "13800001234", "street": "文三路 90 号 2 幢"}'
_local = threading.local()


def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    status, body = "200 OK", b'{"status": "alive"}'
    if path == "/list":
        body = listed(LIST, asked(environ)["category"][0])
    elif path == "/search":
        body = listed(SEARCH, f"%{asked(environ)['search'][0]}%")
    elif path.startswith("/detail/"):
        body = detail(int(path[8:]))
    elif path == "/orders":
        status, body = order(json.loads(environ["wsgi.input"].read()))
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def asked(environ: dict[str, Any]) -> dict[str, list[str]]:
    return parse_qs(environ["QUERY_STRING"])


def listed(statement: str, value: str) -> bytes:
    rows = [told(row) for row in connected().execute(statement, [value]).fetchall()]
    return json.dumps(
        {"next": None, "previous": None, "results": rows}, ensure_ascii=False
    ).encode()


def told(row: tuple[Any, ...]) -> dict[str, Any]:
    values = dict(zip(ROW, row, strict=True))
    values["stock"] = level(values["stock"])
    return values


def level(units: int) -> str:
    return "in_stock" if units > 10 else "low" if units else "sold_out"


def detail(product: int) -> bytes:
    """The JSON that the database made, put together."""
    row = connected().execute(DETAIL, [product]).fetchone()
    assert row is not None
    names = ("brand", "category", "content", "skus")
    first = f'"id": {row[0]}, "code": "{row[1]}", "kind": "{row[2]}"'
    rest = ", ".join(f'"{name}": {text}' for name, text in zip(names, row[3:], strict=True))
    return f"{{{first}, {rest}}}".encode()


def order(sent: dict[str, Any]) -> tuple[str, bytes]:
    lines = sent["lines"]
    values = {
        "skus": [line["sku"] for line in lines],
        "quantities": [line["quantity"] for line in lines],
        "address": ADDRESS,
    }
    with connected().transaction():
        made = connected().execute(ORDER, values).fetchone()
        if made is None:
            raise psycopg.Rollback
    if made is None:
        return "409 Conflict", b'{"code": "sold-out"}'
    told = {"number": str(made[0]), "status": "unpaid", "payable_fen": made[1]}
    return "201 Created", json.dumps({**told, "placed_at": made[2].isoformat()}).encode()


def connected() -> psycopg.Connection[Any]:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(
            os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=0
        )
    return _local.connection  # type: ignore[no-any-return]
