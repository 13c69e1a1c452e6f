"""write_off_short: what the books show and the shelf does not have (OR2)."""

import pytest

from catalog.actions import allot, move_picked, quarantine_lot, write_off_short
from catalog.errors import NotAllotted
from catalog.models import LotAllotment, LotMove
from shop.errors import NotAllowed
from shop.events.models import EventLog
from tests import cast
from tests.catalog.goods import lot, offered, standing, stocked
from tests.oracle.judging import breaches

pytestmark = pytest.mark.django_db


@pytest.fixture
def hand():
    return cast.staff("warehouse")


def kept(reference):
    rows = LotAllotment.objects.filter(reference=reference)
    return {row.lot.code: (row.to_pick, row.picked, row.lost) for row in rows}


def test_missing_units_leave_the_shelf_and_may_not_be_promised(hand):
    sku = stocked(("A", 5, 200))
    allot("one", {sku.pk: 3}, by=hand)
    write_off_short("one", lot(sku, "A"), 2, by=hand)
    assert standing(sku) == {("A", "shelf"): 3, ("A", "loss"): 2}
    assert kept("one") == {"A": (1, 0, 0)}
    assert offered(sku) == (3, 0)
    assert EventLog.objects.filter(kind="catalog.LotShort").count() == 1
    write_off_short("one", lot(sku, "A"), 1, by=hand)  # and once more under the same order
    assert standing(sku) == {("A", "shelf"): 2, ("A", "loss"): 3}
    assert breaches() == []


def test_what_the_lots_state_took_is_let_go_without_a_move(hand):
    sku = stocked(("A", 5, 200))
    allot("one", {sku.pk: 3}, by=hand)
    quarantine_lot(lot(sku, "A"), "quality", by=hand)
    before = LotMove.objects.count()
    write_off_short("one", lot(sku, "A"), 3, by=hand)
    assert (kept("one"), LotMove.objects.count()) == ({"A": (0, 0, 0)}, before)


def test_no_more_than_is_kept_and_not_picked(hand):
    sku = stocked(("A", 5, 200))
    allot("one", {sku.pk: 3}, by=hand)
    move_picked("one", {(sku.pk, lot(sku, "A").pk): 2}, by=hand)
    for quantity in (0, -1, 2):
        with pytest.raises(NotAllotted):
            write_off_short("one", lot(sku, "A"), quantity, by=hand)
    with pytest.raises(NotAllotted):
        write_off_short("another", lot(sku, "A"), 1, by=hand)
    with pytest.raises(NotAllowed):
        write_off_short("one", lot(sku, "A"), 1, by=cast.staff("finance"))
    assert kept("one") == {"A": (1, 2, 0)}
