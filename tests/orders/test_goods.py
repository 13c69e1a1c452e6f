"""What orders do to the goods: ship_order, and units that are given back before shipping."""

import pytest

from catalog.actions import allot, move_picked, recall_lot
from catalog.errors import LotNotSellable, Shortage
from catalog.models import LotAllotment, LotMove
from catalog.selectors import skus_out_of_balance
from orders import actions
from orders.models import Order, Parcel
from tests import cast
from tests.catalog.goods import lot, offered, standing, stocked
from tests.make import make_case, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _books_agree_in_the_end(oracle):
    yield
    assert not skus_out_of_balance()


@pytest.fixture
def hand():
    return cast.staff("warehouse")


def ship(order, by):
    return actions.ship_order(order, "SF", "SF000000123456", by=by)


@pytest.mark.article("OR2", "A4.2b")
def test_an_order_leaves_by_lot_first_expired_first(hand):
    sku = stocked(("late", 5, 400), ("soon", 1, 200))
    order = make_order("confirmed", sku=sku, quantity=3)
    parcel = ship(order, hand)
    assert standing(sku) == {
        ("late", "shelf"): 3,
        ("late", "customer"): 2,
        ("soon", "customer"): 1,
    }
    left = LotMove.objects.filter(cause="shipped")
    assert {move.reference for move in left} == {f"{order.number} P{parcel.pk}"}
    assert {move.by for move in left} == {hand.user}


def test_what_was_picked_for_it_leaves(hand):
    sku = stocked(("late", 5, 400), ("soon", 5, 200))
    order = make_order("confirmed", sku=sku, quantity=2)
    allot(order.number, {sku.pk: 2}, by=hand)
    move_picked(order.number, {(sku.pk, lot(sku, "late").pk): 2}, by=hand)
    ship(order, hand)
    assert standing(sku)["late", "customer"] == 2


@pytest.mark.article("CA8", "C3.3.3")
def test_an_order_of_which_only_a_recalled_lot_is_left_does_not_leave(hand):
    sku = stocked(("A", 5, 200))
    order = make_order("confirmed", sku=sku, quantity=2)
    recall_lot(lot(sku, "A"), "authority", by=cast.staff("compliance_reviewer"))
    with pytest.raises(Shortage):
        ship(order, hand)
    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert not Parcel.objects.exists()
    assert offered(sku) == (0, 2)


def test_a_recall_after_the_picking_keeps_the_parcel_in_the_house(hand):
    sku = stocked(("A", 5, 200), ("B", 1, 300))
    order = make_order("confirmed", sku=sku, quantity=2)
    [one] = allot(order.number, {sku.pk: 2}, by=hand)
    move_picked(order.number, {(sku.pk, one.lot_id): 2}, by=hand)
    recall_lot(lot(sku, "A"), "authority", by=cast.staff("compliance_reviewer"))
    with pytest.raises(Shortage):
        ship(order, hand)
    with pytest.raises(LotNotSellable):
        move_picked(order.number, {(sku.pk, one.lot_id): 1}, by=hand)


@pytest.mark.fault("A8")
def test_units_given_back_before_shipping_free_what_was_kept_for_them(hand):
    sku = stocked(("A", 5, 200))
    order = make_order("confirmed", sku=sku, quantity=3)
    [one] = allot(order.number, {sku.pk: 3}, by=hand)
    move_picked(order.number, {(sku.pk, one.lot_id): 2}, by=hand)
    actions.accept_case(make_case(order, 2), by=cast.staff("service_agent"))
    kept = LotAllotment.objects.get(reference=order.number)
    assert (kept.to_pick, kept.picked) == (0, 0)  # the case took all of it back to the shelf
    assert standing(sku) == {("A", "shelf"): 5}
    assert offered(sku) == (4, 0)
    ship(order, hand)
    assert standing(sku) == {("A", "shelf"): 4, ("A", "customer"): 1}


def test_an_order_of_which_all_is_given_back_keeps_nothing(hand):
    sku = stocked(("A", 5, 200))
    order = make_order("confirmed", sku=sku, quantity=3)
    allot(order.number, {sku.pk: 3}, by=hand)
    actions.accept_case(make_case(order, 3), by=cast.staff("service_agent"))
    assert standing(sku) == {("A", "shelf"): 5}
    assert offered(sku) == (5, 0)
    assert sum(one.quantity for one in allot("another", {sku.pk: 5}, by=hand)) == 5
