"""A4.2a: what is abnormal about an order becomes a case, with its contacts, and holds what it must.

Told through the desks; the order comes in through the API and WeChat's simulator.
"""

from dataclasses import replace

import pytest

from orders.models import Order
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.work.models import WorkItem
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_order, make_product, receipt_for
from tests.phone import HOME
from tests.scenarios.orders.test_or1_order_reaches_both_desks import until

pytestmark = pytest.mark.django_db(transaction=True)
JSON = {"Accept": "application/json"}


def press(client, name, row, **values):
    return client.post(f"/admin/desk/act/{name}/{row.pk}/", values, headers=JSON)


def bought(ming):
    """An order that Ming placed, not paid yet."""
    make_product(stock=5, price_fen=12_800)
    address = ming.post("me/addresses/", HOME, 201)
    [found] = ming.get("home/")["new_arrivals"]
    [sku] = ming.get(f"products/{found['id']}/")["skus"]
    ming.put(f"cart/lines/{sku['id']}/", {"quantity": 1})
    placed = ming.post("orders/", {"address": address["id"], "payable_fen": 12_800}, 201)
    return Order.objects.get(number=placed["number"])


@pytest.mark.article("OR1", "A4.2a")
def test_an_abnormal_order_waits_for_its_case_and_the_contacts_are_on_record(phone):
    # Given an order that Ming placed and paid
    agent, hand = desk_of("service_agent"), desk_of("warehouse")
    ming = phone("ming")
    order = bought(ming)
    ming.pay(order.number)
    until(lambda: Order.objects.filter(pk=order.pk, status="paid").exists())

    # When service opens a case because the address is unclear
    assert press(agent, "orders.open_exception", order, reason="address_unclear",
                 note="只写了街道").status_code == 200  # fmt: skip
    case = WorkItem.objects.get()

    # Then nobody can confirm it, and the refusal names the case
    refused = press(agent, "orders.confirm_order", order)
    assert refused.status_code == 409
    assert "地址不清" in refused.json()["message"]

    # When service takes the case, calls twice and closes it with what was done
    press(agent, "work.take_item", case)
    press(agent, "work.log_contact", case, channel="phone", result="no_answer")
    press(agent, "work.log_contact", case, channel="phone", result="reached", text="补门牌号")
    done = press(agent, "work.close_item", case, outcome="goes_on", done="地址已补全")
    assert done.status_code == 200

    # Then the order goes its way, and the case keeps who was called and how it ended
    assert press(agent, "orders.confirm_order", order).status_code == 200
    shipped = press(hand, "orders.ship_order", order, carrier="SF", waybill="SF123456789012")
    assert shipped.status_code == 200
    assert list(case.entries.values_list("kind", "result")) == [
        ("contact", "reached"), ("contact", "no_answer"), ("note", ""),
    ]  # fmt: skip
    page = agent.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "登记异常" in page and "已办结" in page


@pytest.mark.article("OR1", "A4.2a", "B3.2.1")
def test_a_second_payment_is_finances_work_and_nothing_leaves_twice():
    # Given a paid order, and a clerk of finance
    order, clerk = make_order("paid"), desk_of("finance")

    # When WeChat Pay tells of a second transaction for it
    from orders.actions import settle_payment

    second = receipt_for(order.payments.get(), transaction_id="4200000000000000000000000999")
    settle_payment(second, by=cast.SYSTEM)
    settle_payment(second, by=cast.SYSTEM)
    run_reactions()

    # Then finance finds one item on its home that says what to give back
    home = clerk.get("/admin/").content.decode()
    assert home.count("重复付款，应退 ¥128.00") == 1
    item = WorkItem.objects.get(kind="payment_dispute")

    # and the order was laid on each desk once, and its timeline says what happened
    assert EventLog.objects.filter(kind="orders.OrderPushed").count() == 2
    page = clerk.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "应退 ¥128.00" in page

    # When the clerk has seen to it, it is on record and leaves the home
    press(clerk, "work.take_item", item)
    press(clerk, "work.close_item", item, outcome="refunded", done="已在商户平台原路退回")
    assert "重复付款，应退" not in clerk.get("/admin/").content.decode()


@pytest.mark.article("OR1", "A4.2a")
def test_service_calls_an_unpaid_order_off_with_a_reason_and_a_paid_one_not(phone, wechat):
    # Given an order that waits for its payment in the WeChat app
    ming, agent = phone("ming"), desk_of("service_agent")
    order = bought(ming)
    ming.post(f"orders/{order.number}/pay/")

    # When service calls it off
    answer = press(agent, "orders.cancel_order", order, why="duplicate", note="电话确认")

    # Then WeChat Pay has closed it, the stock is free, and the reason is on the timeline
    assert answer.status_code == 200
    [trade] = [t for t in wechat.transactions() if t["out_trade_no"].startswith(order.number)]
    assert trade["state"] == "CLOSED"
    page = agent.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "重复下单" in page and "电话确认" in page

    # and a paid one is refused in words, and stays paid
    paid = make_order("paid", customer=cast.customer("hua"))
    refused = press(agent, "orders.cancel_order", paid, why="asked")
    assert refused.status_code == 409
    assert "订单已付款，不能直接取消" in refused.json()["message"]
    paid.refresh_from_db()
    assert paid.status == "paid"


@pytest.mark.article("OR1", "A4.2a")
def test_while_wechat_is_away_nothing_is_called_off(phone, settings):
    ming, agent = phone("ming"), desk_of("service_agent")
    order = bought(ming)
    ming.post(f"orders/{order.number}/pay/")
    nowhere = replace(settings.WECHAT.pay, url="http://127.0.0.1:9")
    settings.WECHAT = replace(settings.WECHAT, pay=nowhere)
    refused = press(agent, "orders.cancel_order", order, why="asked")
    assert refused.status_code == 503
    assert "微信支付没有响应" in refused.json()["message"]
    order.refresh_from_db()
    assert order.status == "unpaid"
