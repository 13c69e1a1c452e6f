"""A lot grows old by itself: people are told, it leaves the shelves, it expires at midnight."""

from datetime import datetime, time, timedelta

import pytest

from catalog.actions import quarantine_lot, ship_units, take_stock
from catalog.models import LOT_AGE
from catalog.selectors import skus_out_of_balance
from shop.clock import SHANGHAI, today, turned_to
from shop.timing.models import Timer
from shop.timing.sweeper import sweep_timers
from shop.work.models import WorkItem
from tests import cast
from tests.catalog.goods import lot, offered, standing, stocked

pytestmark = pytest.mark.django_db
A_MOMENT = timedelta(seconds=5)


def at(days, clock=time.min, shift=timedelta(0)):
    """So many days from now at an hour of the shop."""
    day = today() + timedelta(days=days)
    return turned_to(datetime.combine(day, clock, SHANGHAI) + shift)


def items(kind):
    return WorkItem.objects.open().filter(kind=kind)


@pytest.mark.article("CA8", "A4.1c")
def test_each_step_comes_at_the_shops_midnight_and_not_before():
    sku = stocked(("A", 5, 200))
    steps = [
        (110, "sellable", 1, (5, 0)),
        (170, "quarantined", 1, (0, 0)),
        (200, "expired", 0, (0, 0)),
    ]
    before = ("sellable", 0)
    for days, status, near, offer in steps:
        with at(days, shift=-A_MOMENT):
            sweep_timers()
            assert (lot(sku, "A").status, items("near_expiry").count()) == before
        with at(days, shift=A_MOMENT):
            sweep_timers()
            assert (lot(sku, "A").status, items("near_expiry").count()) == (status, near)
        before = (status, near)
        assert offered(sku) == offer
    assert standing(sku) == {("A", "quarantine"): 5}
    assert not skus_out_of_balance()


def test_promised_goods_that_expire_are_work():
    sku = stocked(("A", 5, 200))
    take_stock({sku.pk: 3}, "261122000001", by=cast.SYSTEM)
    with at(201):
        sweep_timers()
    assert (lot(sku, "A").status, offered(sku)) == ("expired", (0, 3))
    item = items("goods_short").get()
    assert (item.reason, item.figures["short"]) == ("expired", 3)


def test_after_a_long_sleep_only_the_last_step_is_taken():
    sku = stocked(("A", 5, 200))
    with at(300):
        sweep_timers()
    assert lot(sku, "A").status == "expired"
    states = Timer.objects.filter(kind=LOT_AGE).order_by("level").values_list("state", flat=True)
    assert list(states) == ["skipped", "skipped", "fired"]
    assert not items("near_expiry")


def test_nobody_is_told_of_a_lot_that_is_used_up_or_set_aside():
    sku = stocked(("used", 2, 200), ("aside", 2, 200))
    quarantine_lot(lot(sku, "aside"), "quality", by=cast.staff("warehouse"))
    take_stock({sku.pk: 2}, "261122000001", by=cast.SYSTEM)
    ship_units("261122000001", "261122000001 P1", {sku.pk: 2}, by=cast.staff("warehouse"))
    with at(111):
        sweep_timers()
    assert not items("near_expiry")
    with at(171):
        sweep_timers()
    assert lot(sku, "aside").reason == "quality"
    assert not skus_out_of_balance()
