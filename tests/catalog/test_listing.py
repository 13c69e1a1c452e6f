"""draft, submit, approve, publish: nothing reaches customers outside this path (A4.1a)."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from catalog import rules
from catalog.actions import (
    ProductCard,
    approve_revision,
    draft_product,
    publish_revision,
    submit_revision,
)
from catalog.errors import NotReadyForReview, ReviewedByAuthor, UnlawfulContent
from catalog.models import Brand, Category, Product, ProductRevision
from catalog.selectors import objections_to, storefront
from shop.errors import IllegalTransition, NotAllowed
from shop.events.models import EventLog
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import FISH_OIL, make_product

pytestmark = pytest.mark.django_db

AUTHOR, REVIEWER, TECHNICIAN = "operations_manager", "compliance_reviewer", "technical_lead"


@pytest.fixture
def card():
    brand = Brand.objects.create(name="颐禾")
    category = Category.objects.create(name="鱼油", slug="fish-oil")
    return ProductCard("YH001", "health_food", brand, category, ("60粒/瓶", "120粒/瓶"))


@pytest.fixture
def draft(card):
    return draft_product(card, FISH_OIL, by=cast.staff(AUTHOR))


def test_a_draft_has_its_specifications_and_reaches_nobody(draft):
    assert [sku.code for sku in draft.product.skus.all()] == ["YH001-1", "YH001-2"]
    assert (draft.status, draft.drafted_by) == ("draft", cast.staff(AUTHOR).user)
    assert not storefront().exists()


def test_the_whole_path_publishes_and_freezes_it_word_for_word():
    product = make_product()
    live = product.live_revision
    assert storefront().get() == product
    assert live.status == "published"
    assert bytes(live.content_hash) == rules.content_hash(FISH_OIL | {
        "selling_point": "", "package_material": "",
    })  # fmt: skip
    kinds = EventLog.objects.filter(stream=f"product:{product.pk}").order_by("seq")
    assert [fact.kind.split(".")[1] for fact in kinds] == [
        "ProductDrafted", "RevisionSubmitted", "RevisionApproved", "RevisionPublished",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "walk_around",
    [
        lambda live: ProductRevision.objects.filter(pk=live.pk).update(title="改过的标题"),
        lambda live: live.delete(),
    ],
)
def test_what_is_published_cannot_be_changed_even_past_the_actions(walk_around):
    live = make_product().live_revision
    Product.objects.update(live_revision=None)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        walk_around(live)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"usage": " "}, "usage"),
        ({"unsuitable_for": ""}, "unsuitable_for"),
        ({"approval_number": "国食健备G2020"}, "approval_number"),
        ({"notice": "本品不能代替药物"}, "notice"),
    ],
)
def test_review_refuses_what_the_law_wants_filled_in(card, change, field):
    draft = draft_product(card, FISH_OIL | change, by=cast.staff(AUTHOR))
    with pytest.raises(NotReadyForReview) as refusal:
        submit_revision(draft, by=cast.staff(AUTHOR))
    assert list(refusal.value.fields) == [field]
    assert ProductRevision.objects.get().status == "draft"


def test_the_author_cannot_approve_not_even_past_the_action(draft):
    submit_revision(draft, by=cast.staff(AUTHOR))
    with pytest.raises(ReviewedByAuthor):
        approve_revision(draft, by=cast.staff(AUTHOR))
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductRevision.objects.update(approved_by=cast.staff(AUTHOR).user)


def test_each_step_belongs_to_its_post(draft):
    with pytest.raises(NotAllowed):
        draft_product(None, {}, by=cast.staff("warehouse"))
    with pytest.raises(NotAllowed):
        submit_revision(draft, by=cast.staff(TECHNICIAN))
    submit_revision(draft, by=cast.staff(AUTHOR))
    with pytest.raises(NotAllowed):
        approve_revision(draft, by=cast.staff("designer"))
    approve_revision(draft, by=cast.staff(REVIEWER))
    for role in (AUTHOR, REVIEWER, "director"):
        with pytest.raises(NotAllowed):
            publish_revision(draft, by=cast.staff(role))


def test_no_step_can_be_left_out(draft):
    with pytest.raises(IllegalTransition):
        approve_revision(draft, by=cast.staff(REVIEWER))
    with pytest.raises(IllegalTransition):
        publish_revision(draft, by=cast.staff(TECHNICIAN))
    assert not storefront().exists()


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("国食健注G20200117", True),
        ("国食健注J20210002", True),
        ("食健备G202032000123", True),
        ("食健备J202000000123", True),
        ("国食健字G20041234", True),
        ("国食健备G202032000123", False),
        ("食健备J202032000123", False),
        ("国食健注G2020011", False),
        ("国食健注G20200117x", False),
        ("", False),
    ],
)
def test_approval_numbers_have_their_forms(number, good):
    assert rules.is_approval_number(number) is good


@pytest.mark.article("CA2", "A4.1a")
@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("title", "顶 级深海鱼油", "顶 级"),
        ("selling_point", "根治三高", "根治"),
        ("usage", "三个疗程见效", "疗程"),
        ("after_sales_terms", "特价商品不退不换", "不退不换"),
    ],
)
def test_what_the_law_forbids_is_refused_by_its_words_and_the_article(card, field, text, words):
    draft = draft_product(card, FISH_OIL | {field: text}, by=cast.staff(AUTHOR))
    with pytest.raises(UnlawfulContent) as refusal:
        submit_revision(draft, by=cast.staff(AUTHOR))
    [complaint, *_more] = refusal.value.fields[field]
    assert words in complaint
    assert "§" in complaint
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_what_a_reviewer_may_decide_is_shown_and_does_not_block(card):
    draft = draft_product(card, FISH_OIL | {"selling_point": "限时抢购"}, by=cast.staff(AUTHOR))
    [finding] = objections_to(draft)["selling_point"]
    assert (finding.words, finding.rule.code) == ("抢购", "advertising-review")
    assert submit_revision(draft, by=cast.staff(AUTHOR)).status == "submitted"


def test_ordinary_food_may_not_say_what_health_food_may(card):
    food = replace(card, kind="food")
    draft = draft_product(food, FISH_OIL | {"selling_point": "增强免疫力"}, by=cast.staff(AUTHOR))
    with pytest.raises(UnlawfulContent):
        submit_revision(draft, by=cast.staff(AUTHOR))


def test_the_page_of_a_draft_marks_the_words_and_escapes_the_rest(card):
    text = FISH_OIL | {"selling_point": "<b>根治</b>失眠"}
    draft = draft_product(card, text, by=cast.staff(AUTHOR))
    address = reverse("admin:catalog_productrevision_change", args=[draft.pk])
    page = desk_of(AUTHOR).get(address).content.decode()
    assert ">根治</mark>" in page
    assert "广告法 §17" in page
    assert "&lt;b&gt;" in page
    assert "<b>根治" not in page
