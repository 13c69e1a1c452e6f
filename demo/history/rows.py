"""Rows of many tables at once: numbered here, written by COPY."""

from collections import defaultdict
from operator import itemgetter
from typing import Any

from django.db import connection

WRITTEN_IN = (
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
            number = self._last[table] = self._last_of(table) + 1
            values["id"] = number
        self._rows[table].append(values)
        return number

    def _last_of(self, table: str) -> int:
        if table not in self._last:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
                self._last[table] = cursor.fetchone()[0]
        return self._last[table]

    def write(self) -> None:
        """Into the caller's transaction; KeyError for a row that lacks a column of its table."""
        with connection.cursor() as cursor:
            for table in WRITTEN_IN:
                if rows := self._rows.pop(table, None):
                    _copy(cursor, table, rows)
                    if table not in NAMED:
                        cursor.execute(
                            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                            [table, self._last[table]],
                        )
        if self._rows:
            raise KeyError(f"no place in WRITTEN_IN for {sorted(self._rows)}")


def _copy(cursor: Any, table: str, rows: list[dict[str, Any]]) -> None:
    columns = tuple(rows[0])
    values = itemgetter(*columns)
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(values(row))
