"""pack_parcel, label_parcel, unpack_parcel, ship_parcel, hand_over, end_shipping: A4.2b."""

import threading
from functools import partial

import pytest

from orders.actions import (
    accept_case,
    hand_over,
    label_parcel,
    open_case,
    pack_parcel,
    pick_as_listed,
    release_wave,
    ship_order,
    ship_parcel,
    unpack_parcel,
)
from orders.actions.parcels import end_shipping
from orders.errors import (
    AlreadyPacked,
    CountDiffers,
    NotInOrder,
    NotLabelled,
    NotWholeOrder,
    OtherCarrier,
    SomeHaveLeft,
    WaybillUsed,
)
from orders.models import HandOver, Order, OrderQuerySet, Parcel, ParcelLine
from orders.selectors.waves import ready_to_pick, units_at_packing
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.notices.models import Notice
from shop.work.errors import StepHeld
from tests import cast
from tests.api.conftest import device_of
from tests.make import make_case, make_order
from tests.oracle.judging import breaches
from tests.timing.belfry import on_threads

pytestmark = pytest.mark.django_db


@pytest.fixture
def hand():
    return cast.staff("warehouse")


def told(order):
    kinds = EventLog.objects.filter(stream=order.stream).order_by("seq")
    return [kind.removeprefix("orders.") for kind in kinds.values_list("kind", flat=True)]


def units_of(order, quantity=None):
    """So many of what was picked for it, which it is first if it was not."""
    if order in ready_to_pick():
        pick_as_listed(release_wave([order], by=a_hand()).tasks.get(), by=a_hand())
    return {key: quantity or units for key, units in units_at_packing(order).items()}


def a_hand():
    return cast.staff("warehouse")


def test_a_parcel_is_packed_labelled_and_handed_over_with_its_order(hand):
    order = make_order("confirmed", quantity=3)
    parcel = pack_parcel(order, units_of(order), by=hand)
    assert (parcel.status, parcel.packed_by, parcel.waybill) == ("packed", hand.user, "")
    assert [line.quantity for line in parcel.lines.all()] == [3]
    label_parcel(parcel, "SF", "sf 0000-1111", by=hand)
    order.refresh_from_db()
    assert order.status == "confirmed"

    handed = hand_over("SF", [parcel], counted=1, by=hand)
    order.refresh_from_db(), parcel.refresh_from_db()
    assert (order.status, parcel.status) == ("shipped", "shipped")
    assert (parcel.waybill, parcel.hand_over, handed.count) == ("SF00001111", handed, 1)
    assert told(order)[-3:] == ["ParcelPacked", "ParcelLabelled", "OrderShipped"]
    assert EventLog.objects.get(stream=handed.stream).kind == "orders.HandedOver"
    assert breaches() == []


def test_of_a_split_order_each_parcel_is_told_and_the_last_one_ships_it(hand):
    order = make_order("confirmed", quantity=3)
    with pytest.raises(NotWholeOrder):
        pack_parcel(order, units_of(order, 2), by=hand)
    first = pack_parcel(order, units_of(order, 2), split=True, by=hand)
    second = pack_parcel(order, units_of(order, 1), by=hand)
    ship_parcel(first, "SF", "SF00000001", by=hand)
    order.refresh_from_db()
    assert (order.status, told(order)[-1]) == ("confirmed", "PartShipped")
    seen = device_of("ming").get(f"/api/v1/orders/{order.number}/").json()
    assert [(p["waybill"], [x["quantity"] for x in p["lines"]]) for p in seen["parcels"]] == [
        ("SF00000001", [2])
    ]

    ship_parcel(second, "ZTO", "ZT00000002", by=hand)
    run_reactions()
    order.refresh_from_db()
    assert (order.status, told(order)[-1]) == ("shipped", "OrderShipped")
    keys = Notice.objects.filter(kind="orders.order_shipped").values_list("key", flat=True)
    assert set(keys) == {f"parcel:{first.pk}", f"parcel:{second.pk}"}
    assert breaches() == []


def test_a_part_shipped_order_ships_its_rest_in_one_go(hand):
    order = make_order("confirmed", quantity=3)
    first = pack_parcel(order, units_of(order, 1), split=True, by=hand)
    ship_parcel(first, "SF", "SF00000001", by=hand)
    rest = ship_order(order, "SF", "SF00000002", by=hand)
    assert rest.lines.get().quantity == 2
    assert Order.objects.get().status == "shipped"


@pytest.mark.parametrize(
    ("units", "refusal"),
    [
        (lambda order: {}, NotInOrder),
        (lambda order: units_of(order, 4), NotInOrder),
        (lambda order: {**units_of(order), (10**9, 1): 1}, NotInOrder),
        (lambda order: units_of(order, -1), NotInOrder),
        (lambda order: units_of(order, 2), NotWholeOrder),
    ],
)
def test_what_is_in_the_parcel_is_what_is_left_of_the_order(hand, units, refusal):
    order = make_order("confirmed", quantity=3)
    with pytest.raises(refusal):
        pack_parcel(order, units(order), by=hand)
    assert not Parcel.objects.exists()


def test_nothing_is_packed_twice_nor_before_it_is_confirmed(hand):
    order = make_order("confirmed")
    pack_parcel(order, units_of(order), by=hand)
    for again in (partial(pack_parcel, order, units_of(order)),
                  partial(ship_order, order, "SF", "SF00000001")):  # fmt: skip
        with pytest.raises(AlreadyPacked):
            again(by=hand)
    paid = make_order("paid", customer=cast.customer("hua"))
    with pytest.raises(IllegalTransition):
        pack_parcel(paid, units_of(paid), by=hand)
    assert Parcel.objects.count() == 1


def test_an_unpacked_parcel_frees_its_units_and_its_waybill(hand):
    order = make_order("confirmed")
    parcel = label_parcel(pack_parcel(order, units_of(order), by=hand), "SF", "SF00000001", by=hand)
    unpack_parcel(parcel, by=hand)
    again = pack_parcel(order, units_of(order), by=hand)
    ship_parcel(again, "SF", "SF00000001", by=hand)
    with pytest.raises(IllegalTransition):
        unpack_parcel(again, by=hand)
    assert told(order)[-3:] == ["ParcelUnpacked", "ParcelPacked", "OrderShipped"]


def test_a_waybill_of_another_order_is_refused(hand):
    one, other = (make_order("confirmed", customer=cast.customer(name)) for name in "ab")
    ship_order(one, "SF", "SF00000001", by=hand)
    parcel = pack_parcel(other, units_of(other), by=hand)
    for put in (label_parcel, ship_parcel):
        with pytest.raises(WaybillUsed):
            put(parcel, "SF", "sf0000 0001", by=hand)
        with pytest.raises(InvalidValue):
            put(parcel, "SF", "12", by=hand)
        with pytest.raises(InvalidValue):
            put(parcel, "pigeon", "SF00000002", by=hand)
    parcel.refresh_from_db()
    assert (parcel.status, parcel.waybill) == ("packed", "")
    label_parcel(parcel, "SF", "SF00000002", by=hand)
    label_parcel(parcel, "SF", "SF00000002", by=hand)  # the scanner sends it twice
    assert told(other).count("ParcelLabelled") == 1


def two_labelled(hand):
    for n, name in enumerate("ab", start=1):
        order = make_order("confirmed", customer=cast.customer(name))
        parcel = pack_parcel(order, units_of(order), by=hand)
        yield label_parcel(parcel, "SF", f"SF0000000{n}", by=hand)


def test_a_hand_over_is_all_or_nothing(hand):
    one, other = two_labelled(hand)
    with pytest.raises(CountDiffers):
        hand_over("SF", [one, other], counted=3, by=hand)
    with pytest.raises(CountDiffers):
        hand_over("SF", [one, one], counted=2, by=hand)  # one parcel scanned twice
    with pytest.raises(CountDiffers):
        hand_over("SF", [], counted=0, by=hand)
    with pytest.raises(OtherCarrier):
        hand_over("ZTO", [one, other], counted=2, by=hand)
    bare = make_order("confirmed", customer=cast.customer("c"))
    unlabelled = pack_parcel(bare, units_of(bare), by=hand)
    with pytest.raises(NotLabelled):
        hand_over("SF", [one, unlabelled], counted=2, by=hand)
    unpack_parcel(other, by=hand)
    with pytest.raises(IllegalTransition):
        hand_over("SF", [one, other], counted=2, by=hand)
    assert not HandOver.objects.exists()
    assert set(Order.objects.values_list("status", flat=True)) == {"confirmed"}


def test_who_may(hand):
    order = make_order("confirmed")
    parcel = pack_parcel(order, units_of(order), by=hand)
    for by in (cast.shopper(), cast.staff("service_agent"), cast.staff("finance")):
        for act in (
            partial(pack_parcel, order, units_of(order)),
            partial(label_parcel, parcel, "SF", "SF00000001"),
            partial(ship_parcel, parcel, "SF", "SF00000001"),
            partial(unpack_parcel, parcel),
            partial(hand_over, "SF", [parcel], counted=1),
        ):
            with pytest.raises(NotAllowed):
                act(by=by)


def part_shipped(hand):
    order = make_order("confirmed", quantity=3)
    first = pack_parcel(order, units_of(order, 1), split=True, by=hand)
    ship_parcel(first, "SF", "SF00000001", by=hand)
    return order


def test_what_is_in_the_house_goes_back_on_sale_and_the_order_is_shipped_by_what_left(hand):
    order = part_shipped(hand)
    accept_case(make_case(order, 2), by=cast.staff("service_supervisor"))
    order.refresh_from_db()
    assert (order.status, told(order)[-1]) == ("shipped", "OrderShipped")
    assert order.after_sales.get().restocked_at is not None
    assert breaches() == []


def test_a_case_is_of_goods_in_one_place(hand):
    order = part_shipped(hand)
    with pytest.raises(SomeHaveLeft):
        make_case(order, 3)
    assert not order.after_sales.exists()
    assert end_shipping(make_order("confirmed", customer=cast.customer("b")), by=cast.SYSTEM) is (
        False
    )


def test_what_is_asked_back_does_not_leave(hand):
    """Opening the case does `unpack_order`: what is packed is taken apart at once."""
    order = make_order("confirmed", quantity=2)
    parcel = pack_parcel(order, units_of(order), by=hand)
    make_case(order)
    parcel.refresh_from_db()
    assert (parcel.status, told(order).count("ParcelUnpacked")) == ("unpacked", 1)
    for act in (
        partial(ship_parcel, parcel, "SF", "SF00000001"),
        partial(pack_parcel, order, units_of(order)),
        partial(ship_order, order, "SF", "SF00000001"),
    ):
        with pytest.raises((StepHeld, IllegalTransition)):
            act(by=hand)
    assert Order.objects.get().status == "confirmed"


def pack_together(order, hand):
    """Two hands pack one order at once; what they are told."""
    told, units = [], units_of(order)

    def pack():
        try:
            pack_parcel(order, units, by=hand)
            told.append("packed")
        except AlreadyPacked:
            told.append("too late")

    on_threads(pack, pack)
    return sorted(told)


@pytest.mark.django_db(transaction=True)
def test_one_parcel_is_packed_once(hand):
    for n in range(6):
        order = make_order("confirmed", customer=cast.customer(f"c{n}"))
        assert pack_together(order, hand) == ["packed", "too late"]
    assert ParcelLine.objects.count() == 6
    assert breaches() == []


@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_lock_packs_it_twice_and_the_oracle_says_so(hand, monkeypatch):
    order = make_order("confirmed")

    class Unlocked(OrderQuerySet):
        def get(self, *args, **kwargs):
            return super().get(*args, **kwargs)

    monkeypatch.setattr(
        Order.objects.__class__, "locked", lambda manager: Unlocked(Order, using="default")
    )
    written = threading.Barrier(2, timeout=60)
    monkeypatch.setattr("orders.actions.parcels._write_parcel", meeting(written))
    assert pack_together(order, hand) == ["packed", "packed"], "the rig must see the fault"
    monkeypatch.undo()
    assert "orders.parcels_hold_what_was_ordered" in {found[0] for found in breaches()}


def meeting(barrier):
    """Write the parcel only when both hands have found nothing packed."""
    from orders.actions import parcels

    write = parcels._write_parcel

    def write_together(*values):
        barrier.wait()
        return write(*values)

    return write_together


def test_money_asked_back_for_one_line_by_the_customer(hand):
    order = make_order("confirmed", quantity=2)
    case = open_case(order, {order.lines.get().sku_id: 1}, "quality", by=cast.shopper())
    accept_case(case, by=cast.staff("service_agent"))
    parcel = ship_order(order, "SF", "SF00000001", by=hand)
    assert parcel.lines.get().quantity == 1
    assert breaches() == []
