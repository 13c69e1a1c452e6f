"""Two hands on one lot: the second waits for the first, and is told. Without locks it is not."""

import threading
import time
from contextlib import nullcontext
from functools import partial

import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction

from catalog.actions import (
    allot,
    move_picked,
    quarantine_lot,
    recall_lot,
    receive_stock,
    take_stock,
)
from catalog.errors import BookedBefore, LotNotSellable, NotAllotted, Shortage, SoldOut
from catalog.models import LotAllotment, LotAllotmentQuerySet, LotQuerySet
from catalog.selectors import skus_out_of_balance
from tests import cast
from tests.catalog.goods import facts, lot, offered, standing, stocked

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60
REVIEWER = "compliance_reviewer"
FIRST, SECOND = "261122000001", "261122000002"


@pytest.fixture
def hand():
    return cast.staff("warehouse")


@pytest.fixture
def unlocked(monkeypatch):
    """The control: nobody waits for anybody."""
    monkeypatch.setattr(LotQuerySet, "locked", lambda rows: rows.order_by("pk"))
    monkeypatch.setattr(
        LotAllotmentQuerySet,
        "locked",
        lambda rows, reference: rows.filter(reference=reference).select_related("lot", "sku"),
    )


def met(first, second):
    """What became of `second`, begun while `first` had not committed: None, or its exception."""
    wrote, may_commit, ends = threading.Event(), threading.Event(), []

    def lead():
        with transaction.atomic():
            first()
            wrote.set()
            may_commit.wait(PATIENCE)
        connection.close()

    def follow():
        try:
            second()
            ends.append(None)
        except Exception as error:
            ends.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, daemon=True) for work in (lead, follow)]
    threads[0].start()
    assert wrote.wait(PATIENCE)
    threads[1].start()
    until(lambda: ends or somebody_waits())
    may_commit.set()
    for thread in threads:
        thread.join(PATIENCE)
    return ends[0]


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def until(holds):
    for _ in range(PATIENCE * 50):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("nobody came, and nobody waits")


def two_waves(sku, hand):
    return met(lambda: allot(FIRST, {sku.pk: 1}, by=hand),
               lambda: allot(SECOND, {sku.pk: 1}, by=hand))  # fmt: skip


@pytest.mark.fault("A6")
def test_two_waves_for_the_last_unit(hand):
    sku = stocked(("A", 1, 200))
    assert isinstance(two_waves(sku, hand), Shortage)
    assert LotAllotment.objects.get().reference == FIRST
    assert not skus_out_of_balance()


def test_the_control_two_waves_see_the_same_unit(hand, unlocked):
    sku = stocked(("A", 1, 200))
    assert isinstance(two_waves(sku, hand), IntegrityError), "only the constraint was left"


def recalled_while_picked(sku, hand):
    allot(FIRST, {sku.pk: 2}, by=hand)
    held = lot(sku, "A")
    return met(lambda: recall_lot(held, "quality", by=cast.staff(REVIEWER)),
               lambda: move_picked(FIRST, {(sku.pk, held.pk): 1}, by=hand))  # fmt: skip


@pytest.mark.fault("A6")
def test_a_lot_that_is_recalled_while_it_is_being_picked_is_refused(hand):
    sku = stocked(("A", 5, 200))
    assert isinstance(recalled_while_picked(sku, hand), LotNotSellable)
    assert standing(sku) == {("A", "quarantine"): 5}
    assert not skus_out_of_balance()


def test_the_control_whoever_scans_a_recalled_lot_hears_of_a_broken_constraint(hand, unlocked):
    sku = stocked(("A", 5, 200))
    assert isinstance(recalled_while_picked(sku, hand), IntegrityError)


def picked_while_recalled(sku, hand, guard=nullcontext):
    """B is picked in the place of A: nothing of it was allotted before."""
    allot(FIRST, {sku.pk: 1}, by=hand)
    other = lot(sku, "B")

    def pick():
        with guard():
            move_picked(FIRST, {(sku.pk, other.pk): 1}, by=hand)

    return met(pick, lambda: recall_lot(other, "quality", by=cast.staff(REVIEWER)))


@pytest.mark.fault("A6")
def test_a_recall_catches_what_has_just_been_picked(hand):
    sku = stocked(("A", 5, 200), ("B", 5, 300))
    assert picked_while_recalled(sku, hand) is None
    assert standing(sku) == {("A", "shelf"): 5, ("B", "quarantine"): 5}
    assert LotAllotment.objects.get(lot__code="B").lost == 1
    assert not skus_out_of_balance()


def test_the_control_a_recall_fails_because_somebody_scans(hand, unlocked):
    """The trigger waits as well, and is told not to."""
    sku = stocked(("A", 5, 200), ("B", 5, 300))
    blind = partial(pgtrigger.ignore, "catalog.LotMove:unsellable_lots_stay")
    assert isinstance(picked_while_recalled(sku, hand, blind), IntegrityError)
    assert lot(sku, "B").status == "sellable"


def scanned_twice(sku, hand):
    allot(FIRST, {sku.pk: 1}, by=hand)
    units = {(sku.pk, lot(sku, "A").pk): 1}
    return met(lambda: move_picked(FIRST, units, by=hand),
               lambda: move_picked(FIRST, units, by=hand))  # fmt: skip


@pytest.mark.fault("A8")
def test_the_same_code_scanned_twice_at_once_is_picked_once(hand):
    sku = stocked(("A", 5, 200))
    assert isinstance(scanned_twice(sku, hand), NotAllotted)
    assert standing(sku) == {("A", "shelf"): 4, ("A", "packing"): 1}
    assert not skus_out_of_balance()


def test_the_control_both_scans_believe_that_they_are_the_first(hand, unlocked):
    sku = stocked(("A", 5, 200))
    assert scanned_twice(sku, hand) is None
    assert standing(sku) == {("A", "shelf"): 3, ("A", "packing"): 2}, "two, for one that was asked"
    assert LotAllotment.objects.get().picked == 1


def received_twice(sku, hand):
    label = facts("A", left=200)
    return met(lambda: receive_stock(sku, 4, "GR-2", lot=label, by=hand),
               lambda: receive_stock(sku, 4, "GR-2", lot=label, by=hand))  # fmt: skip


@pytest.mark.fault("A8")
def test_a_delivery_booked_by_two_at_once_counts_once(hand):
    sku = stocked(("A", 5, 200))
    assert isinstance(received_twice(sku, hand), BookedBefore)
    assert offered(sku) == (9, 0)
    assert not skus_out_of_balance()


def test_the_control_both_book_it(hand, unlocked):
    sku = stocked(("A", 5, 200))
    assert isinstance(received_twice(sku, hand), IntegrityError)


@pytest.mark.fault("A6")
def test_an_order_that_comes_while_a_lot_is_withdrawn_finds_nothing(hand):
    sku = stocked(("A", 5, 200), ("B", 1, 300))

    def order():
        with transaction.atomic():
            take_stock({sku.pk: 2}, FIRST, by=cast.SYSTEM)

    held = lot(sku, "A")
    assert isinstance(met(lambda: quarantine_lot(held, "quality", by=hand), order), SoldOut)
    assert offered(sku) == (1, 0)
    assert not skus_out_of_balance()


@pytest.mark.fault("A6")
def test_an_order_that_has_just_come_is_counted_as_short(hand):
    sku = stocked(("A", 5, 200), ("B", 1, 300))
    held = lot(sku, "A")
    assert met(lambda: take_stock({sku.pk: 2}, FIRST, by=cast.SYSTEM),
               lambda: quarantine_lot(held, "quality", by=hand)) is None  # fmt: skip
    assert offered(sku) == (0, 1)
    assert not skus_out_of_balance()


def rush(sku, hand, orders):
    """Everybody allots and picks one; what each was told."""
    told, start = [], threading.Barrier(orders, timeout=PATIENCE)

    def serve(n):
        reference = f"2611220{n:05d}"
        start.wait()
        try:
            [one] = allot(reference, {sku.pk: 1}, by=hand)
            move_picked(reference, {(sku.pk, one.lot_id): 1}, by=hand)
            told.append("picked")
        except Shortage:
            told.append("short")
        finally:
            connection.close()

    threads = [threading.Thread(target=serve, args=[n], daemon=True) for n in range(orders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return told


@pytest.mark.fault("A1")
def test_as_many_are_served_as_there_are_units(hand):
    sku = stocked(("A", 2, 200), ("B", 3, 300))
    told = rush(sku, hand, orders=8)
    assert (told.count("picked"), told.count("short")) == (5, 3)
    assert standing(sku) == {("A", "packing"): 2, ("B", "packing"): 3}
    assert not skus_out_of_balance()
