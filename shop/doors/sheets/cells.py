"""What a sheet is made of, and how a cell that looks like a formula is kept a text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from shop.clock import SHANGHAI
from shop.errors import Text

Cell = Text | int | Decimal | date | datetime | None
"""What a program puts in. Empty is None: a figure that is missing is not a zero."""


class Kind(Enum):
    """What a column holds. Fen become yuan and basis points per cent, exactly; no float."""

    TEXT = "text"
    NUMBER = "number"
    FEN = "fen"
    BASIS_POINTS = "basis_points"
    DATE = "date"
    INSTANT = "instant"


TEXT, NUMBER, FEN = Kind.TEXT, Kind.NUMBER, Kind.FEN
BASIS_POINTS, DATE, INSTANT = Kind.BASIS_POINTS, Kind.DATE, Kind.INSTANT


@dataclass(frozen=True)
class Column:
    """A heading and what stands below it. `width` in characters; None: as wide as is needed."""

    title: Text
    kind: Kind = TEXT
    width: int | None = None


@dataclass(frozen=True)
class Sheet:
    """A table with its headings. `footer` is printed on every page: who made it, and when."""

    name: Text
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    footer: Text = ""


def plain(value: Cell, kind: Kind) -> str | int | Decimal | date | datetime | None:
    """The value as it stands in a file: yuan, fractions, and times of the day in Shanghai.

    Raises TypeError for a value that its column cannot hold: a fault of the program.
    """
    if value is None:
        return None
    if kind is TEXT:
        return str(value)
    if kind in (FEN, BASIS_POINTS):
        return Decimal(_whole(value)).scaleb(-2 if kind is FEN else -4)
    if kind is NUMBER and isinstance(value, int | Decimal):
        return value
    if kind is INSTANT and isinstance(value, datetime):
        return value.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
    if kind is DATE and isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise TypeError(f"{value!r} in a column of {kind.value}")


def _whole(value: Cell) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"{value!r} is no whole number")


FORMULA_LIKE = re.compile(r"'*(\s*[=+\-@＝＋－＠]|[\t\r\n])")
"""What a spreadsheet may run when it opens a CSV, also behind white space or in full width."""


def guarded(text: str) -> str:
    """A text for a CSV: what looks like a formula gets an apostrophe, and so does what has one."""
    return f"'{text}" if FORMULA_LIKE.match(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if text.startswith("'") and FORMULA_LIKE.match(text[1:]) else text
