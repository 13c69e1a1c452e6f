"""order_waybill: asked under one number, on the parcel once; given back when it is not used."""

import pytest

from orders import flows
from orders.actions import (
    begin_waybill,
    pack_parcel,
    record_waybill,
    record_waybill_given_back,
    record_waybill_refused,
    ship_parcel,
    unpack_parcel,
)
from orders.models import Parcel, WaybillOrder
from shop.errors import IllegalTransition, NotAllowed
from shop.events.relay import run_reactions
from shop.vendors.errors import VendorRefused, VendorUnreachable
from tests import cast
from tests.make import make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def hand():
    return cast.staff("warehouse")


@pytest.fixture
def parcel(carriers, hand):
    order = make_order("confirmed")
    return pack_parcel(order, {line.sku_id: line.quantity for line in order.lines.all()}, by=hand)


def fresh(parcel):
    return Parcel.objects.get(pk=parcel.pk)


def test_the_waybill_is_on_the_parcel(parcel, carriers, hand, oracle):
    waybill = flows.order_waybill(parcel, "ZTO", by=hand)
    assert (fresh(parcel).carrier, fresh(parcel).waybill) == ("ZTO", waybill)
    [known] = carriers.waybills()
    assert known["number"] == waybill
    assert WaybillOrder.objects.get().status == "given"


def test_asked_again_it_is_the_same(parcel, carriers, hand):
    first = flows.order_waybill(parcel, "SF", by=hand)
    assert flows.order_waybill(parcel, "SF", by=hand) == first
    assert len(carriers.waybills()) == 1


@pytest.mark.fault("F3")
def test_an_answer_that_was_lost_is_found_by_asking_again(parcel, carriers, hand):
    carriers.set_faults(lose_answers=True)
    with pytest.raises(VendorUnreachable):
        flows.order_waybill(parcel, "SF", by=hand)
    assert WaybillOrder.objects.get().status == "asked"
    carriers.clear_faults()
    waybill = flows.order_waybill(parcel, "ZTO", by=hand)  # what was begun goes on
    [known] = carriers.waybills()
    assert (known["number"], known["company"]) == (waybill, "shunfeng")
    assert fresh(parcel).waybill == waybill


def test_a_refusal_is_the_last_word_for_that_number(parcel, carriers, hand):
    carriers.set_faults(code="30004")
    with pytest.raises(VendorRefused):
        flows.order_waybill(parcel, "SF", by=hand)
    carriers.clear_faults()
    flows.order_waybill(parcel, "ZTO", by=hand)
    first, second = WaybillOrder.objects.order_by("pk")
    assert (first.status, first.code, second.status) == ("refused", "30004", "given")
    assert first.number != second.number


def test_what_is_unpacked_is_given_back(parcel, carriers, hand):
    flows.order_waybill(parcel, "SF", by=hand)
    unpack_parcel(parcel, by=hand)
    run_reactions()
    assert carriers.waybills() == []
    assert WaybillOrder.objects.get().status == "given_back"


def test_only_what_is_packed_gets_one(parcel, hand):
    ship_parcel(parcel, "SF", "SF00112233", by=hand)
    with pytest.raises(IllegalTransition):
        begin_waybill(parcel, "SF", by=hand)


def test_steps_by_themselves(parcel, hand):
    ordered = begin_waybill(parcel, "SF", by=hand)
    assert begin_waybill(parcel, "SF", by=hand).pk == ordered.pk
    record_waybill(ordered, "SF00112233", by=hand)
    record_waybill(ordered, "SF00112233", by=hand)
    with pytest.raises(IllegalTransition):
        record_waybill_refused(ordered, "30001", by=hand)
    record_waybill_given_back(ordered, by=hand)
    assert WaybillOrder.objects.get().status == "given_back"


def test_who_may(parcel):
    with pytest.raises(NotAllowed):
        flows.order_waybill(parcel, "SF", by=cast.staff("service_agent"))
