"""From patterns to orders: one statement for each table, which makes all copies of its rows.

A number of a pattern plus the number of the copy is the number of the row. What no rule here
names is the same in all copies; a new column of a table is copied without a word.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from django.db import connection

from demo.history.rows import NAMED, count_on
from demo.large.patterns import SCHEMA, Patterns
from shop.events.outbox import EVENTS

OF_THE_BUYER = ("recipient", "phone", "phone_index", "province", "city", "district", "street")


def moved(text: str) -> str:
    """SQL: `order:17` of the pattern becomes the copy's `order:18`."""
    return f"split_part({text}, ':', 1) || ':' || (split_part({text}, ':', 2)::bigint + c.copy)"


TIME_ORDERED = """
(lpad(to_hex(floor(extract(epoch FROM t.{at} + c.later) * 1000)::bigint), 12, '0')
 || substr(replace(t.{id}::text, '-', ''), 13, 16) || lpad(to_hex(c.copy::int), 4, '0'))::uuid
"""
BY_NAME = {
    "customer_id": "CASE WHEN t.customer_id IS NOT NULL THEN c.customer_id END",
    "party_id": "CASE WHEN t.party_id IS NOT NULL THEN c.party_id END",
    "sku_id": "g.sku_id",
    "lot_id": "l.lot_id",
    "revision_id": "g.revision_id",
    "subject": moved("t.subject"),
    "stream": moved("t.stream"),
    "transaction_id": "c.transaction_id",
}
BY_PLACE = {
    "orders_order.number": "c.number",
    **{f"orders_order.{name}": f"b.{name}" for name in OF_THE_BUYER},
    "orders_orderline.title": "g.title",
    "orders_orderline.specification": "g.specification",
    "orders_payment.out_trade_no": "c.number || substr(t.out_trade_no, 19)",
    "orders_payment.prepay_id": "c.prepay_id",
    "orders_parcel.waybill": "c.waybill",
    "orders_trackingscan.place": "CASE WHEN t.place <> '' THEN b.city ELSE '' END",
    "orders_trackingscan.digest": """
        sha256(convert_to(concat_ws(E'\\n',
            to_char((t.at + c.later) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS')
            || '+08:00', t.state, t.text, CASE WHEN t.place <> '' THEN b.city ELSE '' END),
            'UTF8'))""",
    "catalog_stockmove.reference": "c.number",
    "catalog_lotallotment.reference": "c.number",
    "catalog_lotmove.reference": """
        c.number || ' P' || (split_part(t.reference, ' P', 2)::bigint + c.copy)""",
    "books_journal.booked_on": """
        t.booked_on + (((t.posted_at + c.later) AT TIME ZONE 'Asia/Shanghai')::date
                       - (t.posted_at AT TIME ZONE 'Asia/Shanghai')::date)""",
    "notices_notice.key": moved("t.key"),
    "notices_notice.figures": """
        CASE WHEN t.figures ? 'parcel_id' THEN jsonb_build_object(
            'parcel_id', (t.figures ->> 'parcel_id')::bigint + c.copy) ELSE t.figures END""",
    "events_stream.name": moved("t.name"),
    "events_eventlog.id": TIME_ORDERED.format(id="id", at="at"),
    "events_delivery.event_id": TIME_ORDERED.format(id="event_id", at="created_at"),
}
GOODS = f"JOIN {SCHEMA}.good g ON g.rep = t.sku_id AND g.slot = c.slot"
LOTS = f"JOIN {SCHEMA}.lot l ON l.sku_id = g.sku_id AND l.period = t.lot_id"
BUYER = f"JOIN {SCHEMA}.buyer b ON b.customer_id = c.customer_id"
JOINS = {
    "orders_order": BUYER,
    "orders_trackingscan": BUYER,
    "orders_orderline": GOODS,
    "catalog_stockmove": GOODS,
    "catalog_lotallotment": f"{GOODS} {LOTS}",
    "catalog_lotmove": f"{GOODS} {LOTS}",
    "orders_parcelline": f"""
        JOIN {SCHEMA}.orders_orderline line ON line.id = t.line_id
        JOIN {SCHEMA}.good g ON g.rep = line.sku_id AND g.slot = c.slot {LOTS}""",
}


def multiply(patterns: Patterns, references: Mapping[str, set[str]]) -> Iterator[int]:
    """Write all copies; yields after each table how many rows it got.

    `references`: of each table the columns that hold numbers of rows which are copied too.
    """
    with connection.cursor() as cursor:
        # Pattern by pattern, as they were placed: so the rows lie in the order of their time.
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        last = patterns.last_numbers
        for table, columns in patterns.columns.items():
            cursor.execute(_statement(cursor, table, columns, references.get(table, set())))
            yield cursor.rowcount
            if table not in NAMED:
                count_on(cursor, table, last[table])


def _statement(cursor: Any, table: str, columns: tuple[str, ...], numbers: set[str]) -> str:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND atttypid = 'timestamptz'::regtype",
        [table],
    )
    instants = {name for (name,) in cursor.fetchall()}
    values = ", ".join(_value(table, one, numbers, instants) for one in columns)
    return f"""
        INSERT INTO {table} ({", ".join(columns)})
        SELECT {values} FROM {SCHEMA}.{table} t JOIN {SCHEMA}.copy c ON c.owner = t.owner
        {JOINS.get(table, "")}
    """


def _value(table: str, column: str, numbers: set[str], instants: set[str]) -> str:
    place = f"{table}.{column}"
    if place == "events_eventlog.data":
        return _data()
    if place in BY_PLACE:
        return BY_PLACE[place]
    if column in BY_NAME:
        return BY_NAME[column]
    if column in numbers or column == "id":
        return f"t.{column} + c.copy"
    return f"t.{column} + c.later" if column in instants else f"t.{column}"


def _data() -> str:
    """SQL: what each kind of fact says, of the copy."""
    cases = [f"WHEN '{kind}' THEN {_said(kind)}" for kind in TOLD]
    return f"CASE t.kind {' '.join(cases)} END"


def _said(kind: str) -> str:
    pairs = (f"'{one.name}', {_figure(one.name)}" for one in fields(EVENTS[kind]))
    return f"jsonb_build_object({', '.join(pairs)})"


def _figure(name: str) -> str:
    text = f"(t.data ->> '{name}')"
    if name in COPIED_IDS:
        return f"{text}::bigint + c.copy"
    if name == "subject":
        return moved(text)
    return "c.waybill" if name == "waybill" else f"t.data -> '{name}'"


COPIED_IDS = {"order_id", "payment_id", "parcel_id", "clock_id"}
TOLD = (
    "orders.OrderPlaced", "orders.OrderPaid", "orders.OrderPushed", "orders.OrderConfirmed",
    "orders.OrderShipped", "orders.OrderSigned", "orders.OrderCompleted",
    "timing.ClockStarted", "timing.ClockMet",
)  # fmt: skip
"""The kinds of facts that patterns have; of another one the statement fails."""
