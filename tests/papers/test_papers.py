"""Licences and contracts: told of in time, what stops when they lapse, and what goes on again."""

from datetime import date, datetime, time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from catalog.actions import (
    ProductCard,
    approve_revision,
    draft_product,
    publish_revision,
    submit_revision,
)
from catalog.kinds import HEALTH_FOOD_CERTIFICATE
from catalog.models import Brand, Category
from shop.clock import SHANGHAI, now, today, turned_to
from shop.errors import InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.notices.models import Notice
from shop.notices.rendering import words_of
from shop.papers.actions import PaperFacts, Scan, file_paper, tell_of_end, withdraw_paper
from shop.papers.errors import PaperKnown, PaperLapsed
from shop.papers.kinds import BUSINESS_LICENCE, CONTRACT, FOOD_LICENCE, paper_kind
from shop.papers.models import Paper
from shop.papers.selectors import require_papers, standing_of
from shop.timing.models import Timer
from shop.timing.sweeper import sweep_timers
from shop.work.models import WorkItem
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import FISH_OIL, make_product
from tests.pictures import picture

pytestmark = [pytest.mark.django_db, pytest.mark.article("CA1", "A4.1a")]
OFFICE = "杭州市西湖区市场监督管理局"
CLAIMS = ("efficacy", "approval_number", "notice", "functional_components", "suitable_for",
          "unsuitable_for")  # fmt: skip
NEW = "/admin/desk/begin/papers.file_paper/"


@pytest.fixture(autouse=True)
def _at_noon():
    """People are told in the morning: a test that looks once a day looks after it."""
    with turned_to(datetime.combine(today(), time(12), SHANGHAI)):
        yield


def by():
    return cast.staff("compliance_reviewer")


def filed(days, kind=FOOD_LICENCE, number="JY1", subject="house", scan=None):
    """One that has so many days left, of a year's validity."""
    ends = today() + timedelta(days=days)
    facts = PaperFacts(number, OFFICE, ends - timedelta(days=365), ends, subject)
    return file_paper(kind, facts, scan, by=by())


def after(days):
    """The clock on that day, with all that fell due until then."""
    return turned_to(now() + timedelta(days=days))


def pass_time():
    while sweep_timers() + run_reactions():
        pass


def open_work():
    return sorted(WorkItem.objects.open().values_list("kind", flat=True))


def told():
    facts = EventLog.objects.filter(kind__startswith="papers.").order_by("at", "seq")
    return [(fact.kind.removeprefix("papers.Paper"), fact.data.get("days")) for fact in facts]


def test_it_is_told_of_two_months_a_month_and_a_week_before_and_when_it_is_over(oracle):
    filed(100)
    for days in range(102):
        with after(days):
            pass_time()
    kinds = [kind for kind, _days in told()]
    assert kinds == ["Filed", "Ending", "Ending", "Ending", "RanOut"]
    for (_kind, left), least in zip(told()[1:4], (60, 30, 7), strict=True):
        assert least <= left <= least + 10, "on a working day, and never later"
    assert open_work() == ["paper_lapsed"]
    heard = Notice.objects.filter(kind__startswith="papers.").order_by("pk")
    assert [notice.kind for notice in heard] == ["papers.ending"] * 3 + ["papers.lapsed"] * 2


def test_a_month_is_told_at_once_when_it_was_filed_late():
    paper = filed(20)
    pass_time()
    assert told()[1:] == [("Ending", 20)], "the nearest of those that are past, once"
    item = WorkItem.objects.get()
    assert (item.kind, item.role) == ("paper_ending", "compliance_reviewer")
    assert "食品经营许可证 JY1 有效期至" in str(item)
    words = words_of(Notice.objects.get(kind="papers.ending"))
    assert "还有 20 天到期" in words.subject and "保健食品停止上架发布" in words.body
    assert standing_of(paper, today()) == "ending"


def test_a_renewal_closes_the_work_and_takes_over_the_watch(oracle):
    old = filed(20)
    pass_time()
    new = filed(385, number="JY2")
    pass_time()
    assert open_work() == []
    assert not Timer.objects.of("papers.ends", old.stream).armed().exists()
    assert Timer.objects.of("papers.ends", new.stream).armed().count() == 4
    with after(30):
        pass_time()
        assert standing_of(old, today()) == "superseded"
    assert [kind for kind, _days in told()].count("RanOut") == 0


def revision_of(kind):
    brand, _ = Brand.objects.get_or_create(name="颐禾")
    shelf, _ = Category.objects.get_or_create(slug="fish-oil", defaults={"name": "鱼油"})
    card = ProductCard(f"P-{kind}", kind, brand, shelf, ("60粒/瓶",))
    text = FISH_OIL if kind == "health_food" else {**FISH_OIL, **dict.fromkeys(CLAIMS, "")}
    revision = draft_product(card, text, by=cast.staff("operations_manager"))
    submit_revision(revision, by=cast.staff("operations_manager"))
    return approve_revision(revision, by=by())


def publish(revision):
    return publish_revision(revision, by=cast.staff("technical_lead"))


@pytest.mark.article("CA1", "Food Safety Law 35")
def test_while_the_food_licence_has_lapsed_no_health_food_is_published_and_then_it_goes_on(oracle):
    filed(10)
    health, ordinary = revision_of("health_food"), revision_of("food")
    with after(11):
        with pytest.raises(PaperLapsed, match="食品经营许可证已过期"):
            publish(health)
        assert publish(ordinary).published_at, "what does not hang on it goes on"
        filed(365, number="JY2")
        assert publish(health).published_at


def test_until_its_last_day_is_over_it_counts_and_what_was_never_filed_has_not_lapsed():
    assert publish(revision_of("health_food")).published_at
    filed(10)
    row = revision_of("food")
    row.product.kind = "health_food"
    with after(10):
        require_papers("catalog.publish_revision", row)
    with after(11), pytest.raises(PaperLapsed):
        require_papers("catalog.publish_revision", row)
    with after(11):
        require_papers("catalog.price_sku", row)


def test_a_products_own_certificate_stops_that_product_alone():
    product, other = make_product(), make_product()
    filed(10, HEALTH_FOOD_CERTIFICATE, "国食健注G20200001", f"product:{product.pk}")
    with after(11):
        with pytest.raises(PaperLapsed):
            require_papers("catalog.publish_revision", product.live_revision)
        require_papers("catalog.publish_revision", other.live_revision)


def test_withdrawn_it_stops_at_once_and_a_new_one_heals_it(oracle):
    paper = filed(300)
    withdraw_paper(paper, "发证机关吊销", by=by())
    assert open_work() == ["paper_lapsed"]
    assert standing_of(paper, today()) == "withdrawn"
    with pytest.raises(PaperLapsed):
        publish(revision_of("health_food"))
    with pytest.raises(InvalidValue):
        withdraw_paper(paper, "再一次", by=by())
    filed(300, number="JY3")
    assert open_work() == []
    assert tell_of_end(paper.pk, 4, by=cast.SYSTEM) is False


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (PaperFacts(" ", OFFICE, date(2026, 1, 1), None), "number"),
        (PaperFacts("1" * 61, OFFICE, date(2026, 1, 1), None), "number"),
        (PaperFacts("1", "", date(2026, 1, 1), None), "issuer"),
        (PaperFacts("1", OFFICE, date(2026, 1, 2), date(2026, 1, 1)), "valid_until"),
        (PaperFacts("1", OFFICE, date(2026, 1, 1), None, "product:1"), "subject"),
        (PaperFacts("1", OFFICE, date(2026, 1, 1), None, "order:1"), "subject"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(facts, field):
    with pytest.raises(InvalidValue) as refusal:
        file_paper(FOOD_LICENCE, facts, by=by())
    assert list(refusal.value.fields) == [field]
    assert not Paper.objects.exists()


def test_filed_twice_and_by_whom_not():
    filed(100)
    with pytest.raises(PaperKnown):
        filed(100)
    for stranger in (cast.staff("designer"), cast.staff("director"), cast.shopper()):
        with pytest.raises(NotAllowed):
            withdraw_paper(Paper.objects.get(), "x", by=stranger)
    with pytest.raises(ValueError, match="already"):
        paper_kind(FOOD_LICENCE)


def test_what_was_filed_is_never_edited_or_deleted():
    paper = filed(100)
    for change in (
        lambda: Paper.objects.filter(pk=paper.pk).update(valid_until=date(2099, 1, 1)),
        lambda: Paper.objects.filter(pk=paper.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.article("CA1", "E-Commerce Law 15")
def test_customers_are_shown_what_is_in_force_without_signing_in():
    file_paper(BUSINESS_LICENCE, PaperFacts("9133", OFFICE, date(2021, 3, 9), None), by=by())
    filed(100)
    filed(-3, number="JY0")
    filed(100, CONTRACT, "HT1")
    shown = Client().get("/api/v1/licences/").json()
    assert [(one["kind"], one["number"], one["valid_until"]) for one in shown] == [
        ("business_licence", "9133", None),
        ("food_licence", "JY1", (today() + timedelta(days=100)).isoformat()),
    ]
    assert shown[0]["title"] == "营业执照"


def test_staff_file_one_with_its_scan_and_see_how_it_stands():
    desk = desk_of("compliance_reviewer")
    assert desk.get(NEW).status_code == 200
    sent = {
        "kind": "food_licence", "number": "JY9", "issuer": OFFICE, "valid_from": today(),
        "valid_until": today() + timedelta(days=9),
        "scan": SimpleUploadedFile("许可证.png", picture()),
    }  # fmt: skip
    answer = desk.post(NEW, sent)
    paper = Paper.objects.get()
    assert answer["Location"] == f"/admin/papers/paper/{paper.pk}/change/"
    page = desk.get(answer["Location"]).content.decode()
    assert "即将到期" in page and "保健食品停止上架发布" in page and "许可证" in page
    assert "即将到期" in desk.get("/admin/papers/paper/").content.decode()
    assert desk.get(f"/admin/desk/files/{paper.file_id}/").status_code == 200
    assert "已登记过" in desk.post(NEW, {**sent, "scan": ""}).content.decode()
    wrong = {**sent, "number": "JY8", "scan": SimpleUploadedFile("a.pdf", b"no pdf")}
    assert "JY8" in desk.post(NEW, wrong).content.decode()
    assert Paper.objects.count() == 1


def test_a_products_certificate_is_filed_by_the_products_code():
    product = make_product()
    sent = {
        "kind": "health_food_certificate", "number": "G1", "issuer": OFFICE,
        "valid_from": today(), "subject": product.code,
    }  # fmt: skip
    desk = desk_of("compliance_reviewer")
    assert "核对编码" in desk.post(NEW, {**sent, "subject": "NO-SUCH"}).content.decode()
    page = desk.get(desk.post(NEW, sent)["Location"]).content.decode()
    assert f"/admin/catalog/product/{product.pk}/change/" in page


def test_who_may_look_does_not_file():
    assert desk_of("director").get(NEW).status_code == 403
    assert NEW not in desk_of("director").get("/admin/papers/paper/").content.decode()
    assert NEW in desk_of("operations_manager").get("/admin/papers/paper/").content.decode()


def test_a_scan_that_is_none_is_refused_and_nothing_is_filed():
    from shop.records.errors import FileRefused

    with pytest.raises(FileRefused):
        filed(100, scan=Scan("a.pdf", b"MZ\x90"))
    assert not Paper.objects.exists()
