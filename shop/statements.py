"""A statement that PostgreSQL plans once per connection, for the few that every customer waits for.

Django binds values into the text, so that each execution is planned anew; a join of six tables is
planned longer than it runs. Here the server binds them, and keeps the plan with the connection.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor


class _Planned(ServerBindingCursor):  # type: ignore[misc]
    """Django keeps preparing off, for poolers that mix up sessions; ours are our own."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        before = self.connection.prepare_threshold
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, prepare=True, **options)
        finally:
            self.connection.prepare_threshold = before


def rows_of(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows; [] of a statement that returns none. Values have to have a type the server can
    tell: cast what stands alone (`%(name)s::bigint`). Raises what Django's cursors raise.
    """
    connection.ensure_connection()
    # The wrapper counts it like every other statement, and tells errors the same way.
    cursor = connection._prepare_cursor(_Planned(connection.connection))
    with cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []
