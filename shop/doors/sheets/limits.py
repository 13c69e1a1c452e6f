"""How large a file from outside may be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bytes as uploaded and once inflated; rows under the headings; columns; characters of a
    cell; bytes of a line of a CSV."""

    bytes: int = 5_000_000
    inflated: int = 40_000_000
    rows: int = 20_000
    columns: int = 60
    cell: int = 2_000
    line: int = 100_000
