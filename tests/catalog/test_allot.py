"""allot, give_back_allotment, move_picked, move_shipped, ship_units: goods towards a customer."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from catalog.actions import (
    allot,
    give_back_allotment,
    move_picked,
    move_shipped,
    quarantine_lot,
    recall_lot,
    release_lot,
    ship_units,
    take_stock,
)
from catalog.errors import LotNotSellable, NotAllotted, NotPicked, ShippedBefore, Shortage
from catalog.models import LotAllotment, LotBalance, LotMove
from catalog.selectors import skus_out_of_balance
from shop.clock import now, turned_to
from shop.errors import NotAllowed, NotFound
from tests import cast
from tests.catalog.goods import lot, offered, standing, stocked

pytestmark = pytest.mark.django_db
ORDER = "261122000001"


@pytest.fixture
def hand():
    return cast.staff("warehouse")


@pytest.fixture(autouse=True)
def _books_agree_in_the_end():
    yield
    assert not skus_out_of_balance()


def kept(reference=ORDER):
    rows = LotAllotment.objects.filter(reference=reference)
    return {row.lot.code: (row.to_pick, row.picked, row.shipped, row.lost) for row in rows}


def test_what_expires_first_goes_first_and_nothing_moves_yet(hand):
    sku = stocked(("late", 5, 400), ("soon", 3, 200), ("middle", 4, 300))
    told = allot(ORDER, {sku.pk: 6}, by=hand)
    assert [(one.lot_code, one.place_code, one.quantity) for one in told] == [
        ("soon", "shelf", 3),
        ("middle", "shelf", 3),
    ]
    assert standing(sku) == {("late", "shelf"): 5, ("soon", "shelf"): 3, ("middle", "shelf"): 4}
    assert offered(sku) == (12, 0), "what is promised is the order's matter"


def test_what_is_allotted_to_one_is_not_allotted_to_another(hand):
    sku = stocked(("A", 5, 200))
    allot(ORDER, {sku.pk: 3}, by=hand)
    with pytest.raises(Shortage) as refusal:
        allot("261122000002", {sku.pk: 3}, by=hand)
    assert refusal.value.missing == {sku.pk: 1}
    assert refusal.value.fields == {"sku": [f"{sku.code}：缺 1 件"]}
    assert kept("261122000002") == {}


def test_a_shortage_of_one_sku_allots_nothing_of_the_other(hand):
    plenty, scarce = stocked(("A", 5, 200)), stocked(("B", 1, 200))
    with pytest.raises(Shortage):
        allot(ORDER, {plenty.pk: 2, scarce.pk: 2}, by=hand)
    assert LotBalance.objects.filter(allotted__gt=0).count() == 0


def test_a_lot_too_old_for_a_customer_is_skipped_before_its_timer_has_fired(hand):
    sku = stocked(("old", 5, 200), ("young", 5, 400))
    with turned_to(now() + timedelta(days=171)):
        told = allot(ORDER, {sku.pk: 2}, by=hand)
    assert [one.lot_code for one in told] == ["young"]


def test_picked_stands_at_packing_and_shipped_is_with_the_customer(hand):
    sku = stocked(("A", 5, 200))
    take_stock({sku.pk: 3}, ORDER, by=cast.SYSTEM)
    [one] = allot(ORDER, {sku.pk: 3}, by=hand)
    move_picked(ORDER, {(sku.pk, one.lot_id): 2}, by=hand)
    assert standing(sku) == {("A", "shelf"): 3, ("A", "packing"): 2}
    move_picked(ORDER, {(sku.pk, one.lot_id): 1}, by=hand)
    move_shipped(ORDER, f"{ORDER} P1", {(sku.pk, one.lot_id): 2}, by=hand)
    move_shipped(ORDER, f"{ORDER} P2", {(sku.pk, one.lot_id): 1}, by=hand)
    assert standing(sku) == {("A", "shelf"): 2, ("A", "customer"): 3}
    assert kept() == {"A": (0, 0, 3, 0)}
    assert offered(sku) == (2, 0)
    moves = LotMove.objects.filter(lot__code="A").order_by("pk").values_list("cause", "by_id")
    assert {by for _cause, by in moves} == {hand.user.pk}


def test_the_same_code_scanned_twice_is_refused_once_all_is_picked(hand):
    sku = stocked(("A", 5, 200))
    [one] = allot(ORDER, {sku.pk: 1}, by=hand)
    move_picked(ORDER, {(sku.pk, one.lot_id): 1}, by=hand)
    with pytest.raises(NotAllotted):
        move_picked(ORDER, {(sku.pk, one.lot_id): 1}, by=hand)
    assert standing(sku) == {("A", "shelf"): 4, ("A", "packing"): 1}
    give_back_allotment(ORDER, by=hand)


def test_another_lot_may_be_picked_and_frees_the_one_allotted(hand):
    sku = stocked(("soon", 3, 200), ("late", 3, 400))
    allot(ORDER, {sku.pk: 2}, by=hand)
    move_picked(ORDER, {(sku.pk, lot(sku, "late").pk): 1}, by=hand)
    assert kept() == {"soon": (1, 0, 0, 0), "late": (0, 1, 0, 0)}
    allot("261122000002", {sku.pk: 4}, by=hand)
    assert kept("261122000002") == {"soon": (2, 0, 0, 0), "late": (2, 0, 0, 0)}


def test_another_lot_is_refused_while_others_keep_it(hand):
    sku = stocked(("soon", 2, 200), ("late", 3, 400))
    allot(ORDER, {sku.pk: 2}, by=hand)
    allot("261122000002", {sku.pk: 2}, by=hand)
    with pytest.raises(Shortage):
        move_picked(ORDER, {(sku.pk, lot(sku, "late").pk): 2}, by=hand)
    assert kept() == {"soon": (2, 0, 0, 0)}


def test_its_own_share_of_a_lot_does_not_hide_what_others_keep(hand):
    sku = stocked(("soon", 5, 200), ("late", 4, 400))
    allot("261122000002", {sku.pk: 3}, by=hand)
    allot(ORDER, {sku.pk: 4}, by=hand)
    assert kept() == {"soon": (2, 0, 0, 0), "late": (2, 0, 0, 0)}
    with pytest.raises(Shortage):
        move_picked(ORDER, {(sku.pk, lot(sku, "soon").pk): 4}, by=hand)


def test_a_code_of_another_sku_or_of_nothing_is_not_found(hand):
    sku, other = stocked(("A", 5, 200)), stocked(("B", 5, 200))
    allot(ORDER, {sku.pk: 1}, by=hand)
    for scanned in ((sku.pk, lot(other, "B").pk), (sku.pk, 0)):
        with pytest.raises(NotFound):
            move_picked(ORDER, {scanned: 1}, by=hand)
    with pytest.raises(NotAllotted):
        move_picked(ORDER, {(other.pk, lot(other, "B").pk): 1}, by=hand)


def test_nothing_is_shipped_that_was_not_picked_and_no_parcel_twice(hand):
    sku = stocked(("A", 5, 200))
    take_stock({sku.pk: 1}, ORDER, by=cast.SYSTEM)
    [one] = allot(ORDER, {sku.pk: 1}, by=hand)
    units = {(sku.pk, one.lot_id): 1}
    with pytest.raises(NotPicked):
        move_shipped(ORDER, f"{ORDER} P1", units, by=hand)
    move_picked(ORDER, units, by=hand)
    move_shipped(ORDER, f"{ORDER} P1", units, by=hand)
    with pytest.raises(ShippedBefore):
        move_shipped(ORDER, f"{ORDER} P1", units, by=hand)
    with pytest.raises(ShippedBefore):
        ship_units(ORDER, f"{ORDER} P1", {sku.pk: 1}, by=hand)
    assert standing(sku) == {("A", "shelf"): 4, ("A", "customer"): 1}


def test_what_is_called_off_is_free_again_however_often(hand):
    sku = stocked(("A", 2, 200), ("B", 2, 300))
    allot(ORDER, {sku.pk: 3}, by=hand)
    move_picked(ORDER, {(sku.pk, lot(sku, "A").pk): 2}, by=hand)
    give_back_allotment(ORDER, by=hand)
    give_back_allotment(ORDER, by=hand)
    give_back_allotment("never heard of", by=hand)
    assert standing(sku) == {("A", "shelf"): 2, ("B", "shelf"): 2}
    assert sum(one.quantity for one in allot("261122000002", {sku.pk: 4}, by=hand)) == 4


def test_a_part_is_called_off_the_latest_first_what_is_picked_last(hand):
    sku = stocked(("A", 2, 200), ("B", 2, 300))
    allot(ORDER, {sku.pk: 3}, by=hand)
    move_picked(ORDER, {(sku.pk, lot(sku, "A").pk): 2}, by=hand)
    give_back_allotment(ORDER, {sku.pk: 2}, by=hand)
    assert kept() == {"A": (0, 1, 0, 0), "B": (0, 0, 0, 0)}
    assert standing(sku) == {("A", "shelf"): 1, ("A", "packing"): 1, ("B", "shelf"): 2}


def test_a_recalled_lot_is_refused_at_the_scanner_and_another_takes_its_place(hand):
    sku = stocked(("A", 2, 200), ("B", 3, 300))
    take_stock({sku.pk: 2}, ORDER, by=cast.SYSTEM)
    allot(ORDER, {sku.pk: 2}, by=hand)
    recalled = lot(sku, "A")
    recall_lot(recalled, "quality", by=cast.staff("compliance_reviewer"))
    with pytest.raises(LotNotSellable) as refusal:
        move_picked(ORDER, {(sku.pk, recalled.pk): 1}, by=hand)
    assert "A" in refusal.value.fields["lot"][0]
    move_picked(ORDER, {(sku.pk, lot(sku, "B").pk): 2}, by=hand)
    assert kept() == {"A": (0, 0, 0, 0), "B": (0, 2, 0, 0)}
    assert standing(sku) == {("A", "quarantine"): 2, ("B", "shelf"): 1, ("B", "packing"): 2}


def test_what_was_picked_of_a_quarantined_lot_does_not_leave(hand):
    sku = stocked(("A", 2, 200))
    take_stock({sku.pk: 2}, ORDER, by=cast.SYSTEM)
    [one] = allot(ORDER, {sku.pk: 2}, by=hand)
    units = {(sku.pk, one.lot_id): 2}
    move_picked(ORDER, units, by=hand)
    quarantined = quarantine_lot(lot(sku, "A"), "damaged", by=hand)
    assert kept() == {"A": (0, 0, 0, 2)}
    with pytest.raises(LotNotSellable):
        move_shipped(ORDER, f"{ORDER} P1", units, by=hand)
    release_lot(quarantined, by=cast.staff("compliance_reviewer"))
    move_picked(ORDER, units, by=hand)
    move_shipped(ORDER, f"{ORDER} P1", units, by=hand)
    assert standing(sku) == {("A", "customer"): 2}


def test_ship_units_takes_what_was_prepared_and_what_is_missing(hand):
    sku, other = stocked(("A", 2, 200), ("B", 9, 300)), stocked(("C", 5, 200))
    take_stock({sku.pk: 5, other.pk: 1}, ORDER, by=cast.SYSTEM)
    allot(ORDER, {sku.pk: 4}, by=hand)
    move_picked(ORDER, {(sku.pk, lot(sku, "A").pk): 2}, by=hand)
    told = ship_units(ORDER, f"{ORDER} P1", {sku.pk: 3, other.pk: 1}, by=hand)
    assert [(one.lot_code, one.quantity) for one in told] == [("A", 2), ("B", 1), ("C", 1)]
    assert kept() == {"A": (0, 0, 2, 0), "B": (1, 0, 1, 0), "C": (0, 0, 1, 0)}
    told = ship_units(ORDER, f"{ORDER} P2", {sku.pk: 2}, by=hand)
    assert [(one.lot_code, one.quantity) for one in told] == [("B", 2)]
    assert kept()["B"] == (0, 0, 3, 0)
    assert offered(sku) == (6, 0)


def test_ship_units_replaces_what_was_lost(hand):
    sku = stocked(("A", 2, 200), ("B", 3, 300))
    take_stock({sku.pk: 2}, ORDER, by=cast.SYSTEM)
    allot(ORDER, {sku.pk: 2}, by=hand)
    recall_lot(lot(sku, "A"), "quality", by=cast.staff("compliance_reviewer"))
    told = ship_units(ORDER, f"{ORDER} P1", {sku.pk: 2}, by=hand)
    assert [(one.lot_code, one.quantity) for one in told] == [("B", 2)]
    assert kept() == {"A": (0, 0, 0, 0), "B": (0, 0, 2, 0)}


def test_an_unprepared_order_leaves_first_expired_first(hand):
    sku = stocked(("late", 2, 400), ("soon", 1, 200))
    take_stock({sku.pk: 2}, ORDER, by=cast.SYSTEM)
    told = ship_units(ORDER, f"{ORDER} P1", {sku.pk: 2}, by=hand)
    assert [(one.lot_code, one.quantity) for one in told] == [("soon", 1), ("late", 1)]
    assert standing(sku) == {("late", "shelf"): 1, ("late", "customer"): 1, ("soon", "customer"): 1}


def test_posts_without_the_right_move_nothing():
    sku = stocked(("A", 5, 200))
    by = cast.staff("finance")
    for act in (
        lambda: allot(ORDER, {sku.pk: 1}, by=by),
        lambda: give_back_allotment(ORDER, by=by),
        lambda: move_picked(ORDER, {}, by=by),
        lambda: move_shipped(ORDER, "P1", {}, by=by),
        lambda: ship_units(ORDER, "P1", {sku.pk: 1}, by=by),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert LotMove.objects.count() == 1


@pytest.mark.fault("A6")
@pytest.mark.parametrize("place", ["packing", "customer"])
@pytest.mark.parametrize("status", ["quarantined", "recalled", "expired"])
def test_the_database_itself_keeps_an_unsellable_lot_in_the_house(place, status):
    sku = stocked(("A", 5, 200))
    held = lot(sku, "A")
    type(held).objects.filter(pk=held.pk).update(status=status, reason="quality")
    with pytest.raises(IntegrityError), transaction.atomic():
        LotMove.objects.create(
            cause="picked", sku=sku, lot=held, from_place_id="shelf", to_place_id=place,
            quantity=1, reference="by hand", at=now(),
        )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        LotAllotment.objects.create(
            reference="by hand", sku=sku, lot=held, to_pick=1, allotted_at=now()
        )
    type(held).objects.filter(pk=held.pk).update(status="sellable", reason="")


@pytest.mark.fault("A6")
def test_the_database_itself_refuses_what_is_not_there():
    sku = stocked(("A", 5, 200))
    held = lot(sku, "A")

    def moved(**changes):
        said = {"cause": "picked", "sku": sku, "lot": held, "from_place_id": "shelf",
                "to_place_id": "packing", "quantity": 1, "reference": "x", "at": now()}  # fmt: skip
        LotMove.objects.create(**{**said, **changes})

    for wrong in (
        {"quantity": 6},
        {"quantity": 0},
        {"to_place_id": "shelf"},
        {"from_place_id": "packing", "to_place_id": "customer"},
        {"sku": stocked(("B", 1, 200))},
        {"at": now() + timedelta(days=200)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            moved(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        LotAllotment.objects.create(reference="x", sku=sku, lot=held, to_pick=6, allotted_at=now())
    assert standing(sku) == {("A", "shelf"): 5}
