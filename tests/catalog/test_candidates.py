"""What the house proposes to take off sale, by rules that are data (D4.2.3, CA4)."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from catalog.actions import (
    decline_candidate,
    lapse_candidate,
    propose_delisting,
    request_delisting,
    set_delisting_rule,
    ship_units,
    take_back_goods,
    take_stock,
    take_up_candidate,
    write_off_returned,
)
from catalog.desk.analysis import columns, in_words, last_months
from catalog.kinds import HEALTH_FOOD_CERTIFICATE
from catalog.models import Delisting, DelistingCandidate, Product
from catalog.rendering import figures_told
from catalog.tasks import propose_delistings
from shop.clock import now, today, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.papers.actions import PaperFacts, file_paper
from shop.work.models import WorkItem
from tests import cast
from tests.catalog.goods import lot, stocked
from tests.doors.conftest import desk_of
from tests.make import make_sku

pytestmark = [pytest.mark.django_db, pytest.mark.article("CA4", "D4.2.3")]
OPERATIONS, MANAGER = "operations_specialist", "operations_manager"
DAY = timedelta(days=1)


def by_night():
    cast.staff(OPERATIONS)
    propose_delistings(now())
    return {(one.product_id, one.rule): one.figures for one in DelistingCandidate.objects.open()}


def quiet_since(days, **product):
    with turned_to(now() - days * DAY):
        return make_sku(**product)


def sold(sku, units, number):
    take_stock({sku.pk: units}, number, by=cast.SYSTEM)
    ship_units(number, f"{number} P1", {sku.pk: units}, by=cast.staff("warehouse"))


@pytest.mark.parametrize(("days", "is_proposed"), [(89, False), (90, True)])
def test_what_nobody_orders_is_proposed(days, is_proposed):
    sku = quiet_since(days)
    found = by_night()
    assert found == ({(sku.product_id, "no_sales"): {"days": 90}} if is_proposed else {})


def test_an_order_makes_it_wanted():
    sku = quiet_since(120)
    with turned_to(now() - 10 * DAY):
        take_stock({sku.pk: 1}, "261122000001", by=cast.SYSTEM)
    assert by_night() == {}


@pytest.mark.parametrize(("left", "is_proposed"), [(481, False), (479, True)])
def test_stock_that_outlasts_its_shelf_life_is_proposed(left, is_proposed):
    """Ten were sold in ninety days, fifty are left: four hundred and fifty days."""
    sku = stocked(("A", 60, left))
    sold(sku, 10, "261122000002")
    figures = {"cover_days": 450, "days_left": left, "units": 50}
    expected = {(sku.product_id, "cover"): figures} if is_proposed else {}
    assert by_night() == expected


@pytest.mark.parametrize(("unfit", "is_proposed"), [(1, False), (2, True)])
def test_goods_that_come_back_unfit_are_proposed(unfit, is_proposed):
    sku, hand = stocked(("A", 40, 400)), cast.staff("warehouse")
    sold(sku, 40, "261122000003")
    take_back_goods("261122000003 S1", {lot(sku, "A").pk: unfit}, by=hand)
    write_off_returned(lot(sku, "A"), unfit, by=hand)
    expected = {(sku.product_id, "returns"): {"unfit": unfit, "sold": 40}} if is_proposed else {}
    assert by_night() == expected


def certified(sku, ends):
    facts = PaperFacts(
        f"国食健注G2020{ends:04d}", "市场监督管理总局", today() - 400 * DAY,
        today() + ends * DAY, sku.product.stream,
    )  # fmt: skip
    file_paper(HEALTH_FOOD_CERTIFICATE, facts, by=cast.staff("compliance_reviewer"))


def test_a_certificate_that_ends_is_proposed_until_the_next_is_filed():
    sku = make_sku()
    certified(sku, 31)
    assert by_night() == {}
    with turned_to(now() + DAY):
        assert by_night() == {(sku.product_id, "certificate"): {"days": 30}}
        item = WorkItem.objects.open().get(kind="delisting_candidate")
        assert (item.role, item.subject) == (OPERATIONS, sku.product.stream)
        by_night()
        assert DelistingCandidate.objects.count() == 1, "twice proposes nothing twice"
        certified(sku, 900)
        assert by_night() == {}
    assert DelistingCandidate.objects.get().status == "lapsed"
    assert not WorkItem.objects.open().filter(kind="delisting_candidate").exists()


def test_a_rule_is_set_and_switched_off_by_who_may():
    quiet_since(60)
    set_delisting_rule("no_sales", 45, True, by=cast.staff(MANAGER))
    assert list(by_night().values()) == [{"days": 60}]
    set_delisting_rule("no_sales", 45, False, by=cast.staff(MANAGER))
    assert by_night() == {}
    with pytest.raises(NotAllowed):
        set_delisting_rule("no_sales", 1, True, by=cast.staff(OPERATIONS))
    for code, threshold in (("weather", 3), ("cover", 0), ("cover", 10_001)):
        with pytest.raises(InvalidValue):
            set_delisting_rule(code, threshold, True, by=cast.staff(MANAGER))


def test_declined_with_a_reason_it_is_not_proposed_again_for_ninety_days():
    sku = quiet_since(100)
    by_night()
    candidate = DelistingCandidate.objects.get()
    with pytest.raises(InvalidValue):
        decline_candidate(candidate, " ", by=cast.staff(OPERATIONS))
    decline_candidate(candidate, "春节礼盒，一月才上量", by=cast.staff(OPERATIONS))
    assert not WorkItem.objects.open().filter(kind="delisting_candidate").exists()
    with pytest.raises(IllegalTransition):
        decline_candidate(candidate, "再说一遍", by=cast.staff(OPERATIONS))
    with turned_to(now() + 89 * DAY):
        assert by_night() == {}
    with turned_to(now() + 90 * DAY):
        assert by_night() == {(sku.product_id, "no_sales"): {"days": 190}}


def test_taken_up_it_is_off_sale_and_whatever_else_proposed_it_is_decided():
    sku = quiet_since(100)
    certified(sku, 10)
    by_night()
    first, second = DelistingCandidate.objects.order_by("pk")
    delisting = take_up_candidate(first, "slow", figures_told(first), by=cast.staff(OPERATIONS))
    assert Product.objects.get(pk=sku.product_id).is_delisted
    second.refresh_from_db()
    assert (second.status, second.delisting_id) == ("taken", delisting.pk)
    with pytest.raises(IllegalTransition):
        take_up_candidate(first, "slow", "慢", by=cast.staff(OPERATIONS))
    assert by_night() == {}
    assert propose_delisting(sku.product, "cover", 30, {}, by=cast.SYSTEM) is None
    assert lapse_candidate(second, by=cast.SYSTEM).status == "taken"


def test_reasons_by_month_stand_in_a_chart_and_in_words():
    for reason, days in (("slow", 0), ("slow", 0), ("recall", 0), ("faulty", 40)):
        with turned_to(now() - days * DAY):
            product = make_sku(stock=0).product
            request_delisting(product, reason, "见附表", by=cast.staff(OPERATIONS))
    page = desk_of(MANAGER).get(reverse("catalogue:why_off_sale"))
    latest = page.context["columns"][-1]
    assert (latest.count, {one.reason: one.count for one in latest.pieces}) == (
        3,
        {"slow": 2, "recall": 1},
    )
    assert sum(column.count for column in page.context["columns"]) == 4
    told = page.context["words"][0]
    assert "3" in told and all(
        str(Delisting.Reason(code).label) in told for code in ("slow", "recall")
    )


def test_the_chart_and_its_words_from_values_alone():
    months = last_months(datetime(2026, 2, 28).date())
    assert (months[0], months[-1], len(months)) == ("2025-03", "2026-02", 12)
    counted = {month: {} for month in months} | {"2026-02": {"slow": 3, "law": 1}}
    labels = {"slow": "slow", "law": "law"}
    last = columns(counted, labels)[-1]
    assert [(one.reason, one.y, one.height) for one in last.pieces] == [
        ("slow", 25, 75),
        ("law", 0, 25),
    ]
    assert "slow 3" in in_words("2026-02", counted, months, labels)
    assert "2025-03" in in_words("2025-03", counted, months, labels)
