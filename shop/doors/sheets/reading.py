"""Tables in: XLSX and CSV from outside, held to limits before anything is parsed."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from shop.doors.sheets.cells import unguarded
from shop.doors.sheets.errors import FileRefused, FileTooLarge
from shop.doors.sheets.limits import Limits
from shop.doors.sheets.unpacking import unpacked

ReadCell = str | int | Decimal | bool | date | datetime | time | timedelta | None
ENCODINGS = ("utf-8-sig", "gb18030")
"""Excel's "CSV UTF-8", and its plain "CSV" on a Chinese machine."""

WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class TableRow:
    """A row under the headings. `number` is the one that people see beside it in Excel."""

    number: int
    cells: tuple[ReadCell, ...]


@dataclass(frozen=True)
class Table:
    """The first sheet of a file: its headings, and the rows below, without the empty ones."""

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]


def read_table(content: bytes, name: str, limits: Limits | None = None) -> Table:
    """Read an XLSX or CSV that somebody uploaded; each row is as wide as the headings.

    Limits are held before parsing, so that a hostile file costs little. Raises FileRefused (of
    another type, damaged, protected), FileTooLarge, and HostileFile (macros, entities, a bomb).
    """
    limits = limits or Limits()
    if len(content) > limits.bytes:
        raise FileTooLarge(_("At most %(mb)s MB.") % {"mb": limits.bytes // 1_000_000})
    rows = _rows_of(content, PurePath(name).suffix.lower(), limits)
    return _table(list(islice(rows, limits.rows + 2)), limits)


def _rows_of(content: bytes, suffix: str, limits: Limits) -> Iterator[Sequence[Any]]:
    if suffix == ".xlsx" and content.startswith(ZIP):
        return _workbook_rows(content, limits)
    if suffix == ".csv" and not content.startswith((ZIP, OLE)) and b"\0" not in content:
        return _csv_rows(content, limits)
    if suffix == ".xlsx" and content.startswith(OLE):
        raise FileRefused(_("It is protected by a password. Take the password off and save it."))
    if suffix == ".csv" and content.startswith(WIDE_BOMS):
        raise FileRefused(_("Save it as “CSV UTF-8”."))
    raise FileRefused(_("Only Excel workbooks (.xlsx) and CSV files (.csv) can be read."))


def _workbook_rows(content: bytes, limits: Limits) -> Iterator[Sequence[Any]]:
    checked = unpacked(content, limits)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(checked)) as book:
            yield from book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except BaseException as error:  # a panic of the parser is no Exception
        if not isinstance(error, CalamineError) and type(error).__name__ != "PanicException":
            raise
        raise FileRefused(_("It is damaged: open it in Excel, save it again.")) from error


def _csv_rows(content: bytes, limits: Limits) -> Iterator[Sequence[Any]]:
    if any(len(line) > limits.line for line in LINE_END.split(content)):
        raise FileTooLarge(_("A line is longer than %(n)s bytes.") % {"n": limits.line})
    lines = csv.reader(io.StringIO(_decoded(content), newline=""), strict=True)
    try:
        for row in lines:
            yield [unguarded(cell) for cell in row]
    except csv.Error as error:
        where = {"n": lines.line_num}
        raise FileRefused(_("Line %(n)s is damaged: look at its quotes.") % where) from error


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused(_("Save it as “CSV UTF-8”."))


def _table(rows: list[Sequence[Any]], limits: Limits) -> Table:
    if len(rows) > limits.rows + 1:
        raise FileTooLarge(_("At most %(n)s rows.") % {"n": limits.rows})
    read = [tuple(_read(cell, (at, column), limits) for column, cell in enumerate(row, start=1))
            for at, row in enumerate(rows, start=1)]  # fmt: skip
    headings = tuple("" if cell is None else str(cell).strip() for cell in read[0]) if read else ()
    while headings and not headings[-1]:
        headings = headings[:-1]
    if not headings:
        raise FileRefused(_("The first row must hold the headings."))
    if len(headings) > limits.columns:
        raise FileTooLarge(_("At most %(n)s columns.") % {"n": limits.columns})
    body = (
        TableRow(at, _as_wide(cells, len(headings), at))
        for at, cells in enumerate(read[1:], start=2)
    )
    return Table(headings, tuple(row for row in body if any(c is not None for c in row.cells)))


def _as_wide(cells: tuple[ReadCell, ...], width: int, at: int) -> tuple[ReadCell, ...]:
    if any(cell is not None for cell in cells[width:]):
        raise FileRefused(_("Row %(row)s is wider than the headings.") % {"row": at})
    return (cells + (None,) * width)[:width]


def _read(cell: Any, place: tuple[int, int], limits: Limits) -> ReadCell:
    """Whole numbers as such, others exactly as they were written; empty is None."""
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else Decimal(repr(cell))
    if not isinstance(cell, str):
        return cell
    if len(cell) > limits.cell:
        raise FileTooLarge(
            _("Row %(row)s, column %(column)s: more than %(n)s characters.")
            % {"row": place[0], "column": place[1], "n": limits.cell}
        )
    return cell or None
