"""release_wave, pick, pick_as_listed, report_short_pick, call_off_picking, end_picking: A4.2b."""

from datetime import timedelta
from uuid import uuid4

import pytest

from catalog.actions import quarantine_lot
from catalog.errors import LotNotSellable, NotPicked
from catalog.models import Lot
from orders.actions import (
    Scan,
    accept_case,
    call_off_picking,
    hand_over,
    label_parcel,
    open_exception,
    pack_parcel,
    pick,
    pick_as_listed,
    release_wave,
    report_short_pick,
    ship_order,
)
from orders.actions.picking import end_picking
from orders.errors import (
    LotNeeded,
    NothingToPick,
    NotInWave,
    NotThatMany,
    OtherLot,
    ScannedTwice,
    UnknownCode,
)
from orders.models import Order, PickScan, Wave
from orders.selectors.waves import ready_to_pick, units_at_packing, walk_of
from shop.clock import now, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.work.models import WorkItem
from tests import cast
from tests.catalog.goods import lot, standing, stocked
from tests.make import make_case, make_order, make_sku
from tests.oracle.judging import breaches

pytestmark = pytest.mark.django_db
FAR = timedelta(seconds=5)


@pytest.fixture
def hand():
    return cast.staff("warehouse")


def confirmed(sku, quantity=1, name="ming"):
    return make_order("confirmed", sku=sku, quantity=quantity, customer=cast.customer(name))


def scan(wave, text, hand, gap=FAR):
    return pick(wave, Scan(text, uuid4(), gap), by=hand)


def label(sku, code):
    return f"{sku.code}/{code}"


def test_a_wave_is_picked_by_scanner_and_leaves(hand):
    sku = stocked(("A", 2, 200), ("B", 9, 300))
    first, second = confirmed(sku, 2), confirmed(sku, 1, "hua")
    wave = release_wave([second, first], "SF", by=hand)
    assert [(row.lot.code, row.to_pick) for row in walk_of(wave)] == [("A", 2), ("B", 1)]

    assert scan(wave, label(sku, "A"), hand).left == 1
    scan(wave, f"{sku.code} a", hand)
    scan(wave, "b", hand)
    assert set(wave.tasks.values_list("status", flat=True)) == {"picked"}
    assert standing(sku) == {("A", "packing"): 2, ("B", "packing"): 1, ("B", "shelf"): 8}

    for n, order in enumerate((first, second)):
        parcel = pack_parcel(order, units_at_packing(order), by=hand)
        label_parcel(parcel, "SF", f"SF0000000{n}", by=hand)
        hand_over("SF", [parcel], counted=1, by=hand)
    assert set(Order.objects.values_list("status", flat=True)) == {"shipped"}
    assert {line.lot.code for p in first.parcels.all() for line in p.lines.all()} == {"A"}
    assert breaches() == []


def test_the_oldest_promise_goes_first_and_no_more_than_a_wave_takes(hand, monkeypatch):
    monkeypatch.setattr("orders.rules.MOST_IN_WAVE", 2)
    sku = make_sku()
    orders = [confirmed(sku, name=name) for name in "abc"]
    wave = release_wave(reversed(orders), by=hand)
    assert [task.order for task in wave.tasks.all()] == orders[:2]
    assert list(ready_to_pick()) == orders[2:]


@pytest.mark.parametrize("why", ["paid", "shipped", "in a wave", "held", "asked back", "packed"])
def test_only_free_orders_are_released(hand, why):
    order = make_order("paid" if why == "paid" else "confirmed")
    bring_about = {
        "paid": lambda: None,
        "shipped": lambda: ship_order(order, "SF", "SF00000001", by=hand),
        "in a wave": lambda: release_wave([order], by=hand),
        "held": lambda: open_exception(order, "unreachable", by=hand),
        "asked back": lambda: make_case(order),
        "packed": lambda: packed(order, hand),
    }
    bring_about[why]()
    waves = Wave.objects.count()
    with pytest.raises(NothingToPick):
        release_wave([order], by=hand)
    assert Wave.objects.count() == waves
    assert order not in ready_to_pick()


def packed(order, hand):
    task = release_wave([order], by=hand).tasks.get()
    pick_as_listed(task, by=hand)
    return pack_parcel(order, units_at_packing(order), by=hand)


REFUSED = {
    "unknown": ("no such thing at all", UnknownCode),
    "nonsense": ("", UnknownCode),
    "of another wave": ("{other}", NotInWave),
    "another lot": ("{sku}/C", OtherLot),
    "the goods alone": ("{sku}", LotNeeded),
    "too many": ("4*{sku}/A", NotThatMany),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_scan_counts_nothing_and_says_why(hand, case):
    sku = stocked(("A", 2, 200), ("B", 2, 300), ("C", 2, 400))
    other = stocked(("X", 1, 200))
    wave = release_wave([confirmed(sku, 3)], by=hand)
    text, refusal = REFUSED[case]
    with pytest.raises(refusal):
        scan(wave, text.format(sku=sku.code, other=other.code), hand)
    assert not PickScan.objects.exists()
    assert sum(row.picked for row in walk_of(wave)) == 0


def test_one_more_than_wanted_is_refused(hand):
    sku = stocked(("A", 5, 200))
    wave = release_wave([confirmed(sku, 2)], by=hand)
    scan(wave, f"2*{label(sku, 'A')}", hand)
    with pytest.raises(NotThatMany):
        scan(wave, label(sku, "A"), hand)


def test_a_scanner_that_sends_twice_is_counted_once(hand):
    sku = stocked(("A", 5, 200))
    wave = release_wave([confirmed(sku, 3)], by=hand)
    same = Scan(label(sku, "A"), uuid4(), FAR)
    pick(wave, same, by=hand)
    with pytest.raises(ScannedTwice):  # the answer was lost, the page asks again
        pick(wave, same, by=hand)
    with pytest.raises(ScannedTwice):  # the scanner's echo
        scan(wave, label(sku, "A"), hand, gap=timedelta(milliseconds=40))
    assert PickScan.objects.count() == 1
    scan(wave, label(sku, "A"), hand)  # a second unit, by hand
    assert walk_of(wave)[0].picked == 2


@pytest.mark.parametrize("how", ["quarantined", "expired"])
def test_a_lot_that_may_not_be_sold_any_more_is_refused_and_replaced(hand, how):
    sku = stocked(("A", 1, 40), ("B", 1, 300))
    order = confirmed(sku)
    wave = release_wave([order], by=hand)
    bad = lot(sku, "A")
    later = now() + timedelta(days=41 if how == "expired" else 0)
    if how == "quarantined":
        quarantine_lot(bad, "quality", by=hand)
    with turned_to(later):
        with pytest.raises((LotNotSellable, NotThatMany)):
            scan(wave, label(sku, "A"), hand)
        report_short_pick(wave, bad, 1, "unsellable", by=hand)
        scan(wave, label(sku, "B"), hand)
    assert wave.tasks.get().status == "picked"


def test_short_of_a_lot_the_books_are_corrected_and_another_lot_is_taken(hand):
    sku = stocked(("A", 2, 200), ("B", 2, 300))
    order = confirmed(sku, 2)
    wave = release_wave([order], by=hand)
    scan(wave, label(sku, "A"), hand)
    report_short_pick(wave, lot(sku, "A"), 1, "missing", by=hand)
    assert standing(sku) == {("A", "packing"): 1, ("A", "loss"): 1, ("B", "shelf"): 2}
    assert [(r.lot.code, r.to_pick, r.picked) for r in walk_of(wave)] == [("A", 0, 1), ("B", 1, 0)]
    scan(wave, label(sku, "B"), hand)
    assert wave.tasks.get().status == "picked"
    assert breaches() == []


def test_short_without_another_lot_the_last_order_becomes_a_case(hand):
    sku = stocked(("A", 2, 200))
    first, last = confirmed(sku), confirmed(sku, name="hua")
    wave = release_wave([first, last], by=hand)
    report_short_pick(wave, lot(sku, "A"), 1, "missing", by=hand)
    assert WorkItem.objects.get(kind="order_exception").subject == last.stream
    assert [(t.order, t.status, t.why) for t in wave.tasks.all()] == [
        (first, "picking", ""),
        (last, "called_off", "held"),
    ]
    assert breaches() == []


def test_goods_that_are_not_there_at_release_become_a_case(hand):
    sku = stocked(("A", 1, 200))
    order = confirmed(sku)
    quarantine_lot(lot(sku, "A"), "quality", by=hand)
    wave = release_wave([order], by=hand)
    assert not wave.tasks.exists()
    assert WorkItem.objects.get(kind="order_exception").subject == order.stream


def test_a_case_takes_the_order_out_of_its_wave_and_its_goods_go_back(hand):
    sku = stocked(("A", 3, 200))
    order, other = confirmed(sku, 2), confirmed(sku, name="hua")
    wave = release_wave([order, other], by=hand)
    scan(wave, label(sku, "A"), hand)
    case = make_case(order)
    task = wave.tasks.get(order=order)
    assert (task.status, task.why) == ("called_off", "held")
    assert standing(sku) == {("A", "shelf"): 3}
    assert [(row.to_pick, row.picked) for row in walk_of(wave)] == [(1, 0)]
    accept_case(case, by=cast.staff("service_supervisor"))
    assert breaches() == []


def test_taken_out_by_hand_it_can_be_released_again(hand):
    order = make_order("confirmed")
    release_wave([order], by=hand)
    assert call_off_picking(order, "by_hand", by=hand) is True
    assert call_off_picking(order, "by_hand", by=hand) is False
    wave = release_wave([order], by=hand)
    task = pick_as_listed(wave.tasks.get(), by=hand)
    with pytest.raises(IllegalTransition):
        pick_as_listed(task, by=hand)
    kinds = EventLog.objects.filter(stream=order.stream).order_by("-seq")
    assert [kind.split(".")[1] for kind in kinds.values_list("kind", flat=True)[:4]] == [
        "OrderPicked", "PickingBegun", "PickingCalledOff", "PickingBegun",
    ]  # fmt: skip


def test_an_order_that_ships_at_once_is_no_more_to_be_picked(hand):
    sku = stocked(("A", 3, 200))
    order = confirmed(sku, 2)
    wave = release_wave([order], by=hand)
    assert end_picking(wave.tasks.get(), by=cast.SYSTEM) is False
    scan(wave, label(sku, "A"), hand)
    ship_order(order, "SF", "SF00000001", by=hand)
    assert wave.tasks.get().status == "picked"
    assert walk_of(wave) == []
    assert breaches() == []


def test_what_was_not_picked_for_the_order_is_not_packed(hand):
    sku = stocked(("A", 2, 200), ("B", 2, 300))
    one, other = confirmed(sku, 2), confirmed(sku, 2, "hua")
    wave = release_wave([one, other], by=hand)
    for task in wave.tasks.all():
        pick_as_listed(task, by=hand)
    with pytest.raises(NotPicked):
        pack_parcel(one, {(sku.pk, lot(sku, "B").pk): 2}, by=hand)
    pack_parcel(one, {(sku.pk, lot(sku, "A").pk): 2}, by=hand)


def test_who_may(hand):
    order = make_order("confirmed")
    wave = release_wave([order], by=hand)
    task, one = wave.tasks.get(), Lot.objects.first()
    for by in (cast.shopper(), cast.staff("service_agent"), cast.staff("finance")):
        for act in (
            lambda by: release_wave([order], by=by),
            lambda by: pick(wave, Scan("x", uuid4()), by=by),
            lambda by: pick_as_listed(task, by=by),
            lambda by: report_short_pick(wave, one, 1, "missing", by=by),
            lambda by: call_off_picking(order, "by_hand", by=by),
        ):
            with pytest.raises(NotAllowed):
                act(by)
    with pytest.raises(InvalidValue):
        report_short_pick(wave, one, 1, "bad weather", by=hand)
    with pytest.raises(NotThatMany):
        report_short_pick(wave, one, 5, "missing", by=hand)
