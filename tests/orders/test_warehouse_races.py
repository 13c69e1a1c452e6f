"""Two people at one order: released into two waves, scanned twice, a case against the scanner."""

import threading
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from orders.actions import (
    Scan,
    fulfilment,
    hand_over,
    label_parcel,
    open_exception,
    pack_parcel,
    parcels,
    pick,
    pick_as_listed,
    release_wave,
    waves,
)
from orders.errors import NothingToPick
from orders.models import Order, OrderQuerySet, PickScan, PickTask, Wave
from orders.selectors.waves import units_at_packing
from shop.errors import DomainError
from tests import cast
from tests.catalog.goods import standing, stocked
from tests.make import make_order
from tests.oracle.judging import breaches
from tests.timing.belfry import on_threads

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


@pytest.fixture
def hand():
    return cast.staff("warehouse")


def together(*acts):
    """Everybody at once; what each is told."""
    told, barrier = [], threading.Barrier(len(acts), timeout=60)

    def at_once(act):
        barrier.wait()
        try:
            act()
            told.append("done")
        except DomainError as refusal:
            told.append(refusal.code)

    on_threads(*(partial(at_once, act) for act in acts))
    return sorted(told)


def confirmed(sku, n, quantity=1):
    return make_order("confirmed", sku=sku, quantity=quantity, customer=cast.customer(f"c{n}"))


def test_an_order_is_in_one_wave(hand):
    sku = stocked(("A", 50, 200))
    for n in range(ROUNDS):
        release = partial(release_wave, [confirmed(sku, n)], by=hand)
        assert together(release, release) == ["done", "nothing-to-pick"]
    assert PickTask.objects.count() == ROUNDS == Wave.objects.count()
    assert breaches() == []


def test_the_control_without_the_orders_lock_keeps_its_goods_twice(hand, monkeypatch):
    """The unique place in a wave is a second guard, so it is off as well."""
    order, both = confirmed(stocked(("A", 50, 200)), 0), threading.Barrier(2, timeout=60)
    ready = waves.ready_to_pick

    def ready_for_both():
        found = ready().filter(pk=order.pk)
        seen = list(found)
        both.wait()
        return Found(seen)

    class Found(list):
        def filter(self, **_which):
            return self

    monkeypatch.setattr(OrderQuerySet, "locked", lambda orders: orders)
    monkeypatch.setattr(waves, "ready_to_pick", ready_for_both)
    monkeypatch.setattr(PickTask.objects.__class__, "create", unconstrained(PickTask.objects))
    told = together(*[partial(release_wave, [order], by=hand)] * 2)
    assert told == ["done", "done"], "the rig must see the fault"
    monkeypatch.undo()
    assert sum(row.to_pick for row in order.lines.get().sku.allotments.all()) == 2


def unconstrained(manager):
    """A place in a wave that is taken out again at once, so that the constraint is silent."""
    from shop.clock import now

    def create(_manager, **values):
        out = {"status": "called_off", "called_off_at": now(), "why": "by_hand"}
        return manager.bulk_create([PickTask(**values, **out)])[0]

    return create


def test_the_same_scan_at_once_counts_once(hand):
    sku = stocked(("A", 50, 200))
    for n in range(ROUNDS):
        wave = release_wave([confirmed(sku, n, 3)], by=hand)
        scan = Scan(f"{sku.code}/A", uuid4(), timedelta(seconds=9))
        assert together(*[partial(pick, wave, scan, by=hand)] * 2) == ["done", "scanned-twice"]
        assert sum(PickScan.objects.filter(task__wave=wave).values_list("quantity", flat=True)) == 1
    assert breaches() == []


def test_the_control_without_the_key_counts_it_twice(hand, monkeypatch):
    sku = stocked(("A", 50, 200))
    wave = release_wave([confirmed(sku, 0, 3)], by=hand)
    scan = Scan(f"{sku.code}/A", uuid4(), timedelta(seconds=9))
    write = waves._write_scan

    def write_anew(task, lot, quantity, scan, by):
        write(task, lot, quantity, Scan(scan.text, uuid4(), scan.gap), by)

    monkeypatch.setattr(waves, "_write_scan", write_anew)
    assert together(*[partial(pick, wave, scan, by=hand)] * 2) == ["done", "done"]
    assert standing(sku)["A", "packing"] == 2, "the rig must see the fault"


def test_a_case_against_the_scanner_leaves_all_on_the_shelf(hand):
    """Picked before or refused after: in the end nothing is picked, kept or packed."""
    sku, agent = stocked(("A", 50, 200)), cast.staff("service_agent")
    for n in range(ROUNDS):
        order = confirmed(sku, n, 2)
        wave = release_wave([order], by=hand)
        scan = Scan(f"2*{sku.code}/A", uuid4(), timedelta(seconds=9))
        told = together(
            partial(pick, wave, scan, by=hand),
            partial(open_exception, order, "unreachable", by=agent),
        )
        assert told in (["done", "done"], ["done", "not-in-wave"], ["done", "not-that-many"])
        assert wave.tasks.get().status == "called_off"
        assert standing(sku) == {("A", "shelf"): 50}
    assert breaches() == []


def test_a_case_against_the_driver_ends_in_one_of_the_two(hand):
    sku, agent = stocked(("A", 50, 200)), cast.staff("service_agent")
    for n in range(ROUNDS):
        order = confirmed(sku, n)
        pick_as_listed(release_wave([order], by=hand).tasks.get(), by=hand)
        parcel = pack_parcel(order, units_at_packing(order), by=hand)
        label_parcel(parcel, "SF", f"SF0000000{n}", by=hand)
        together(
            partial(hand_over, "SF", [parcel], counted=1, by=hand),
            partial(open_exception, order, "damaged", by=agent),
        )
        parcel.refresh_from_db()
        order.refresh_from_db()
        assert (parcel.status, order.status) in {("shipped", "shipped"), ("unpacked", "confirmed")}
    assert breaches() == []


def test_the_control_without_the_orders_lock_hands_over_what_a_case_holds(hand, monkeypatch):
    """Taking the order out of its wave is a second guard, so it is off as well."""

    order, agent = confirmed(stocked(("A", 50, 200)), 0), cast.staff("service_agent")
    pick_as_listed(release_wave([order], by=hand).tasks.get(), by=hand)
    parcel = pack_parcel(order, units_at_packing(order), by=hand)
    label_parcel(parcel, "SF", "SF00000001", by=hand)
    has_looked, is_open, free = threading.Event(), threading.Event(), parcels.require_free

    def look_early(order, step):
        free(order, step)
        has_looked.set()
        is_open.wait(5)

    monkeypatch.setattr(OrderQuerySet, "locked", lambda orders: orders)
    monkeypatch.setattr("orders.models.ParcelQuerySet.locked", lambda parcels: parcels)
    monkeypatch.setattr(parcels, "require_free", look_early)
    monkeypatch.setattr(fulfilment, "call_off_picking", lambda order, why, *, by: False)

    def open_meanwhile():
        has_looked.wait(5)
        open_exception(order, "damaged", by=agent)
        is_open.set()

    together(partial(hand_over, "SF", [parcel], counted=1, by=hand), open_meanwhile)
    monkeypatch.undo()
    order.refresh_from_db()
    assert order.status == "shipped", "the rig must see the fault: it left under an open case"


def test_nothing_to_pick_is_said_of_what_is_in_a_wave(hand):
    order = confirmed(stocked(("A", 1, 200)), 0)
    release_wave([order], by=hand)
    with pytest.raises(NothingToPick):
        release_wave([Order.objects.get(pk=order.pk)], by=hand)
