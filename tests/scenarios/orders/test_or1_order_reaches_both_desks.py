"""A4.2a: a paid order is pushed to service and warehouse, checked, confirmed, and delivered."""

import time

import pytest

from orders.actions import confirm_order, ship_order
from orders.models import DeskPush, Order
from orders.selectors import service_queue, warehouse_queue
from shop.events.models import InboxMessage
from shop.events.relay import run_reactions
from tests import cast
from tests.make import make_product
from tests.phone import HOME

pytestmark = pytest.mark.django_db(transaction=True)


def until(found, seconds=60.0):
    """Waits for another process's doing, then drains our own reactions."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run_reactions()
        if result := found():
            return result
        time.sleep(0.05)
    raise AssertionError("it did not happen")


@pytest.mark.article("OR1", "A4.2a", "B3.2.1")
def test_an_order_lives_from_sign_in_to_signature(phone, oracle):
    # Given a published product, and Ming with an address
    product = make_product(stock=5, price_fen=12_800, member_price_fen=11_500)
    ming = phone("ming")
    address = ming.post("me/addresses/", HOME, 201)
    assert address["phone"] == "13800001234"

    # When Ming finds it on the home page, looks at it and puts two in the cart
    [found] = ming.get("home/")["new_arrivals"]
    page = ming.get(f"products/{found['id']}/")
    assert page["content"]["notice"] == "保健食品不是药物，不能代替药物治疗疾病"
    [sku] = page["skus"]
    ming.put(f"cart/lines/{sku['id']}/", {"quantity": 2})

    # and joins the members, asks for the price, orders and pays
    ming.post("membership/")
    quote = ming.post("orders/quote/", {})
    assert (quote["list_fen"], quote["payable_fen"]) == (25_600, 23_000)
    placed = ming.post(
        "orders/", {"address": address["id"], "payable_fen": quote["payable_fen"]}, 201
    )
    ming.pay(placed["number"])

    # Then WeChat Pay's signed notice makes it paid, and it lies on both desks, once each
    until(lambda: DeskPush.objects.count() == 2)
    order = Order.objects.get(number=placed["number"])
    assert order.status == "paid"
    assert InboxMessage.objects.filter(outcome="paid").count() == 1
    assert list(service_queue()) == [order]
    assert list(warehouse_queue()) == [order]

    # When service confirms and the warehouse ships
    confirm_order(order, by=cast.staff("service_agent"))
    assert not service_queue().exists()
    ship_order(order, "SF", "sf 1234-5678-9012", by=cast.staff("warehouse"))

    # Then Ming sees the waybill, signs, and the life is on record step by step
    [parcel] = ming.get(f"orders/{order.number}/tracking/")
    assert parcel["waybill"] == "SF123456789012"
    signed = ming.post(f"orders/{order.number}/confirm-receipt/")
    assert signed["status"] == "signed"
    assert not warehouse_queue().exists()
    assert ming.get("orders/")["results"][0]["number"] == order.number
    assert product.skus.get().offer.available == 3
