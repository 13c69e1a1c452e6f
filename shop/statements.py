"""A statement that PostgreSQL plans once per connection, for the few that every customer waits for.

Django binds values into the text, so that each execution is planned anew; a join of six tables is
planned longer than it runs. Here the server binds them, and keeps the plan with the connection.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor

_ServerBindingCursor = cast("Any", ServerBindingCursor)  # its stub knows none of its methods


class _Planned(_ServerBindingCursor):  # type: ignore[misc,valid-type]
    """Django keeps preparing off, for poolers that mix up sessions; ours are our own."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        before = self.connection.prepare_threshold
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, prepare=True, **options)
        finally:
            self.connection.prepare_threshold = before
            self._query = SimpleNamespace(query=str(query).encode())  # what Django's log reads


def rows_of(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows; [] of a statement that returns none. Values have to have a type the server can
    tell: cast what stands alone (`%(name)s::bigint`). Raises what Django's cursors raise.
    """
    ours = cast("Any", connection)
    ours.ensure_connection()
    # The wrapper counts it like every other statement, and tells errors the same way.
    cursor = ours._prepare_cursor(_Planned(ours.connection))
    with cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []
