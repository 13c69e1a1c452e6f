"""The patterns as rows: written by the demo's own history, beside the shop's tables, each row with
the order it came of."""

from collections import defaultdict
from typing import Any

from django.db import connection

from demo.history.rows import NAMED, Rows, copy_rows
from demo.large.size import COPIES

SCHEMA = "large"


class Patterns(Rows):
    """Rows of orders that nobody placed. Their numbers leave room: copy n has the number plus n.

    `owner` is set to the place of each order before it adds its rows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.owner = 0
        self.count = 0
        self.columns: dict[str, tuple[str, ...]] = {}

    def add(self, table: str, **values: Any) -> int:
        number = 0
        if table not in NAMED:
            number = self.next_number(table)
            self._last[table] = number + COPIES - 1
            values["id"] = number
        self._rows[table].append(values | {"owner": self.owner})
        return number

    @property
    def last_numbers(self) -> dict[str, int]:
        """Of each table, what its last copy will be numbered."""
        return dict(self._last)

    def write(self) -> None:
        """Into tables of the schema `large` that are made for it."""
        with connection.cursor() as cursor:
            for table, rows in self._rows.items():
                if table not in self.columns:
                    _make(cursor, table)
                    self.columns[table] = tuple(name for name in rows[0] if name != "owner")
                copy_rows(cursor, f"{SCHEMA}.{table}", rows)
                self.count += len(rows)
        self._rows = defaultdict(list)


def _make(cursor: Any, table: str) -> None:
    cursor.execute(f"CREATE UNLOGGED TABLE {SCHEMA}.{table} (LIKE public.{table}, owner integer)")
    # A default or a NOT NULL of the original speaks of whole rows; these are halves.
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnotnull"
        " AND attnum > 0",
        [f"{SCHEMA}.{table}"],
    )
    for (column,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {SCHEMA}.{table} ALTER COLUMN {column} DROP NOT NULL")
