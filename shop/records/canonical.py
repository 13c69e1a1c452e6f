"""The canonical form of a row of either log, as SQL: what its seal vouches for.

PostgreSQL's binary form of the columns, named one by one: each value with its type and length, so
that no two rows have the same form; untouched by a session's settings and by later columns.
"""

from dataclasses import dataclass

from shop.records.models import Seal


@dataclass(frozen=True)
class Log:
    """A log that is sealed."""

    source: Seal.Source
    table: str
    columns: str

    def digest(self, alias: str) -> str:
        """SQL: the SHA-256 of a row's canonical form."""
        columns = ", ".join(f"{alias}.{column}" for column in self.columns.split())
        return f"sha256(record_send(ROW({columns})))"


LOGS = (
    Log(
        Seal.Source.EVENT,
        "events_eventlog",
        "id kind stream seq data at door user_id customer_id reason",
    ),
    Log(
        Seal.Source.AUDIT,
        "records_auditentry",
        "id kind subject purpose at door user_id customer_id network request_id",
    ),
)
