"""Tables out and in: what goes out comes back equal, and no file from outside costs much."""

import csv
import io
import re
import resource
import struct
import zipfile
import zlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.doors.sheets import (
    BASIS_POINTS,
    DATE,
    FEN,
    INSTANT,
    NUMBER,
    Column,
    Limits,
    Sheet,
    read_table,
    write_csv,
    write_xlsx,
)
from shop.doors.sheets.cells import Kind, guarded, unguarded
from shop.doors.sheets.errors import FileRefused, FileTooLarge, HostileFile
from shop.doors.sheets.unpacking import unpacked
from shop.doors.sheets.writing import FORMATS

HOSTILE = [
    "=cmd()", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝cmd()",
    "＋1", "－1", "＠x", "  =1", "\u3000=1", "'=1", "''=1", "=HYPERLINK(\"http://x\",\"y\")",
]  # fmt: skip
HARMLESS = ["燕窝礼盒", "a,b", 'say "hi"', "two\nlines", "'quoted'", "3-1", "x=1", "007"]
TYPED = [Column("货号"), Column("金额", FEN), Column("转化率", BASIS_POINTS),
         Column("件数", NUMBER), Column("日期", DATE), Column("时间", INSTANT)]  # fmt: skip
ROW = ("SKU-1", 995, 1234, 7, date(2026, 11, 22), datetime(2026, 11, 22, 16, 30, 5, tzinfo=UTC))

GOOD = write_xlsx([Sheet("甲", TYPED, [ROW] * 3)])


def texts(*values):
    return Sheet("名单", [Column("名称")], [[value] for value in values])


def read_back(content, name="a.xlsx"):
    return [row.cells for row in read_table(content, name).rows]


@pytest.mark.fault("G11")
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula_and_all_come_back_as_they_were(text):
    book, lines = write_xlsx([texts(text)]), write_csv(texts(text))
    assert parts(book)["xl/worksheets/sheet1.xml"].count(b"<f>") == 0
    assert b'<c r="A2" s="2" t="s">' in parts(book)["xl/worksheets/sheet1.xml"]
    assert read_back(book) == [(text,)]
    assert read_back(lines, "a.csv") == [(text,)]
    [_heading, [cell]] = csv.reader(io.StringIO(lines.decode("utf-8-sig"), newline=""))
    assert cell == f"'{text}"


@pytest.mark.fault("G11")
def test_the_control_without_the_guard_lets_a_formula_into_the_csv(monkeypatch):
    monkeypatch.setattr("shop.doors.sheets.writing.guarded", lambda text: text)
    assert b'"=cmd()"' in write_csv(texts("=cmd()"))


@pytest.mark.fault("G11")
@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_text_is_left_alone(text):
    assert read_back(write_xlsx([texts(text)])) == [(text,)]
    lines = write_csv(texts(text))
    assert read_back(lines, "a.csv") == [(text,)]
    assert b"\"'" + text[:1].encode() not in lines


@pytest.mark.fault("G11")
def test_headings_are_guarded_too():
    sheet = Sheet("=x", [Column("=cmd()")], [])
    assert b'"\'=cmd()"' in write_csv(sheet)
    assert parts(write_xlsx([sheet]))["xl/worksheets/sheet1.xml"].count(b"<f>") == 0


@given(st.text(max_size=40))
def test_the_guard_is_taken_off_as_it_was_put_on(text):
    assert unguarded(guarded(text)) == text
    assert not re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", guarded(text))


def test_figures_and_times_are_typed_and_exact():
    book = write_xlsx([Sheet("甲", TYPED, [ROW], footer="王敏 2026-11-22")])
    sheet = parts(book)["xl/worksheets/sheet1.xml"].decode()
    assert "<v>9.95</v>" in sheet, "a float would be 9.949999999999999"
    assert "<v>0.1234</v>" in sheet
    assert 'state="frozen"' in sheet
    assert "王敏 2026-11-22" in sheet
    [read] = read_back(book)
    assert read == ("SKU-1", Decimal("9.95"), Decimal("0.1234"), 7, date(2026, 11, 22),
                    datetime(2026, 11, 23, 0, 30, 5))  # fmt: skip
    assert write_csv(Sheet("甲", TYPED, [ROW])).decode().splitlines()[1] == (
        '"SKU-1",9.95,0.1234,7,"2026-11-22","2026-11-23 00:30:05"'
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=50))
def test_fen_go_out_and_come_back_to_the_fen(amounts):
    book = write_xlsx([Sheet("元", [Column("金额", FEN)], [[fen] for fen in amounts])])
    assert [int(Decimal(cell) * 100) for (cell,) in read_back(book)] == amounts


def test_what_is_missing_stays_missing():
    sheet = Sheet("甲", [Column("a", FEN), Column("b")], [(None, "x"), (0, None)])
    assert read_back(write_xlsx([sheet])) == [(None, "x"), (0, None)]
    assert read_back(write_csv(sheet), "a.csv") == [(None, "x"), ("0.00", None)]


@pytest.mark.parametrize("value", [9.95, "9.95", True, Decimal(1)])
def test_a_float_never_passes_for_fen(value):
    with pytest.raises(TypeError):
        write_xlsx([Sheet("甲", [Column("金额", FEN)], [[value]])])


def test_a_long_text_is_cut_where_one_sees_it():
    [(read,)] = read_table(
        write_xlsx([texts("长" * 40_000)]), "a.xlsx", Limits(cell=40_000)
    ).rows[0].cells,  # fmt: skip
    assert len(read) == 32_767
    assert read.endswith("…")


def test_a_csv_of_a_chinese_excel_is_read():
    content = "货号,名称\r\nA1,燕窝\r\n".encode("gb18030")
    table = read_table(content, "价格.CSV")
    assert table.headings == ("货号", "名称")
    assert [(row.number, row.cells) for row in table.rows] == [(2, ("A1", "燕窝"))]


def test_empty_rows_are_left_out_and_rows_keep_their_numbers():
    table = read_table(b"a,b\n1,2\n,\n3\n", "a.csv")
    assert [(row.number, row.cells) for row in table.rows] == [(2, ("1", "2")), (4, ("3", None))]


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        (b"", "a.csv", FileRefused),
        (b"\n\n", "a.csv", FileRefused),
        (b"a,b\n1,2,3\n", "a.csv", FileRefused),
        (b'a\n"b\n', "a.csv", FileRefused),
        (b"a\xff\xff\xff\n", "a.csv", FileRefused),
        ("a\n".encode("utf-16"), "a.csv", FileRefused),
        (b"PK\x03\x04", "a.csv", FileRefused),
        (b"PK\x03\x04", "a.xlsx", FileRefused),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.xls", FileRefused),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.xlsx", FileRefused),
        (b"a,b\n", "a.xlsx", FileRefused),
        (b"%PDF-1.7", "a.pdf", FileRefused),
        (b"<html>", "a.html", FileRefused),
        (b"a" * 6_000_000, "a.csv", FileTooLarge),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(content, name, error):
    with pytest.raises(error) as refused:
        read_table(content, name)
    assert refused.value.detail != error.title


@pytest.mark.fault("G12")
@pytest.mark.parametrize(
    ("content", "limits"),
    [
        pytest.param(b"a\n" + b"x" * 10_000_000, Limits(bytes=20_000_000), id="10 MB line"),
        pytest.param(b"a\n" + b"x\n" * 1_000_000, Limits(), id="1 M lines"),
        pytest.param(b"a\n" + b"x" * 3_000, Limits(), id="long cell"),
        pytest.param(b",".join([b"a"] * 100), Limits(), id="100 columns"),
    ],
)
def test_a_csv_beyond_the_limits_is_refused(content, limits):
    with pytest.raises(FileTooLarge):
        read_table(content, "a.csv", limits)


SHEET = "xl/worksheets/sheet1.xml"
TYPES = "[Content_Types].xml"


def parts(book):
    with zipfile.ZipFile(io.BytesIO(book)) as box:
        return {name: box.read(name) for name in box.namelist()}


def zipped(members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as box:
        for name, part in members.items():
            box.writestr(name, part)
    return content.getvalue()


def altered(**changes):
    """A good workbook with one part changed: bytes, or a function of the part's bytes."""
    members = parts(write_xlsx([texts("x")]))
    for name, change in changes.items():
        members[name] = change(members[name]) if callable(change) else change
    return zipped(members)


def far_cell(place):
    return lambda part: part.replace(b'r="A2"', b'r="%s"' % place)


MANY_ROWS = b'<?xml version="1.0"?><worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"<row><c><v>1</v></c></row>" * 1_000_000,
)
XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
BOMB = b"<!-- " + b"0" * 45_000_000 + b" -->"


def lying(book, name):
    """The directory says that the part is a byte long."""
    real = zipfile.ZipFile(io.BytesIO(book)).getinfo(name).file_size
    return book.replace(struct.pack("<I", real), struct.pack("<I", 1))


@pytest.mark.fault("G12")
@pytest.mark.parametrize(
    ("make", "error"),
    [
        pytest.param(lambda: altered(**{SHEET: MANY_ROWS}), FileTooLarge, id="1 M rows"),
        pytest.param(lambda: altered(**{SHEET: far_cell(b"XFD1048576")}), FileTooLarge, id="grid"),
        pytest.param(lambda: altered(**{SHEET: far_cell(b"ZZ2")}), FileTooLarge, id="far column"),
        pytest.param(lambda: altered(**{SHEET: BOMB}), HostileFile, id="bomb"),
        pytest.param(lambda: altered(**{"media/x.bin": BOMB}), HostileFile, id="bomb elsewhere"),
        pytest.param(
            lambda: lying(altered(**{SHEET: BOMB}), SHEET), FileRefused, id="bomb that lies"
        ),
        pytest.param(lambda: altered(**{SHEET: lambda p: XXE + p}), HostileFile, id="XXE"),
        pytest.param(
            lambda: altered(**{SHEET: lambda p: p.decode().encode("utf-16")}), HostileFile,
            id="hidden in UTF-16",
        ),
        pytest.param(lambda: altered(**{"xl/vbaProject.bin": b"x"}), HostileFile, id="macro"),
        pytest.param(
            lambda: altered(**{TYPES: lambda p: p.replace(b"sheet.main", b"macroEnabled.main")}),
            HostileFile, id="macro by type",
        ),
        pytest.param(lambda: altered(**{"xl/embeddings/o.bin": b"x"}), HostileFile, id="OLE"),
        pytest.param(lambda: zipped({"a.txt": b"x"}), FileRefused, id="another zip"),
        pytest.param(
            lambda: zipped({f"{n}": b"" for n in range(3_000)}), HostileFile, id="3,000 parts"
        ),
    ],
)  # fmt: skip
def test_a_hostile_workbook_is_refused_before_it_is_parsed(make, error, monkeypatch):
    monkeypatch.setattr("shop.doors.sheets.reading.CalamineWorkbook", None)
    with pytest.raises(error):
        read_table(make(), "a.xlsx")


@pytest.mark.fault("G12")
@pytest.mark.parametrize(
    ("declared", "error"),
    [
        pytest.param(2**32 - 2, HostileFile, id="said"),
        pytest.param(30_000_000, FileRefused, id="not said"),
    ],
)
def test_four_gigabytes_inflated_cost_no_memory(declared, error):
    """4 GB of zeros in a file of 4 MB, whether or not its directory owns up to them."""
    book = giant(declared)
    assert len(book) < Limits().bytes
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(error):
        read_table(book, "a.xlsx")
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 200_000


def giant(declared):
    """A book whose sheet is a stream of 4 GB; only its first 16 MB were ever compressed."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = squeezer.compress(bytes(16_000_000)) + squeezer.flush(zlib.Z_FULL_FLUSH)
    stream = once * 256 + squeezer.flush()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as box:
        for name, part in parts(write_xlsx([texts("x")])).items():
            box.writestr(name, stream if name == SHEET else part)
        sheet = box.getinfo(SHEET)
        sheet.compress_type, sheet.file_size = zipfile.ZIP_DEFLATED, declared
    return content.getvalue()


def test_of_two_parts_with_one_name_the_checked_one_is_parsed():
    with pytest.warns(UserWarning, match="Duplicate"):
        content = io.BytesIO(altered())
        with zipfile.ZipFile(content, "a") as box:
            box.writestr(SHEET, parts(altered())[SHEET].replace(b'r="A2"', b'r="B2"'))
    repacked = unpacked(content.getvalue(), Limits())
    assert zipfile.ZipFile(io.BytesIO(repacked)).namelist().count(SHEET) == 1


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_refused_and_never_breaks_the_reader(data):
    book = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 5))):
        book[data.draw(st.integers(0, len(book) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_table(bytes(book), "a.xlsx")
    except FileRefused as refused:
        assert str(refused)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_xml_is_refused_and_never_breaks_the_reader(data):
    members = parts(GOOD)
    name = data.draw(st.sampled_from(sorted(members)))
    part = bytearray(members[name])
    for _ in range(data.draw(st.integers(1, 5))):
        part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
    members[name] = bytes(part)
    try:
        read_table(zipped(members), "a.xlsx")
    except FileRefused as refused:
        assert str(refused)


def test_every_kind_of_column_has_a_format():
    assert set(FORMATS) == set(Kind)
