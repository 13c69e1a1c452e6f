"""Rows of many tables at once: numbered here, written by COPY."""

from collections import defaultdict
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from django.db import connection

WRITTEN_IN = (
    "catalog_brand",
    "catalog_productrevision",
    "catalog_product",
    "catalog_sku",
    "catalog_offer",
    "catalog_lot",
    "identity_party",
    "identity_customer",
    "identity_address",
    "marketing_membership",
    "records_policyacceptance",
    "orders_order",
    "orders_orderline",
    "orders_payment",
    "orders_parcel",
    "orders_parcelline",
    "orders_trackingscan",
    "orders_parceltrack",
    "orders_shippingupload",
    "orders_deskpush",
    "catalog_stockmove",
    "catalog_lotallotment",
    "catalog_lotmove",
    "books_journal",
    "books_journalline",
    "timing_clock",
    "timing_timer",
    "notices_notice",
    "notices_noticesending",
    "events_stream",
    "events_eventlog",
    "events_delivery",
)
"""Each table after those that it refers to."""
NAMED = {"events_stream", "events_eventlog", "orders_parceltrack"}
"""Tables whose rows bring their own key."""


class Rows:
    """What is to be written; nothing is until `write`, and then all of it."""

    def __init__(self) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._last: dict[str, int] = {}

    def add(self, table: str, **values: Any) -> int:
        """One more row; its number, or 0 when it is named otherwise. Every row of a table names
        the same columns."""
        number = 0
        if table not in NAMED:
            number = self._last[table] = self.next_number(table)
            values["id"] = number
        self._rows[table].append(values)
        return number

    def next_number(self, table: str) -> int:
        """What the next row of the table will be numbered."""
        return self._last_of(table) + 1

    def leave_room(self, taken: Mapping[str, int]) -> None:
        """Number what comes now after these: somebody else will write up to there."""
        for table, last in taken.items():
            self._last[table] = max(last, self._last.get(table, 0))

    def _last_of(self, table: str) -> int:
        if table not in self._last:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
                self._last[table] = cursor.fetchone()[0]
        return self._last[table]

    def write(self) -> None:
        """Into the caller's transaction, and go on; KeyError for a row that lacks a column of its
        table."""
        with connection.cursor() as cursor:
            for table in WRITTEN_IN:
                if rows := self._rows.pop(table, None):
                    copy_rows(cursor, table, rows)
                    if table not in NAMED:
                        count_on(cursor, table, self._last[table])
        if self._rows:
            raise KeyError(f"no place in WRITTEN_IN for {sorted(self._rows)}")


def count_on(cursor: Any, table: str, last: int) -> None:
    """The table's own numbering goes on after this number, or after a higher one."""
    cursor.execute(
        "SELECT setval(name, greatest(%s, pg_sequence_last_value(name::regclass)))"
        " FROM pg_get_serial_sequence(%s, 'id') AS name",
        [last, table],
    )


def copy_rows(cursor: Any, table: str, rows: list[dict[str, Any]]) -> None:
    """COPY; every row names the same columns."""
    columns = tuple(rows[0])
    values = itemgetter(*columns)
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(values(row))
