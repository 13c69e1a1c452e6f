"""What came in and does not fit is kept once and becomes work for finance (B3.2.1)."""

import pytest

from orders.actions import begin_payment, cancel_order, settle_payment
from orders.models import DeskPush, Order, Payment, PaymentDispute
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_order, make_sku, receipt_for

pytestmark = pytest.mark.django_db
SECOND = "4200000000000000000000000999"


@pytest.fixture(autouse=True)
def clerk():
    return cast.staff("finance")


def test_a_second_payment_is_kept_and_due_back_and_nothing_is_shipped_twice():
    order = make_order("paid")
    second = receipt_for(order.payments.get(), transaction_id=SECOND)

    assert settle_payment(second, by=cast.SYSTEM) == "disputed"
    run_reactions()

    dispute = PaymentDispute.objects.get()
    assert (dispute.transaction_id, dispute.amount_fen) == (SECOND, order.payable_fen)
    item = WorkItem.objects.get(kind="payment_dispute")
    assert (item.subject, item.role, item.reason) == (order.stream, "finance", "double")
    assert item.figures["due_back_fen"] == order.payable_fen
    assert "128.00" in str(item)
    [fact] = EventLog.objects.filter(kind="orders.OrderPaidTwice")
    assert fact.data["due_back_fen"] == order.payable_fen
    assert EventLog.objects.filter(kind="orders.OrderPaid").count() == 1
    assert DeskPush.objects.count() == 2
    order.refresh_from_db()
    assert order.status == "paid"


def test_another_attempt_that_also_succeeds_is_a_second_payment_too():
    order = make_order("paid")
    first = order.payments.get()
    other = Payment.objects.create(
        order=order, out_trade_no=f"{order.number}P2", amount_fen=order.payable_fen,
        created_at=first.created_at, expires_at=first.expires_at,
    )  # fmt: skip
    assert settle_payment(receipt_for(other), by=cast.SYSTEM) == "disputed"
    assert WorkItem.objects.get().reason == "double"
    assert PaymentDispute.objects.get().payment == other


def test_however_often_we_are_told_it_is_one_dispute_and_one_item():
    payment = begin_payment(make_order("unpaid"), by=cast.shopper())
    for _ in range(3):
        settle_payment(receipt_for(payment, amount_fen=1), by=cast.SYSTEM)
    assert PaymentDispute.objects.count() == WorkItem.objects.count() == 1
    assert EventLog.objects.filter(kind="orders.PaymentDisputed").count() == 1
    settle_payment(receipt_for(payment, amount_fen=1, transaction_id=SECOND), by=cast.SYSTEM)
    assert PaymentDispute.objects.count() == WorkItem.objects.count() == 2


def test_a_payment_for_no_order_of_ours_is_for_finance_as_well():
    payment = begin_payment(make_order("unpaid"), by=cast.shopper())
    settle_payment(receipt_for(payment, out_trade_no="nobody's"), by=cast.SYSTEM)
    item = WorkItem.objects.get()
    assert (item.reason, item.subject) == (
        "unknown", f"payment_dispute:{PaymentDispute.objects.get().pk}",
    )  # fmt: skip
    assert item.figures["due_back_fen"] == 0


def test_money_for_what_was_cancelled_and_sold_is_due_back_until_it_can_be_revived():
    sku = make_sku(stock=1)
    order = make_order("unpaid", sku=sku)
    payment = begin_payment(order, by=cast.shopper())
    cancel_order(order, "timeout", by=cast.SYSTEM)
    rival = make_order("unpaid", sku=sku, customer=cast.customer("hua"))
    settle_payment(receipt_for(payment), by=cast.SYSTEM)
    item = WorkItem.objects.get()
    assert (item.reason, item.figures["due_back_fen"]) == ("late", order.payable_fen)

    cancel_order(rival, "customer", by=cast.shopper("hua"))
    assert settle_payment(receipt_for(payment), by=cast.SYSTEM) == "paid"
    run_reactions()
    item.refresh_from_db()
    assert (item.status, item.outcome) == ("closed", "cause_gone")
    assert Order.objects.get(pk=order.pk).status == "paid"
