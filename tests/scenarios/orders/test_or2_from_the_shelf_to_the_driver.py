"""OR2: pick list by lot, pack check, waybill, split shipments; told at once, parcel by parcel."""

import json
from uuid import uuid4

import pytest

from orders.models import Order, Wave
from orders.selectors.waves import units_at_packing, walk_of
from shop.events.relay import run_reactions
from tests import cast
from tests.catalog.goods import stocked
from tests.doors.conftest import desk_of
from tests.make import make_order
from tests.phone import HOME

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.article("OR2", "A4.2b", "C7.2"),
]
WAREHOUSE = "/admin/warehouse/"


@pytest.fixture
def warehouse():
    return desk_of("warehouse")


def post(client, path, body):
    return client.post(f"{WAREHOUSE}{path}", json.dumps(body), content_type="application/json")


def scan(client, wave, text):
    body = {"text": text, "key": uuid4().hex, "gap": 5000}
    return post(client, f"waves/{wave.pk}/scan/", body)


def released(warehouse):
    warehouse.post(f"{WAREHOUSE}release/", {"carrier": "SF"})
    return Wave.objects.latest("pk")


def close(warehouse, order, units, **more):
    body = {"units": [[sku, lot, n] for (sku, lot), n in units.items()], **more}
    return post(warehouse, f"packing/{order.number}/close/", body)


def give(warehouse, parcel, waybill):
    label = {"carrier": "SF", "waybill": waybill}
    assert post(warehouse, f"parcels/{parcel}/label/", label).status_code == 200
    return post(warehouse, "leaving/SF/", {"parcels": [parcel], "counted": 1})


def test_what_expires_first_is_picked_first(warehouse):
    # Given two lots, the older of which cannot cover what is ordered
    sku = stocked(("晚", 9, 300), ("早", 2, 200))
    make_order("confirmed", sku=sku, quantity=3)

    # When the wave is released
    wave = released(warehouse)

    # Then the list names the older lot first, and no other one is taken in its place
    assert [(row.lot.code, row.to_pick) for row in walk_of(wave)] == [("早", 2), ("晚", 1)]
    assert scan(warehouse, wave, f"3*{sku.code}/晚").status_code == 409
    assert scan(warehouse, wave, f"2*{sku.code}/早").status_code == 200


def test_a_parcel_with_something_else_in_it_is_not_closed(warehouse):
    # Given a picked order of two units
    order = make_order("confirmed", sku=stocked(("A", 9, 300)), quantity=2)
    wave = released(warehouse)
    scan(warehouse, wave, "2*A")
    units = units_at_packing(order)

    # When one unit is missing, or one too many is scanned, then it stays open
    assert close(warehouse, order, dict.fromkeys(units, 1)).json()["code"] == "not-whole-order"
    assert close(warehouse, order, dict.fromkeys(units, 3)).json()["code"] == "not-in-order"
    assert not order.parcels.exists()

    # And with all of it, it is closed
    assert close(warehouse, order, units).status_code == 200


def test_a_split_order_is_told_parcel_by_parcel(warehouse, phone):
    # Given an order of two units that a customer placed in the mini-program
    device, sku = phone("两件"), stocked(("A", 9, 300))
    order = bought(device, sku, 2)
    wave = released(warehouse)
    scan(warehouse, wave, "2*A")

    # When the warehouse splits it and the first parcel leaves
    half = dict.fromkeys(units_at_packing(order), 1)
    first = close(warehouse, order, half, split=True).json()["parcel"]
    give(warehouse, first, "SF0000000001")

    # Then the customer sees that parcel and what is in it, and the order is not shipped yet
    seen = device.get(f"orders/{order.number}/")
    assert seen["status"] == "confirmed"
    [parcel] = seen["parcels"]
    assert (parcel["waybill"], parcel["lines"][0]["quantity"]) == ("SF0000000001", 1)

    # And with the second one it is
    second = close(warehouse, order, units_at_packing(order)).json()["parcel"]
    give(warehouse, second, "SF0000000002")
    seen = device.get(f"orders/{order.number}/")
    assert (seen["status"], len(seen["parcels"])) == ("shipped", 2)
    waybills = [parcel["waybill"] for parcel in device.get(f"orders/{order.number}/tracking/")]
    assert waybills == ["SF0000000001", "SF0000000002"]


def bought(device, sku, quantity):
    """Ordered, paid for and confirmed."""
    address = device.post("me/addresses/", HOME, 201)
    lines = [{"sku": sku.pk, "quantity": quantity}]
    quote = device.post("orders/quote/", {"lines": lines})
    body = {"address": address["id"], "payable_fen": quote["payable_fen"], "lines": lines}
    placed = device.post("orders/", body, 201)
    device.pay(placed["number"])
    run_reactions()
    order = Order.objects.get(number=placed["number"])
    desk_of("service_agent").post(f"/admin/desk/act/orders.confirm_order/{order.pk}/")
    return order


def test_what_is_not_on_the_shelf_goes_before_service(warehouse):
    # Given a wave whose only lot is not where the books say
    sku = stocked(("A", 1, 300))
    order = make_order("confirmed", sku=sku)
    wave = released(warehouse)
    lot = sku.lots.get()

    # When the picker reports it
    body = {"lot": lot.pk, "missing": 1, "reason": "missing"}
    warehouse.post(f"{WAREHOUSE}waves/{wave.pk}/short/", body)

    # Then the order is out of the wave, and service has a case about it
    assert walk_of(wave) == []
    cast.staff("service_agent")
    shown = desk_of("service_agent").get("/admin/desk/work/").content.decode()
    assert order.number in shown
