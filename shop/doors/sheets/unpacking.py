"""An XLSX from outside is a zip of XML: inflated here under limits, then packed anew.

The parser gets the new one, so that what was checked is what is parsed: a header that lies about a
size, a name that is there twice, or a part nobody asked for never reaches it.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.parsers import expat

from django.utils.translation import gettext as _

from shop.doors.sheets.errors import FileRefused, FileTooLarge, HostileFile
from shop.doors.sheets.limits import Limits

WANTED = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/styles\.xml|xl/sharedStrings\.xml|xl/worksheets/[^/]+\.xml",
    re.IGNORECASE,
)
"""A table's own parts. Pictures, links to other books, comments, pivots are left in the box."""

MACROS = re.compile(r"vbaProject|macrosheets/|activeX/|embeddings/", re.IGNORECASE)
MACRO_TYPE = b"macroEnabled"
DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
MOST_PARTS = 2_000
CHUNK = 1 << 16
CELL_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def unpacked(content: bytes, limits: Limits) -> bytes:
    """The workbook's table parts in a new, uncompressed zip.

    Raises FileRefused when it is damaged, FileTooLarge beyond the limits, and HostileFile when it
    carries macros, document types, or more once inflated than a table can be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            _check_list(box, limits)
            parts = dict(_inflated(box, limits))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise FileRefused(_("It is damaged: open it in Excel, save it again.")) from error
    if "xl/workbook.xml" not in parts:
        raise FileRefused(_("Only Excel workbooks (.xlsx) and CSV files (.csv) can be read."))
    for name, part in parts.items():
        _check_part(name, part, limits)
    return _packed(parts)


def _check_list(box: zipfile.ZipFile, limits: Limits) -> None:
    """By what the zip says of itself, before a byte is inflated."""
    parts = box.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > limits.inflated:
        raise HostileFile(_("Unpacked it would be far too large."))
    if any(MACROS.search(part.filename) for part in parts):
        raise HostileFile(_("It has macros or embedded files: save it without them."))
    if any(part.flag_bits & 1 for part in parts):
        raise FileRefused(_("It is protected by a password. Take the password off and save it."))


def _inflated(box: zipfile.ZipFile, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """The wanted parts, as large as they really are: what the zip says of itself may be a lie."""
    left = limits.inflated
    for part in box.infolist():
        if not WANTED.fullmatch(part.filename):
            continue
        grown = bytearray()
        with box.open(part) as stream:
            while chunk := stream.read(CHUNK):
                grown += chunk
                if len(grown) > left:
                    raise HostileFile(_("Unpacked it would be far too large."))
        left -= len(grown)
        yield part.filename, bytes(grown)


def _check_part(name: str, part: bytes, limits: Limits) -> None:
    if b"\0" in part or any(sign in part for sign in DECLARATIONS):
        raise HostileFile(_("It has document types or entities: save it again in Excel."))
    if MACRO_TYPE in part and name == "[Content_Types].xml":
        raise HostileFile(_("It has macros or embedded files: save it without them."))
    if name.startswith("xl/worksheets/"):
        _Extent(limits).measure(part)


class _Extent:
    """How far a sheet reaches: the parser makes a cell for every place up to the farthest one."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.rows = 0
        self.cells = 0

    def measure(self, part: bytes) -> None:
        """Raises FileTooLarge at the first row or column that is too far out."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self.meet
        try:
            parser.Parse(part, True)
        except expat.ExpatError as error:
            raise FileRefused(_("It is damaged: open it in Excel, save it again.")) from error

    def meet(self, tag: str, attributes: dict[str, str]) -> None:
        kind = tag.rpartition(":")[2]
        if kind == "row":
            self.rows, self.cells = self.rows + 1, 0
            self.check(max(self.rows, self._number(attributes.get("r", "1"))), 1)
        elif kind == "c":
            self.cells += 1
            column, row = self._place(attributes.get("r", "A1"))
            self.check(row, max(self.cells, column))

    def check(self, row: int, column: int) -> None:
        if row > self.limits.rows + 1:
            raise FileTooLarge(_("At most %(n)s rows.") % {"n": self.limits.rows})
        if column > self.limits.columns:
            raise FileTooLarge(_("At most %(n)s columns.") % {"n": self.limits.columns})

    @staticmethod
    def _number(text: str) -> int:
        if not text.isdecimal() or len(text) > 7:
            raise FileRefused(_("It is damaged: open it in Excel, save it again."))
        return int(text)

    def _place(self, text: str) -> tuple[int, int]:
        """Column and row of `B12`, counted from 1."""
        found = CELL_PLACE.fullmatch(text)
        if found is None:
            raise FileRefused(_("It is damaged: open it in Excel, save it again."))
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - 64
        return column, int(found[2])


def _packed(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as box:
        for name, part in parts.items():
            box.writestr(name, part)
    return content.getvalue()
