"""cancel_order, let_payment_time_out, release_stock: the order's other endings."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from catalog.actions import release_stock
from catalog.models import Offer, StockMove
from orders import flows
from orders.actions import (
    begin_payment,
    cancel_order,
    let_payment_time_out,
    settle_payment,
)
from orders.errors import AlreadyPaid
from orders.models import Order, Payment, PaymentDispute
from orders.rules import PAYMENT_WINDOW
from orders.tasks import ask_about_payments
from shop.clock import now, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.identity.actions import join_if_new
from shop.identity.actors import Actor
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.make import STEPS, make_order, make_sku, receipt_for

pytestmark = pytest.mark.django_db


def stock_of(sku):
    return Offer.objects.get(sku=sku).available


def test_a_cancelled_order_frees_its_stock_once():
    sku = make_sku(stock=5)
    order = make_order("unpaid", sku=sku, quantity=2)
    payment = begin_payment(order, by=cast.shopper())

    cancel_order(order, "customer", by=cast.shopper())
    release_stock(order.number, by=cast.SYSTEM)

    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.status, payment.status) == ("cancelled", "closed")
    assert stock_of(sku) == 5
    assert sum(StockMove.objects.filter(sku=sku).values_list("quantity", flat=True)) == 5
    assert EventLog.objects.get(kind="orders.OrderCancelled").data["why"] == "customer"


@pytest.mark.parametrize("status", STEPS[1:])
def test_what_is_paid_is_not_simply_called_off(status):
    order = make_order(status)
    with pytest.raises(IllegalTransition):
        cancel_order(order, "customer", by=cast.shopper())
    assert Order.objects.get().status == status


def test_only_the_owner_and_the_system_call_it_off():
    order = make_order("unpaid")
    for by in (cast.shopper("hua"), cast.staff("warehouse"), cast.staff("finance")):
        with pytest.raises(NotAllowed):
            cancel_order(order, "customer", by=by)
    with pytest.raises(NotAllowed):
        release_stock(order.number, by=cast.staff("warehouse"))
    with pytest.raises(NotAllowed):
        let_payment_time_out(order, by=cast.shopper())
    assert Order.objects.get().status == "unpaid"


def test_a_cancelled_order_cannot_be_paid_again_by_us():
    order = cancel_order(make_order("unpaid"), "customer", by=cast.shopper())
    with pytest.raises(IllegalTransition):
        begin_payment(order, by=cast.shopper())


@pytest.mark.fault("C16")
def test_money_for_a_cancelled_order_revives_it_while_it_is_in_stock():
    sku = make_sku(stock=2)
    order = make_order("unpaid", sku=sku, quantity=2)
    payment = begin_payment(order, by=cast.shopper())
    cancel_order(order, "timeout", by=cast.SYSTEM)

    assert settle_payment(receipt_for(payment), by=cast.SYSTEM) == "paid"

    assert Order.objects.get().status == "paid"
    assert stock_of(sku) == 0
    assert EventLog.objects.filter(kind="orders.OrderRevived").count() == 1


@pytest.mark.fault("C16")
def test_money_for_a_cancelled_order_that_sold_out_meanwhile_is_for_people():
    sku = make_sku(stock=1)
    order = make_order("unpaid", sku=sku)
    payment = begin_payment(order, by=cast.shopper())
    cancel_order(order, "timeout", by=cast.SYSTEM)
    make_order("paid", sku=sku, customer=cast.customer("hua"))

    assert settle_payment(receipt_for(payment), by=cast.SYSTEM) == "disputed"

    assert Order.objects.get(pk=order.pk).status == "cancelled"
    assert PaymentDispute.objects.get().fields == ["stock"]
    assert stock_of(sku) == 0


@pytest.fixture
def ming(wechat, oracle):
    """A customer whom the simulator knows."""
    return join_if_new(wechat.login_code("ming")[1], by=cast.SYSTEM)


@pytest.fixture
def waiting(ming):
    """An order whose payment waits for Ming in the WeChat app; what the app was handed."""
    order = make_order("unpaid", customer=ming)
    return order, flows.pay_order(order, by=Actor.shopper(ming))


def after_the_window():
    """The relay's round, half an hour later, twice: timers, then what they set off."""
    with turned_to(now() + PAYMENT_WINDOW + timedelta(seconds=1)):
        for _ in range(2):
            sweep_timers()
            run_reactions()


@pytest.mark.fault("C15")
def test_an_order_nobody_paid_is_closed_at_wechat_and_then_cancelled(wechat, waiting):
    order, _parameters = waiting
    run_reactions()
    sweep_timers()
    order.refresh_from_db()
    assert order.status == "unpaid", "the window is still open"

    after_the_window()

    order.refresh_from_db()
    assert order.status == "cancelled"
    assert books(wechat, order) == ["CLOSED"]


def books(wechat, order):
    return [
        trade["state"]
        for trade in wechat.transactions()
        if trade["out_trade_no"].startswith(order.number)
    ]


@pytest.mark.fault("C15")
def test_an_order_paid_while_every_notice_was_lost_is_found_paid(wechat, waiting):
    order, parameters = waiting
    wechat.set_faults(drop_notices=True)
    wechat.pay("ming", parameters)
    run_reactions()

    after_the_window()

    order.refresh_from_db()
    assert order.status == "paid"


@pytest.mark.fault("C15")
def test_a_lost_notice_is_found_by_asking_within_the_minute(wechat, waiting):
    order, parameters = waiting
    wechat.set_faults(drop_notices=True)
    wechat.pay("ming", parameters)
    with turned_to(now() + timedelta(seconds=31)):
        ask_about_payments(now())
        ask_about_payments(now())
    order.refresh_from_db()
    assert order.status == "paid"
    assert EventLog.objects.filter(kind="orders.OrderPaid").count() == 1


@pytest.mark.fault("C19")
def test_what_the_phone_claims_counts_for_nothing(wechat, waiting):
    order, _parameters = waiting
    with turned_to(now() + timedelta(seconds=31)):
        ask_about_payments(now())
    order.refresh_from_db()
    assert order.status == "unpaid"


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("A4")
def test_cancelling_against_paying_ends_in_one_of_the_two(wechat, ming):
    """Never both, never neither, and always what WeChat's books say."""
    sku, endings = make_sku(stock=100), set()
    wechat.set_faults(drop_notices=True)
    for n in range(16):
        order = make_order("unpaid", customer=ming, sku=sku)
        parameters = flows.pay_order(order, by=Actor.shopper(ming))
        barrier = threading.Barrier(2, timeout=60)
        pay = partial(wechat.pay, "ming", parameters)
        cancel = partial(flows.cancel_order, order, "customer", by=Actor.shopper(ming))
        rivals = [
            threading.Thread(target=attempt, args=(barrier, pay, 0.004 * (n % 4))),
            threading.Thread(target=attempt, args=(barrier, cancel, 0.004 * (3 - n % 4))),
        ]
        for rival in rivals:
            rival.start()
        for rival in rivals:
            rival.join(120)
        for payment in Payment.objects.filter(order=order).live():
            flows.ask_about_payment(payment, by=cast.SYSTEM)
        order.refresh_from_db()
        [state] = books(wechat, order)
        assert (order.status, state) in {("paid", "SUCCESS"), ("cancelled", "CLOSED")}
        endings.add(order.status)
    paid = Order.objects.filter(status="paid").count()
    assert stock_of(sku) == 100 - paid
    assert endings


def attempt(barrier, act, pause):
    """Both at once, a few milliseconds apart; whoever is refused lost the race."""
    barrier.wait()
    threading.Event().wait(pause)
    try:
        act()
    except Exception as refusal:
        assert "Declined" in type(refusal).__name__ or isinstance(refusal, IllegalTransition)
    finally:
        connection.close()


def test_staff_call_an_unpaid_order_off_with_a_reason_after_wechat_closed(wechat, waiting):
    order, _parameters = waiting
    agent = cast.staff("service_agent")
    with pytest.raises(InvalidValue):
        flows.cancel_order(order, "timeout", by=agent)

    flows.cancel_order(order, "duplicate", "顾客电话说重复下单", by=agent)

    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("cancelled", "duplicate")
    assert order.cancel_note == "顾客电话说重复下单"
    assert books(wechat, order) == ["CLOSED"]
    fact = EventLog.objects.get(kind="orders.OrderCancelled")
    assert (fact.data["why"], fact.user_id) == ("duplicate", agent.user.pk)


def test_staff_hear_that_an_order_is_paid_even_when_its_notice_was_lost(wechat, waiting):
    order, parameters = waiting
    wechat.set_faults(drop_notices=True)
    wechat.pay("ming", parameters)
    with pytest.raises(AlreadyPaid):
        flows.cancel_order(order, "asked", by=cast.staff("service_agent"))
    order.refresh_from_db()
    assert order.status == "paid"
