"""Tables out and in: XLSX and CSV that no spreadsheet program can be tricked by, in either way."""

from shop.doors.sheets.cells import (
    BASIS_POINTS,
    DATE,
    FEN,
    INSTANT,
    NUMBER,
    TEXT,
    Column,
    Sheet,
)
from shop.doors.sheets.limits import Limits
from shop.doors.sheets.reading import Table, TableRow, read_table
from shop.doors.sheets.writing import write_csv, write_xlsx

__all__ = [
    "BASIS_POINTS",
    "DATE",
    "FEN",
    "INSTANT",
    "NUMBER",
    "TEXT",
    "Column",
    "Limits",
    "Sheet",
    "Table",
    "TableRow",
    "read_table",
    "write_csv",
    "write_xlsx",
]
