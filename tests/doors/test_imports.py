"""Tables in: looked at without writing, applied row by row as long work, refused rows back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.desk.imports import PRICES
from catalog.models import Offer
from shop.doors.imports.declared import as_fen, as_whole
from shop.doors.sheets import read_table
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.records.models import AuditEntry, StoredFile
from shop.work.models import Job
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_new_sku

pytestmark = pytest.mark.django_db
PAGE, JOBS = "/admin/desk/imports/catalog.prices/", "/admin/desk/jobs/"


@pytest.fixture
def sku():
    return make_new_sku()


def table(sku, *lines):
    text = "\n".join(["规格编号,售价,会员价", *lines]).replace("S1", sku.code)
    heading = str(PRICES.columns[0].title)
    return text.replace("规格编号", heading)


def give(client, text, name="价格.csv"):
    return client.post(PAGE, {"table": SimpleUploadedFile(name, text.encode())})


def priced():
    return EventLog.objects.filter(kind="catalog.SkuPriced").count()


def test_the_page_says_what_the_table_must_look_like(sku):
    manager = desk_of("operations_manager")
    page = manager.get(PAGE).content.decode()
    assert "售价" in page and "可空" in page
    empty = read_table(manager.get(f"{PAGE}template/").content, "a.xlsx")
    assert list(empty.headings) == [str(column.title) for column in PRICES.columns]


@pytest.mark.parametrize("role", ["designer", "service_agent", "finance"])
def test_only_who_may_price_may_import_prices(role, sku):
    assert desk_of(role).get(PAGE).status_code == 404
    assert give(desk_of(role), table(sku, "S1,1,")).status_code == 404


def test_a_preview_shows_every_refused_row_and_changes_nothing(sku):
    manager, before = desk_of("operations_manager"), priced()
    given = give(manager, table(sku, "S1,99.00,88", "S1,十元,", "XX-9,10,", ",5,", "S1,10,20"))
    page = manager.get(given["Location"]).content.decode()
    for words in (
        "没有编码为 XX-9 的规格",
        "请填写以元为单位的金额",
        "此项必填",
        "<b>1</b> 行可导入",
        "<b>4</b>",
    ):
        assert words in page, words
    assert priced() == before
    assert Offer.objects.get(sku=sku).price_fen == 12_800


def test_applied_as_long_work_with_the_refused_rows_in_a_file(sku):
    manager = desk_of("operations_manager")
    given = give(manager, table(sku, "S1,¥99.00,88", "XX-9,10,", "S1,10,20"))
    assert manager.post(given["Location"])["Location"] == JOBS
    run_reactions()
    job = Job.objects.get()
    assert (job.status, job.done, job.refused) == ("done", 3, 2)
    offer = Offer.objects.get(sku=sku)
    assert (offer.price_fen, offer.member_price_fen) == (9_900, 8_800)
    rows = manager.get(f"{JOBS}rows/").content.decode()
    assert "3 / 3 行" in rows and "2 行未通过" in rows and "没有编码为 XX-9 的规格" in rows
    answer = manager.get(f"{JOBS}{job.pk}/file/")
    refused = read_table(answer.content, "refused.xlsx")
    assert [row.cells[0] for row in refused.rows] == [3, 4]
    assert refused.rows[0].cells[1] == "XX-9"
    export = AuditEntry.objects.get(kind="export")
    assert (export.subject, export.user_id) == (job.stream, manager_user().pk)


def manager_user():
    return cast.staff("operations_manager").user


def test_a_job_and_its_files_are_of_who_started_it(sku):
    manager = desk_of("operations_manager")
    given = give(manager, table(sku, "XX,1,"))
    manager.post(given["Location"])
    run_reactions()
    job = Job.objects.get()
    other = desk_of("operations_manager", "other")
    assert other.get(f"{JOBS}{job.pk}/file/").status_code == 404
    assert other.get(given["Location"]).status_code == 404
    assert "批量导入价格" not in other.get(f"{JOBS}rows/").content.decode()


def test_who_lost_the_right_meanwhile_changes_no_price(sku):
    manager = desk_of("operations_manager")
    given = give(manager, table(sku, "S1,99,"))
    manager.post(given["Location"])
    manager_user().groups.clear()
    run_reactions()
    assert Offer.objects.get(sku=sku).price_fen == 12_800
    assert Job.objects.get().refused == 1


@pytest.mark.fault("G12")
def test_a_hostile_or_wrong_table_is_refused_beside_the_field_and_not_kept(sku):
    manager = desk_of("operations_manager")
    for text, name, words in (
        ("a,b\n1,2\n", "a.csv", "缺少以下列"),
        ("x", "a.exe", "只能读取"),
        ("a\n" + "x" * 200_000, "a.csv", "字节"),
    ):
        assert words in give(manager, text, name).content.decode()
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("cell", "fen"), [("128", 12_800), (128, 12_800), ("¥1,280.50", 128_050), ("0.1", 10)]
)
def test_amounts_as_people_write_them(cell, fen):
    assert as_fen(cell) == fen


@pytest.mark.parametrize("cell", ["", "abc", "1.234", "NaN", "Infinity", "1e", "--1"])
def test_what_is_no_amount(cell):
    with pytest.raises(ValueError):
        as_fen(cell)


def test_what_is_no_whole_number():
    assert as_whole("12") == 12
    with pytest.raises(ValueError):
        as_whole("1.5")


def test_refused_rows_are_told_in_the_language_of_whoever_reads_them(sku):
    manager = desk_of("operations_manager")
    given = give(manager, table(sku, "XX-9,10,", "S1,10,20", "S1,,"))
    manager.post(given["Location"])
    run_reactions()
    manager.cookies["django_language"] = "en"
    rows = manager.get(f"{JOBS}rows/").content.decode()
    assert "member price: A member price is above 0 and not above the price." in rows
    assert "SKU: There is no SKU XX-9." in rows
    assert "list price: Fill this in." in rows
    error = Job.objects.get().errors.first()
    assert (error.text, error.parameters) == ("There is no SKU %(code)s.", {"code": "XX-9"})


def test_each_table_is_in_the_sidebar_of_who_may_import_it(sku):
    assert PAGE in desk_of("operations_manager").get("/admin/").content.decode()
    assert PAGE not in desk_of("service_agent").get("/admin/").content.decode()
