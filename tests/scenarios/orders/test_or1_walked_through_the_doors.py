"""A4.2a, told through the doors alone: the mini-program's HTTP and two staff browsers."""

import threading

import pytest
from django.db import connection

from orders.models import Order
from shop.events.relay import run_reactions
from tests.make import make_product
from tests.phone import HOME

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def relay():
    """Carries events while the test looks on, as the relay's process does."""
    stop = threading.Event()

    def carry():
        while not stop.wait(0.2):
            run_reactions()
        connection.close()

    carrier = threading.Thread(target=carry)
    carrier.start()
    yield
    stop.set()
    carrier.join(120)


@pytest.mark.article("OR1", "A4.2a", "B3.2.1")
@pytest.mark.article("OR2", "A4.2b")
def test_a_stranger_sees_a_real_order_come_in_and_go_out(phone, seated, relay, oracle):
    # Given a service agent and a warehouse hand at their empty desks, and Ming with a phone
    make_product(stock=5, price_fen=12_800)
    agent, hand = seated("service_agent"), seated("warehouse")
    ming = phone("ming")
    address = ming.post("me/addresses/", HOME, 201)
    [found] = ming.get("products/")["results"]
    [sku] = ming.get(f"products/{found['id']}/")["skus"]

    # When Ming orders and pays in the WeChat app
    lines = [{"sku": sku["id"], "quantity": 1}]
    order = {
        "address": address["id"],
        "payable_fen": 12_800,
        "lines": lines,
        "remark": "请尽快发货",
    }
    number = ming.post("orders/", order, 201)["number"]
    ming.pay(number)

    # Then the order appears on both desks by itself, with what Ming asked for, and no phone number
    row = agent.locator(".desk-row:not(.is-done)")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("请尽快发货")
    expect(row).to_contain_text("¥128.00")
    assert "13800001234" not in agent.content()
    parcel = hand.locator(".desk-row:not(.is-done)")
    expect(parcel).to_contain_text("待客服确认")

    # When the agent confirms with one click, and the hand scans a waybill
    row.get_by_role("button", name="确认订单").click()
    expect(row).to_have_count(0)
    expect(parcel).to_contain_text("可发货")
    hand.keyboard.press("j")
    hand.keyboard.type("SF1234567890")
    hand.keyboard.press("Enter")
    expect(parcel).to_have_count(0)

    # Then Ming sees the waybill at once, and signs
    assert ming.get(f"orders/{number}/tracking/")[0]["waybill"] == "SF1234567890"
    assert ming.post(f"orders/{number}/confirm-receipt/")["status"] == "signed"
    assert Order.objects.get(number=number).confirmed_by is not None
