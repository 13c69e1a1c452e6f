"""OR2: everybody sees the waybill. The customer does so in WeChat, when they have allowed it."""

import pytest

from orders.models import Order
from shop.clock import turned_to
from shop.events.relay import run_reactions
from shop.notices.models import NoticeSending
from shop.timing.sweeper import sweep_timers
from tests.doors.conftest import desk_of
from tests.make import make_sku
from tests.phone import HOME

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.article("OR2", "A4.2b", "C7.2"),
]
TEMPLATE = "order_shipped".ljust(43, "-")


@pytest.fixture(autouse=True)
def _a_template(settings):
    settings.WECHAT_TEMPLATES = {"order_shipped": TEMPLATE}


def bought(device, sku):
    """Ordered and paid for through the mini-program."""
    address = device.post("me/addresses/", HOME, 201)
    line = {"sku": sku.pk, "quantity": 1}
    quote = device.post("orders/quote/", {"lines": [line]})
    body = {"address": address["id"], "payable_fen": quote["payable_fen"], "lines": [line]}
    order = device.post("orders/", body, 201)
    device.pay(order["number"])
    run_reactions()
    return Order.objects.get(number=order["number"])


def ship(order, waybill):
    service, warehouse = desk_of("service_agent"), desk_of("warehouse")
    service.post(f"/admin/desk/act/orders.confirm_order/{order.pk}/")
    warehouse.post(
        f"/admin/desk/act/orders.ship_order/{order.pk}/", {"carrier": "SF", "waybill": waybill}
    )
    run_reactions()


def received(wechat, order):
    return [
        message["data"]
        for message in wechat.messages()
        if message["touser"] == order.customer.openid
    ]


def let_the_night_pass(order):
    """What was held, because it is night as this runs, goes out in the morning."""
    held = NoticeSending.objects.filter(notice__subject=order.stream, status="held").first()
    if held is not None:
        with turned_to(held.release_at):
            sweep_timers()
            run_reactions()


def test_who_allowed_it_reads_carrier_and_waybill_in_wechat(phone, wechat):
    # Given a customer who tapped “allow” when they paid
    device = phone("运单一")
    [asked] = device.get("me/subscriptions/")
    wechat.subscribe("运单一", asked["template_id"])
    device.post("me/subscriptions/", {"accepted": [asked["template_id"]]})
    order = bought(device, make_sku())

    # When service confirms and the warehouse ships
    ship(order, "SF1234500001")
    let_the_night_pass(order)

    # Then they read which carrier has it, and under which number
    [message] = received(wechat, order)
    assert message["thing3"]["value"] == "顺丰速运"
    assert message["character_string4"]["value"] == "SF1234500001"

    # And what they allowed is used up
    [left] = device.get("me/subscriptions/")
    assert left["remaining"] == 0

    # And service sees in the log that they were told
    log = desk_of("service_supervisor").get(f"/admin/notices/notice/?q={order.stream}")
    assert "微信订阅消息 已发送" in log.content.decode()


def test_who_allowed_nothing_is_not_disturbed_and_service_sees_why(phone, wechat):
    device = phone("运单二")
    order = bought(device, make_sku())
    ship(order, "SF1234500002")
    assert received(wechat, order) == []
    log = desk_of("service_supervisor").get(f"/admin/notices/notice/?q={order.stream}")
    assert "未订阅或次数已用完" in log.content.decode()

    # But the app shows the waybill all the same
    assert "SF1234500002" in str(device.get(f"orders/{order.number}/tracking/"))
