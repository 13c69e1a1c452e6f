"""What WeChat Pay says when asked is the truth: crossing replies, lost notices, claims (C3–C19)."""

from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest

from catalog.models import Offer
from orders.flows import payments as flows
from orders.models import Order
from orders.rules import PAYMENT_WINDOW
from orders.tasks import ask_about_payments
from shop.clock import now, turned_to
from shop.events.relay import run_reactions
from shop.identity.actions import join_if_new
from shop.identity.actors import Actor
from shop.identity.models import Customer
from shop.timing.sweeper import sweep_timers
from shop.vendors.wechat.errors import OrderAlreadyPaid
from tests import cast
from tests.make import make_order, make_sku
from tests.oracle.judging import breaches
from tests.phone import HOME

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def books(wechat):
    """WeChat Pay's trades since the test began."""
    before = len(wechat.transactions())
    return lambda: wechat.transactions()[before:]


@pytest.fixture
def ming(wechat, books):
    wechat.set_faults(drop_notices=True)
    return join_if_new(wechat.login_code("ming")[1], by=cast.SYSTEM)


@pytest.fixture
def waiting(ming):
    """An order whose payment waits for Ming in the WeChat app; what the app was handed."""
    order = make_order("unpaid", customer=ming)
    parameters = flows.pay_order(order, by=Actor.shopper(ming))
    run_reactions()
    return order, parameters


def end_the_window():
    with turned_to(now() + PAYMENT_WINDOW + timedelta(seconds=1)):
        sweep_timers()
        run_reactions()


# C3: the answer to our close crosses the buyer's success


@pytest.fixture
def paid_while_we_close(wechat, waiting, monkeypatch):
    """The buyer pays after WeChat Pay told us `not paid` and before it hears `close`."""
    order, parameters = waiting
    ours = flows.get_pay()
    close = ours.close

    def pay_and_close(number):
        wechat.pay("ming", parameters)
        close(number)

    monkeypatch.setattr(ours, "close", pay_and_close)
    return order


@pytest.mark.fault("C3")
@pytest.mark.fault("C16")
def test_paid_while_we_close_is_paid(paid_while_we_close, books, oracle):
    end_the_window()
    paid_while_we_close.refresh_from_db()
    assert paid_while_we_close.status == "paid"
    oracle["trades"] = books()


def close_without_asking(payment):
    with suppress(OrderAlreadyPaid):
        flows.get_pay().close(payment.out_trade_no)


@pytest.mark.fault("C3")
def test_the_control_that_never_asks_cancels_what_is_paid(paid_while_we_close, books, monkeypatch):
    monkeypatch.setattr(flows, "_close_or_settle", close_without_asking)
    end_the_window()
    paid_while_we_close.refresh_from_db()
    assert paid_while_we_close.status == "cancelled", "the rig must be able to see the fault"
    with turned_to(now() + PAYMENT_WINDOW + timedelta(minutes=3)):
        wrong = {name for name, *_ in breaches(trades=books())}
    assert "orders.payments_equal_the_books" in wrong


@pytest.mark.fault("C3")
def test_an_answer_lost_after_the_close_is_asked_for_again(waiting, books, oracle, monkeypatch):
    """WeChat Pay closed, and its reply was cut: the next try finds it closed, and cancels."""
    order, _parameters = waiting
    ours = flows.get_pay()
    close, cuts = ours.close, [ConnectionResetError]

    def close_and_cut(number):
        close(number)
        if cuts:
            raise cuts.pop()

    monkeypatch.setattr(ours, "close", close_and_cut)
    end_the_window()
    order.refresh_from_db()
    assert (order.status, [trade["state"] for trade in books()]) == ("unpaid", ["CLOSED"])

    with turned_to(now() + PAYMENT_WINDOW + timedelta(seconds=15)):
        run_reactions()
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert Offer.objects.get(sku=order.lines.get().sku).available == 100
    oracle["trades"] = books()


# C15: every notice is lost


def on_the_minute(at):
    return at.replace(second=0, microsecond=0)


@pytest.mark.fault("C15")
def test_with_every_notice_lost_all_are_settled_within_two_minutes(wechat, ming, books, oracle):
    """Orders of every third second of a minute, each paid at once; the clock asks on the minute."""
    minute = on_the_minute(now())
    paid_at = {}
    sku = make_sku(stock=20)
    for second in range(0, 60, 3):
        with turned_to(minute + timedelta(seconds=second)):
            order = make_order("unpaid", customer=ming, sku=sku)
            wechat.pay("ming", flows.pay_order(order, by=Actor.shopper(ming)))
            paid_at[order.pk] = now()
    settled_at = {}
    for later in (1, 2):
        with turned_to(minute + timedelta(minutes=later)):
            ask_about_payments(now())
            for order in Order.objects.filter(status="paid").exclude(pk__in=settled_at):
                settled_at[order.pk] = order.paid_at
    waits = [settled_at[pk] - at for pk, at in paid_at.items()]
    assert len(waits) == 20
    assert max(waits) <= timedelta(minutes=2)
    run_reactions()
    oracle["trades"] = books()


@pytest.mark.fault("C15")
def test_the_control_without_asking_leaves_all_of_them_unpaid(wechat, waiting, books):
    _order, parameters = waiting
    wechat.pay("ming", parameters)
    run_reactions()
    with turned_to(now() + timedelta(minutes=3)):
        wrong = {name for name, *_ in breaches(trades=books())}
    assert wrong == {"orders.payments_equal_the_books"}, "the rig must be able to see the fault"


# C16: the money comes after our close, because WeChat Pay knew before it heard us


@pytest.mark.fault("C16")
def test_a_notice_that_overtakes_our_cancelling_revives_the_order(waiting, wechat, books, oracle):
    """Customer cancels; the money of a payment begun before still arrives: once, and it is kept."""
    order, parameters = waiting
    wechat.pay("ming", parameters)
    payment = order.payments.get()
    cancel = partial(
        flows.actions.cancel_order, order, "customer", by=Actor.shopper(order.customer)
    )
    cancel()  # as if WeChat Pay had answered our close before it booked the success
    assert Offer.objects.get(sku=order.lines.get().sku).available == 100
    for _ in range(2):
        flows.ask_about_payment(payment, by=cast.SYSTEM)
    run_reactions()
    order.refresh_from_db()
    assert order.status == "paid"
    assert Offer.objects.get(sku=order.lines.get().sku).available == 99
    oracle["trades"] = books()


# C19: the phone says that it has paid


CLAIMS = [
    ("patch", "orders/{number}/", {"status": "paid", "paid_at": "2026-11-22T12:00:00+08:00"}),
    ("put", "orders/{number}/", {"status": "paid"}),
    ("post", "orders/{number}/pay/", {"errMsg": "requestPayment:ok", "trade_state": "SUCCESS"}),
    ("post", "orders/{number}/confirm-receipt/", {"paid": True}),
]


@pytest.mark.fault("C19")
def test_only_wechat_pay_makes_an_order_paid_whatever_the_phone_claims(
    phone, wechat, books, oracle
):
    wechat.set_faults(drop_notices=True)
    ming, sku = phone("ming"), make_sku()
    address = ming.post("me/addresses/", HOME, 201)
    basket = {"address": address["id"], "payable_fen": 12_800,
              "lines": [{"sku": sku.pk, "quantity": 1}]}  # fmt: skip
    number = ming.post("orders/", basket, 201)["number"]
    parameters = ming.post(f"orders/{number}/pay/")
    for method, path, claim in CLAIMS:
        url = ming.base + path.format(number=number)
        key = {"Idempotency-Key": f"claims-{method}-{len(path):08d}"}
        ming.http.request(method, url, json=claim, headers=key, timeout=20)
    forged = {"event_type": "TRANSACTION.SUCCESS", "resource": {"out_trade_no": f"{number}P1"}}
    hook = ming.base.replace("api/v1/", "hooks/wechatpay/")
    assert ming.http.post(hook, json=forged, timeout=20).status_code == 401
    with turned_to(now() + timedelta(seconds=31)):
        ask_about_payments(now())
    assert ming.get(f"orders/{number}/")["status"] == "unpaid"

    wechat.pay("ming", parameters)
    assert ming.get(f"orders/{number}/")["status"] == "unpaid", "the phone knows; we do not yet"
    with turned_to(now() + timedelta(seconds=31)):
        ask_about_payments(now())
    assert ming.get(f"orders/{number}/")["status"] == "paid"
    run_reactions()
    oracle["trades"] = books()
    assert Customer.objects.count() == 1
