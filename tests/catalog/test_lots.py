"""quarantine_lot, release_lot, recall_lot, expire_lot, withdraw_lot_in_time, warn_of_expiry."""

from datetime import timedelta

import pytest
from django.db import transaction

from catalog.actions import (
    expire_lot,
    give_back_stock,
    quarantine_lot,
    recall_lot,
    receive_stock,
    release_lot,
    release_stock,
    take_stock,
    warn_of_expiry,
    withdraw_lot_in_time,
)
from catalog.errors import LotNotSellable, SoldOut
from catalog.models import Lot
from catalog.selectors import skus_out_of_balance
from shop.clock import now, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.work.models import WorkItem
from tests import cast
from tests.catalog.goods import facts, lot, offered, standing, stocked

pytestmark = pytest.mark.django_db
REVIEWER = "compliance_reviewer"


@pytest.fixture(autouse=True)
def _books_agree_in_the_end():
    yield
    assert not skus_out_of_balance()


def ordered(sku, units, reference="261122000001"):
    take_stock({sku.pk: units}, reference, by=cast.SYSTEM)


def short_items():
    return WorkItem.objects.open().filter(kind="goods_short")


@pytest.mark.article("CA8", "C3.3.3")
def test_a_quarantined_lot_is_set_aside_and_not_on_sale_and_comes_back():
    sku = stocked(("A", 5, 200), ("B", 3, 300))
    held = quarantine_lot(lot(sku, "A"), "quality", " 客户反映有异味 ", by=cast.staff("warehouse"))
    assert (held.status, held.reason, held.note) == ("quarantined", "quality", "客户反映有异味")
    assert standing(sku) == {("A", "quarantine"): 5, ("B", "shelf"): 3}
    assert offered(sku) == (3, 0)
    with pytest.raises(SoldOut), transaction.atomic():
        ordered(sku, 4)
    back = release_lot(held, by=cast.staff(REVIEWER))
    assert (back.status, back.reason) == ("sellable", "")
    assert standing(sku) == {("A", "shelf"): 5, ("B", "shelf"): 3}
    assert offered(sku) == (8, 0)
    told = EventLog.objects.filter(stream=held.stream).order_by("seq").values_list("kind", "data")
    assert [kind for kind, _data in told] == [
        "catalog.LotArrived",
        "catalog.LotQuarantined",
        "catalog.LotReleased",
    ]
    assert told[1][1]["units"] == 5
    assert not short_items()


@pytest.mark.article("CA8", "B3.2.2")
def test_promises_that_no_lot_covers_any_more_are_work_that_says_how_many():
    sku = stocked(("A", 5, 200), ("B", 3, 300))
    ordered(sku, 6)
    recall_lot(lot(sku, "A"), "authority", by=cast.staff(REVIEWER))
    assert offered(sku) == (0, 3)
    item = short_items().get()
    assert (item.subject, item.reason, item.figures["short"]) == (sku.stream, "recalled", 3)
    assert item.role == "operations_manager"
    with pytest.raises(SoldOut), transaction.atomic():
        ordered(sku, 1, "261122000002")
    receive_stock(sku, 2, "GR-2", lot=facts("C"), by=cast.staff("warehouse"))
    assert offered(sku) == (0, 1)
    assert short_items().exists()
    receive_stock(sku, 2, "GR-3", lot=facts("C"), by=cast.staff("warehouse"))
    assert offered(sku) == (1, 0)
    assert not short_items().exists()


def test_what_orders_give_back_covers_what_is_short_first():
    sku = stocked(("A", 5, 200), ("B", 3, 300))
    ordered(sku, 2)
    ordered(sku, 5, "261122000002")
    quarantine_lot(lot(sku, "A"), "quality", by=cast.staff("warehouse"))
    assert offered(sku) == (0, 4)
    give_back_stock({sku.pk: 1}, "261122000002 S1", by=cast.SYSTEM)
    assert offered(sku) == (0, 3)
    release_stock("261122000002", by=cast.SYSTEM)
    assert offered(sku) == (2, 0)


def test_a_recalled_lot_never_comes_back():
    sku = stocked(("A", 5, 200))
    recalled = recall_lot(lot(sku, "A"), "supplier", by=cast.staff(REVIEWER))
    for act in (
        lambda: release_lot(recalled, by=cast.staff(REVIEWER)),
        lambda: quarantine_lot(recalled, "quality", by=cast.staff(REVIEWER)),
        lambda: recall_lot(recalled, "quality", by=cast.staff(REVIEWER)),
    ):
        with pytest.raises(IllegalTransition):
            act()
    assert not expire_lot(recalled, by=cast.SYSTEM)
    assert lot(sku, "A").status == "recalled"


def test_a_quarantined_lot_can_be_recalled_and_expire_and_an_expired_one_recalled():
    sku = stocked(("A", 5, 200), ("B", 5, 200))
    for code in "AB":
        quarantine_lot(lot(sku, code), "quality", by=cast.staff("warehouse"))
    recall_lot(lot(sku, "A"), "quality", by=cast.staff(REVIEWER))
    assert expire_lot(lot(sku, "B"), by=cast.SYSTEM)
    recall_lot(lot(sku, "B"), "authority", by=cast.staff(REVIEWER))
    assert standing(sku) == {("A", "quarantine"): 5, ("B", "quarantine"): 5}
    assert offered(sku) == (0, 0)


def test_a_reason_is_chosen_and_nothing_changes_without():
    sku = stocked(("A", 5, 200))
    for act in (quarantine_lot, recall_lot):
        with pytest.raises(InvalidValue):
            act(lot(sku, "A"), "", by=cast.staff(REVIEWER))
    assert offered(sku) == (5, 0)


def test_one_that_is_too_old_is_not_released():
    sku = stocked(("A", 5, 200))
    held = quarantine_lot(lot(sku, "A"), "quality", by=cast.staff("warehouse"))
    with turned_to(now() + timedelta(days=170)), pytest.raises(LotNotSellable):
        release_lot(held, by=cast.staff(REVIEWER))
    assert lot(sku, "A").status == "quarantined"


def test_withdrawn_in_time_once_and_only_while_it_is_on_sale():
    sku = stocked(("A", 5, 200))
    assert withdraw_lot_in_time(lot(sku, "A"), by=cast.SYSTEM)
    assert lot(sku, "A").reason == Lot.Reason.LAST_SALE
    assert not withdraw_lot_in_time(lot(sku, "A"), by=cast.SYSTEM)
    assert offered(sku) == (0, 0)


def test_people_are_told_of_what_is_on_sale_once_and_it_closes_when_the_lot_has_expired():
    sku = stocked(("A", 5, 200))
    assert warn_of_expiry(lot(sku, "A"), by=cast.SYSTEM)
    warn_of_expiry(lot(sku, "A"), by=cast.SYSTEM)
    item = WorkItem.objects.open().get(kind="near_expiry")
    assert item.figures["units"] == 5
    assert expire_lot(lot(sku, "A"), by=cast.SYSTEM)
    assert not WorkItem.objects.open().filter(kind="near_expiry").exists()
    assert not warn_of_expiry(lot(sku, "A"), by=cast.SYSTEM)


def test_posts_without_the_right_change_nothing():
    sku = stocked(("A", 5, 200))
    held = lot(sku, "A")
    for act in (
        lambda: quarantine_lot(held, "quality", by=cast.staff("finance")),
        lambda: release_lot(held, by=cast.staff("warehouse")),
        lambda: recall_lot(held, "quality", by=cast.staff("warehouse")),
        lambda: expire_lot(held, by=cast.staff("warehouse")),
        lambda: withdraw_lot_in_time(held, by=cast.staff("warehouse")),
        lambda: warn_of_expiry(held, by=cast.staff("warehouse")),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert lot(sku, "A").status == "sellable"
