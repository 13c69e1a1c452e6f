"""report_difference, settle_difference: the nightly proof; and the writers it watches over."""

from datetime import datetime, timedelta

import pytest

from catalog.actions import (
    quarantine_lot,
    release_stock,
    report_difference,
    settle_difference,
    settle_shortage,
    take_stock,
)
from catalog.actions.ledger import Fact, post_moves
from catalog.actions.lots import hold_lot
from catalog.actions.stock import free_stock, hold_stock
from catalog.models import LotMove, StockMove
from catalog.selectors import skus_out_of_balance
from catalog.tasks import prove_stock
from shop.clock import now
from shop.errors import NotAllowed
from shop.timing.actions.jobs import establish_jobs
from shop.timing.models import ClockJob
from shop.work.models import WorkItem
from tests import cast
from tests.catalog.goods import lot, stocked
from tests.oracle.plantings import sql

pytestmark = pytest.mark.django_db


def differing():
    items = WorkItem.objects.open().filter(kind="stock_differs")
    return set(items.values_list("subject", flat=True))


FAULTS = {
    "a balance grows by itself": "UPDATE catalog_lotbalance SET quantity = quantity + 1"
    " WHERE lot_id = (SELECT id FROM catalog_lot WHERE sku_id = %s)",
    "a balance is lost": "DELETE FROM catalog_lotbalance"
    " WHERE lot_id = (SELECT id FROM catalog_lot WHERE sku_id = %s)",
    "a move is lost": "DELETE FROM catalog_lotmove WHERE sku_id = %s",
    "a move is invented": "INSERT INTO catalog_lotmove (cause, sku_id, lot_id, from_place_id,"
    " to_place_id, quantity, reference, step, at) SELECT 'returned', sku_id, id, 'customer',"
    " 'inspection', 1, 'x', 1, now() FROM catalog_lot WHERE sku_id = %s",
    "more is promised than is there": "UPDATE catalog_offer SET available = available + 1"
    " WHERE sku_id = %s",
    "a promise is forgotten": "DELETE FROM catalog_stockmove WHERE sku_id = %s",
}


@pytest.mark.article("CA9", "B3.2.2")
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_differs_is_work_by_the_morning_and_is_done_when_it_agrees(fault):
    sku, sound = stocked(("A", 5, 200)), stocked(("B", 5, 200))
    prove_stock(now())
    assert differing() == set(), "in a sound shop it finds nothing"
    sql(FAULTS[fault], sku.pk)
    assert skus_out_of_balance() == {sku.pk}
    prove_stock(now())
    prove_stock(now())
    assert differing() == {sku.stream}
    assert sound.stream not in differing()


def test_what_agrees_again_is_done():
    sku = stocked(("A", 5, 200))
    sql("UPDATE catalog_offer SET available = available + 1 WHERE sku_id = %s", sku.pk)
    prove_stock(now())
    sql("UPDATE catalog_offer SET available = available - 1 WHERE sku_id = %s", sku.pk)
    prove_stock(now())
    assert differing() == set()


def test_a_shortage_that_cancelled_orders_have_covered_is_done_by_the_morning():
    sku = stocked(("A", 5, 200), ("B", 2, 300))
    for reference in ("261122000001", "261122000002"):
        take_stock({sku.pk: 2}, reference, by=cast.SYSTEM)
    quarantine_lot(lot(sku, "A"), "quality", by=cast.staff("warehouse"))
    short = WorkItem.objects.open().filter(kind="goods_short")
    prove_stock(now())
    assert short.count() == 1, "two promised units are short"
    release_stock("261122000002", by=cast.SYSTEM)
    prove_stock(now())
    assert short.count() == 0


def test_the_clock_proves_the_stock_every_night():
    establish_jobs(by=cast.SYSTEM)
    job = ClockJob.objects.get(code="catalog.prove_stock")
    assert job.next_at - now() <= timedelta(days=1)
    assert isinstance(job.next_at, datetime)


def test_only_the_house_writes_past_the_desk():
    """Each of them has callers that lock and look first."""
    sku = stocked(("A", 5, 200))
    by = cast.staff("warehouse")
    fact = Fact(LotMove.Cause.PICKED, "x", None)
    for act in (
        lambda: post_moves([], fact, by=by),
        lambda: free_stock(sku, 1, StockMove.Cause.FREED, "x", by=by),
        lambda: hold_stock(sku, 1, "x", by=by),
        lambda: hold_lot(lot(sku, "A"), "recall", "quality", by, by=by),
        lambda: report_difference(sku, by=by),
        lambda: settle_difference(sku, by=by),
        lambda: settle_shortage(sku, by=by),
    ):
        with pytest.raises(NotAllowed):
            act()
