"""Tables out. Texts are written as texts, whatever they begin with."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from unicodedata import east_asian_width

from shop.doors.sheets.cells import Column, Kind, Sheet, guarded, plain

BOM = "\ufeff"
"""Without it Excel reads a CSV in the code page of its machine."""

LONGEST_CELL = 32_767
"""Characters a cell of Excel holds; more is cut, with an ellipsis that says so."""

NARROWEST, WIDEST = 8, 48
FORMATS = {
    Kind.TEXT: "@",
    Kind.NUMBER: "General",
    Kind.FEN: '"¥"#,##0.00;[Red]-"¥"#,##0.00',
    Kind.BASIS_POINTS: "0.00%",
    Kind.DATE: "yyyy-mm-dd",
    Kind.INSTANT: "yyyy-mm-dd hh:mm:ss",
}
SHOWN_WIDTHS = {Kind.NUMBER: 12, Kind.FEN: 16, Kind.BASIS_POINTS: 10, Kind.DATE: 12,
                Kind.INSTANT: 20}  # fmt: skip
NOT_IN_A_NAME = str.maketrans("[]:*?/\\'", "（）：＊？／＼’")
LONGEST_NAME = 31


def write_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A workbook: typed cells, frozen headings with filters, a footer on every printed page.

    A text is a text cell even when it begins with `=`; a time is the time in Shanghai; fen are
    yuan with all their digits. Raises TypeError for a value that its column cannot hold.
    """
    from xlsxwriter import Workbook  # slow to import, and most processes never write one

    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#EEF2EE", "bottom": 1})
        formats = {kind: book.add_format({"num_format": text}) for kind, text in FORMATS.items()}
        for sheet in sheets:
            _fill(book.add_worksheet(_sheet_name(sheet)), sheet, heading, formats)
    return content.getvalue()


def write_csv(sheet: Sheet) -> bytes:
    """Comma-separated, UTF-8 with the mark that Excel needs; texts quoted and guarded.

    `unguarded` gives a text back as it was; `read_table` does so.
    """
    lines = io.StringIO(BOM)
    lines.seek(0, io.SEEK_END)
    writer = csv.writer(lines, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([guarded(str(column.title)) for column in sheet.columns])
    for row in sheet.rows:
        cells = zip(row, sheet.columns, strict=True)
        writer.writerow([_csv_cell(plain(value, column.kind)) for value, column in cells])
    return lines.getvalue().encode()


def _csv_cell(value: Any) -> str | int | Decimal:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return Decimal(f"{value:f}")
    return value if isinstance(value, int) else guarded(value or "")


def _fill(page: Any, sheet: Sheet, heading: Any, formats: dict[Kind, Any]) -> None:
    widths = [_heading_width(column) for column in sheet.columns]
    for at, column in enumerate(sheet.columns):
        page.write_string(0, at, str(column.title), heading)
    last = 0
    for last, row in enumerate(sheet.rows, start=1):
        for at, (value, column) in enumerate(zip(row, sheet.columns, strict=True)):
            cell = plain(value, column.kind)
            _write_cell(page, (last, at), cell, formats[column.kind])
            if column.kind is Kind.TEXT and cell is not None:
                widths[at] = max(widths[at], _shown_width(str(cell)))
    for at, (column, width) in enumerate(zip(sheet.columns, widths, strict=True)):
        page.set_column(at, at, column.width or min(width, WIDEST))
    _set_up(page, sheet, last)


def _write_cell(page: Any, place: tuple[int, int], value: Any, form: Any) -> None:
    if value is None:
        return
    if isinstance(value, str):
        cut = value if len(value) <= LONGEST_CELL else value[: LONGEST_CELL - 1] + "…"
        page.write_string(*place, cut, form)
    elif isinstance(value, date):
        page.write_datetime(*place, value, form)
    else:
        page.write_number(*place, value, form)


def _set_up(page: Any, sheet: Sheet, last: int) -> None:
    page.freeze_panes(1, 0)
    if sheet.columns:
        page.autofilter(0, 0, last, len(sheet.columns) - 1)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    footer = str(sheet.footer).replace("&", "&&")
    page.set_footer(f"&L{footer}&R&P / &N")


def _sheet_name(sheet: Sheet) -> str:
    return str(sheet.name).translate(NOT_IN_A_NAME)[:LONGEST_NAME]


def _heading_width(column: Column) -> int:
    return max(NARROWEST, SHOWN_WIDTHS.get(column.kind, 0), _shown_width(str(column.title)) + 3)


def _shown_width(text: str) -> int:
    """In characters: a Chinese one is two wide."""
    longest = max(text.splitlines() or [""], key=len)[: WIDEST + 1]
    return 2 + sum(2 if east_asian_width(sign) in "WF" else 1 for sign in longest)
