"""While millions of rows come in, tables have neither indexes nor references; then all of them
again, which proves every reference and every key."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint
WHERE contype = %(kind)s AND conparentid = 0
  AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[]))
ORDER BY conrelid::regclass::text, conname
"""
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY(%(tables)s::regclass[]) AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid
                  AND k.contype IN ('p', 'u', 'x'))
ORDER BY 1
"""


@dataclass(frozen=True)
class Key:
    """A constraint of a table, as it was declared."""

    table: str
    name: str
    declared: str

    def drop(self, cursor: Any) -> None:
        cursor.execute(f'ALTER TABLE {self.table} DROP CONSTRAINT "{self.name}"')

    def put_back(self, cursor: Any) -> None:
        cursor.execute(f'ALTER TABLE {self.table} ADD CONSTRAINT "{self.name}" {self.declared}')


@contextmanager
def without_keys(tables: Sequence[str]) -> Iterator[None]:
    """Within the block the tables have no index and no reference leads to or from them. In the
    caller's transaction. Raises IntegrityError at its end for a row that has no place."""
    with connection.cursor() as cursor:
        references, unique, primary = (_keys(cursor, kind, tables) for kind in "fup")
        cursor.execute(INDEXES, {"tables": list(tables)})
        indexes = cursor.fetchall()
        for key in (*references, *unique, *primary):
            key.drop(cursor)
        for name, _declared in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for key in (*primary, *unique):
            key.put_back(cursor)
        for _name, declared in indexes:
            cursor.execute(declared)
        for key in references:
            key.put_back(cursor)


def _keys(cursor: Any, kind: str, tables: Sequence[str]) -> list[Key]:
    cursor.execute(KEYS, {"kind": kind, "tables": list(tables)})
    return [Key(*row) for row in cursor.fetchall()]


def references_within(tables: Sequence[str]) -> Mapping[str, set[str]]:
    """Of each table the columns that hold numbers of rows of these tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conrelid::regclass::text, attname::text FROM pg_constraint
            JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
            WHERE contype = 'f' AND conrelid = ANY(%(tables)s::regclass[])
              AND confrelid = ANY(%(tables)s::regclass[])
            """,
            {"tables": list(tables)},
        )
        found: dict[str, set[str]] = {}
        for table, column in cursor.fetchall():
            found.setdefault(table, set()).add(column)
    return found
