"""revise_product, edit_revision, return_revision, discard_revision: changes are revisions (CA3)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from catalog.actions import (
    ProductCard,
    approve_revision,
    discard_revision,
    draft_product,
    edit_revision,
    publish_revision,
    return_revision,
    revise_product,
    submit_revision,
)
from catalog.errors import (
    EditedMeanwhile,
    NothingLive,
    ReviewedByAuthor,
    RevisionPending,
    WhyIsMissing,
)
from catalog.models import ProductRevision
from catalog.rules import Change, changes
from shop.clock import now, turned_to
from shop.errors import IllegalTransition, NotAllowed
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.timing.sweeper import sweep_timers
from shop.work.models import WorkItem
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import FISH_OIL, make_calendar, make_product
from tests.timing.belfry import on_threads

pytestmark = [pytest.mark.django_db, pytest.mark.article("CA3", "A4.1b")]
AUTHOR, SECOND, REVIEWER = "operations_specialist", "operations_manager", "compliance_reviewer"
STORAGE = "密封，置阴凉干燥处，开封后冷藏"


@pytest.fixture
def product():
    return make_product()


@pytest.fixture
def change(product):
    return revise_product(product, by=cast.staff(AUTHOR))


def written(revision, role=AUTHOR, seen=0, **text):
    return edit_revision(revision, text or {"storage": STORAGE}, seen, by=cast.staff(role))


def shown(client, product):
    return client.get(f"/api/v1/products/{product.pk}/").json()["content"]["storage"]


def test_customers_read_the_old_words_until_the_new_ones_are_reviewed_and_published(
    product, change, client
):
    before = shown(client, product)
    written(change)
    submit_revision(change, by=cast.staff(AUTHOR))
    approve_revision(change, by=cast.staff(REVIEWER))
    assert shown(client, product) == before == change.based_on.storage
    publish_revision(change, by=cast.staff("technical_lead"))
    product.refresh_from_db()
    assert (product.live_revision, product.live_revision.storage) == (change, STORAGE)
    assert [one.number for one in product.revisions.all()] == [2, 1], "the old one stays"


def test_one_change_at_a_time_and_none_before_the_first_was_published(product, change):
    with pytest.raises(RevisionPending):
        revise_product(product, by=cast.staff(AUTHOR))
    discard_revision(change, by=cast.staff(AUTHOR))
    assert revise_product(product, by=cast.staff(AUTHOR)).number == 3
    with pytest.raises(IllegalTransition):
        discard_revision(change, by=cast.staff(AUTHOR))
    card = ProductCard("T-new", "food", product.brand, product.category, ("一盒",))
    new = draft_product(card, FISH_OIL, by=cast.staff(AUTHOR)).product
    with pytest.raises(NothingLive):
        revise_product(new, by=cast.staff(AUTHOR))


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_at_once_have_one_change_between_them(product):
    authors, refused = [cast.staff(AUTHOR), cast.staff(SECOND)], []

    def begin(by):
        try:
            revise_product(product, by=by)
        except RevisionPending:
            refused.append(by)

    on_threads(*[lambda by=by: begin(by) for by in authors])
    assert len(refused) == 1
    assert product.revisions.pending().count() == 1


def test_the_database_too_knows_one_at_a_time(product, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        product.revisions.create(number=9, created_at=change.created_at)


def test_who_writes_over_somebody_elses_words_is_told(change):
    written(change, seen=0)
    with pytest.raises(EditedMeanwhile):
        written(change, SECOND, seen=0, storage="常温")
    assert written(change, SECOND, seen=1, storage="常温").storage == "常温"
    assert written(change, SECOND, seen=2, storage="常温").edits == 2, "nothing new: no edit"
    facts = EventLog.objects.filter(kind="catalog.RevisionEdited")
    assert [fact.data["changed"] for fact in facts] == [["storage"]] * 2


def test_nobody_who_wrote_of_it_reviews_it(change):
    written(change, SECOND)
    submit_revision(change, by=cast.staff(AUTHOR))
    with pytest.raises(ReviewedByAuthor):
        approve_revision(change, by=cast.staff(SECOND))
    change.refresh_from_db()
    change.approved_by = cast.staff(SECOND).user
    with pytest.raises(IntegrityError), transaction.atomic():
        change.save()
    assert approve_revision(change, by=cast.staff(REVIEWER)).status == "approved"


@pytest.mark.parametrize("from_state", ["submitted", "approved"])
def test_what_is_returned_says_why_and_its_approval_is_void(change, from_state):
    submit_revision(change, by=cast.staff(AUTHOR))
    if from_state == "approved":
        approve_revision(change, by=cast.staff(REVIEWER))
    with pytest.raises(WhyIsMissing):
        return_revision(change, "  ", by=cast.staff(REVIEWER))
    back = return_revision(change, "贮藏条件与批件不符", by=cast.staff(REVIEWER))
    assert (back.status, back.approved_by) == ("draft", None)
    page = desk_of(AUTHOR).get(reverse("admin:catalog_productrevision_change", args=[back.pk]))
    assert "退回原因： 贮藏条件与批件不符" in " ".join(page.content.decode().split())


def test_only_a_draft_is_written(change):
    submit_revision(change, by=cast.staff(AUTHOR))
    with pytest.raises(IllegalTransition):
        written(change)


@pytest.mark.parametrize(
    ("act", "role"),
    [
        (lambda change, by: revise_product(change.product, by=by), "service_agent"),
        (lambda change, by: edit_revision(change, {"title": "x"}, 0, by=by), "technical_lead"),
        (lambda change, by: return_revision(change, "x", by=by), "operations_specialist"),
        (lambda change, by: discard_revision(change, by=by), "compliance_reviewer"),
    ],
)
def test_by_whom(change, act, role):
    with pytest.raises(NotAllowed):
        act(change, cast.staff(role))


def lying(role):
    items = WorkItem.objects.open().filter(kind="listing_step", role=role)
    return list(items.values_list("reason", flat=True))


def test_each_step_is_on_the_desk_of_who_takes_it_and_leaves_it_when_it_is_taken(change):
    for role in (AUTHOR, REVIEWER, "technical_lead"):
        cast.staff(role)
    submit_revision(change, by=cast.staff(AUTHOR))
    run_reactions()
    assert lying(REVIEWER) == ["review"]
    return_revision(change, "请核对批件", by=cast.staff(REVIEWER))
    run_reactions()
    assert (lying(REVIEWER), lying(AUTHOR)) == ([], ["mend"])
    submit_revision(change, by=cast.staff(AUTHOR))
    approve_revision(change, by=cast.staff(REVIEWER))
    run_reactions()
    assert (lying(AUTHOR), lying(REVIEWER), lying("technical_lead")) == ([], [], ["publish"])
    publish_revision(change, by=cast.staff("technical_lead"))
    run_reactions()
    assert not WorkItem.objects.open().filter(kind="listing_step").exists()


def test_a_review_that_nobody_makes_is_late_before_who_supervises(change):
    make_calendar()
    cast.staff(REVIEWER), cast.staff("director")
    submit_revision(change, by=cast.staff(AUTHOR))
    run_reactions()
    with turned_to(now() + timedelta(days=9)):
        sweep_timers()
        run_reactions()
    assert EventLog.objects.filter(kind="work.WorkItemOverdue").exists()


class TestPages:
    def at(self, change):
        return reverse("catalogue:write", args=[change.pk])

    def typed(self, change, **words):
        return {**change.text, **words, "seen": change.edits}

    def test_a_change_is_begun_written_and_seen_beside_the_live_words(self, product):
        author = desk_of(AUTHOR)
        page = reverse("admin:catalog_product_change", args=[product.pk])
        assert "开始修订" in author.get(page).content.decode()
        author.post(f"/admin/desk/act/catalog.revise_product/{product.pk}/")
        change = ProductRevision.objects.get(number=2)
        asked = author.get(self.at(change)).content.decode()
        assert "顾客看到的是 v1" in asked and "与顾客所见一致" in asked
        saved = author.post(self.at(change), self.typed(change, storage=STORAGE), follow=True)
        assert "<ins>，开封后冷藏</ins>" in saved.content.decode()
        done = author.post(
            self.at(change), {**self.typed(change, storage="冷藏"), "seen": 1, "done": "1"}
        )
        assert done["Location"].endswith(f"/productrevision/{change.pk}/change/")
        reviewed = desk_of(REVIEWER).get(done["Location"]).content.decode()
        assert "1 处不同" in reviewed and "<ins>冷藏</ins>" in reviewed

    def test_what_the_law_forbids_is_marked_beside_the_field(self, change):
        said = desk_of(AUTHOR).post(
            self.at(change), self.typed(change, selling_point="全网最好，根治三高"), follow=True
        )
        assert "desk-objection is-bad" in said.content.decode()

    def test_an_old_page_writes_nothing(self, change):
        author = desk_of(AUTHOR)
        stale = self.typed(change, storage="常温")
        author.post(self.at(change), self.typed(change, storage=STORAGE))
        told = author.post(self.at(change), stale)
        assert "其他同事刚刚修改了这份草稿" in told.content.decode()
        change.refresh_from_db()
        assert change.storage == STORAGE

    def test_who_may_not_and_what_is_no_draft(self, change):
        assert desk_of(REVIEWER).get(self.at(change)).status_code == 403
        discard_revision(change, by=cast.staff(AUTHOR))
        assert desk_of(AUTHOR).get(self.at(change)).status_code == 404

    def test_a_product_begins_on_a_page(self, product):
        said = {
            "code": "YH900", "kind": "health_food", "brand": product.brand_id,
            "category": product.category_id, "title": "颐禾牌氨糖软骨素钙片", "vat_bp": "1300",
            "specifications": "60片/瓶\n\n120片/瓶",
        }  # fmt: skip
        begin = "/admin/desk/begin/catalog.draft_product/"
        author = desk_of(AUTHOR)
        assert "不得重复" in author.post(
            begin, {**said, "specifications": "60片/瓶\n60片/瓶"}
        ).content.decode()  # fmt: skip
        author.post(begin, said)
        first = ProductRevision.objects.get(product__code="YH900")
        assert [sku.name for sku in first.product.skus.all()] == ["60片/瓶", "120片/瓶"]
        assert "送审必填" in author.get(self.at(first)).content.decode()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("密封保存", "密封保存", [("kept", "密封保存")]),
        ("密封保存", "密封避光保存", [("kept", "密封"), ("new", "避光"), ("kept", "保存")]),
        ("", "新", [("new", "新")]),
        ("旧", "", [("gone", "旧")]),
        ("每日2次，口服", "每日3次，口服",
         [("kept", "每日"), ("gone", "2"), ("new", "3"), ("kept", "次，口服")]),
    ],
)  # fmt: skip
def test_two_texts_are_shown_as_one(before, after, expected):
    found = changes(before, after)
    assert found == [Change(*one) for one in expected]
    assert "".join(one.words for one in found if one.kind != "new") == before
    assert "".join(one.words for one in found if one.kind != "gone") == after
