"""A4.2d, C8.1: money is asked back, decided by service, and comes back through WeChat Pay.

Told through the API and the desks; WeChat's simulator plays the buyer's app and WeChat Pay.
"""

import pytest

from orders.models import AfterSalesCase, Order, Refund
from shop.events.relay import run_reactions
from tests.doors.conftest import desk_of
from tests.scenarios.orders.test_or1_abnormal_orders_get_a_case import bought, press
from tests.scenarios.orders.test_or1_order_reaches_both_desks import until

pytestmark = pytest.mark.django_db(transaction=True)


def paid_order(phone):
    ming = phone("ming")
    order = bought(ming)
    ming.pay(order.number)
    until(lambda: Order.objects.filter(pk=order.pk, status="paid").exists())
    return ming, order


def ask_back(ming, order, status=201, **changes):
    sku = order.lines.get().sku_id
    body = {"order": order.number, "lines": [{"sku": sku, "quantity": 1}],
            "reason": "changed_mind", "note": "拍错了规格", **changes}  # fmt: skip
    return ming.post("after-sales/", body, status)


@pytest.mark.article("OR4", "A4.2d")
def test_a_request_is_seen_granted_and_the_money_comes_back(phone, wechat):
    # Given an order that Ming paid, and service and warehouse at their desks
    agent, hand = desk_of("service_agent"), desk_of("warehouse")
    ming, order = paid_order(phone)

    # When Ming asks for the money back
    asked = ask_back(ming, order)
    assert (asked["status"], asked["amount_fen"]) == ("open", 12_800)

    # Then it lies on the after-sales desk in Ming's words
    case = AfterSalesCase.objects.get(number=asked["number"])
    shown = agent.get("/admin/desk/after-sales/").content.decode()
    assert case.number in shown
    assert "拍错了规格" in shown

    # And the warehouse cannot grant it, nor ship what is asked back
    assert press(hand, "orders.accept_case", case).status_code == 403

    # When service grants it, the order is closed and WeChat Pay gives the money back
    assert press(agent, "orders.accept_case", case).status_code == 200
    run_reactions()
    until(lambda: Refund.objects.filter(case=case, status="succeeded").exists())
    told = ming.get(f"orders/{order.number}/")
    assert (told["status"], told["payment"], told["refunded_fen"]) == ("closed", "refunded", 12_800)
    assert ming.get(f"after-sales/{case.number}/")["status"] == "refunded"
    assert "已退款" in agent.get(f"/admin/orders/aftersalescase/{case.pk}/change/").content.decode()

    # And WeChat Pay's books say the same, once
    [trade] = [t for t in wechat.transactions() if t["out_trade_no"].startswith(order.number)]
    assert [refund["amount"] for refund in trade["refunds"]] == [12_800]


@pytest.mark.article("OR4", "A4.2d")
def test_walked_round_nothing_is_given_back_twice_or_unseen(phone, wechat):
    # Given an order whose money is asked back already
    ming, order = paid_order(phone)
    asked = ask_back(ming, order)

    # Then it cannot be asked back again, nor by a stranger, nor more of it
    ask_back(ming, order, status=409)
    hua = phone("hua")
    ask_back(hua, order, status=400)
    hua.get(f"after-sales/{asked['number']}/", 404)

    # When the customer withdraws, service has nothing left to grant
    ming.post(f"after-sales/{asked['number']}/withdraw/")
    case = AfterSalesCase.objects.get(number=asked["number"])
    assert press(desk_of("service_agent"), "orders.accept_case", case).status_code == 409
    assert not Refund.objects.exists()


@pytest.mark.article("OR4", "C8.1")
def test_a_refusal_says_why_and_the_customer_reads_it(phone):
    # Given a request that service does not agree to
    agent = desk_of("service_agent")
    ming, order = paid_order(phone)
    case = AfterSalesCase.objects.get(number=ask_back(ming, order)["number"])

    # Then a refusal without words is none
    assert press(agent, "orders.refuse_case", case, answer=" ").status_code == 400
    assert press(agent, "orders.refuse_case", case, answer="赠品不退款").status_code == 200
    assert ming.get(f"after-sales/{case.number}/")["answer"] == "赠品不退款"
