"""settle_payment: only a receipt that fits field by field makes an order paid (B3.2.1)."""

import pytest

from orders.actions import begin_payment, record_prepay, settle_payment
from orders.models import DeskPush, Order, Payment, PaymentDispute
from shop.errors import NotAllowed
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from tests import cast
from tests.make import make_order, receipt_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment():
    return begin_payment(make_order("unpaid"), by=cast.shopper())


def test_a_fitting_receipt_pays_the_order_and_pushes_it_once_to_each_desk(payment):
    assert settle_payment(receipt_for(payment), by=cast.SYSTEM) == "paid"
    run_reactions()

    order = Order.objects.get()
    assert (order.status, order.paid_at is None) == ("paid", False)
    assert Payment.objects.get().status == "succeeded"
    assert sorted(DeskPush.objects.values_list("desk", flat=True)) == ["service", "warehouse"]


@pytest.mark.fault("C1")
def test_the_same_receipt_again_changes_nothing(payment):
    settle_payment(receipt_for(payment), by=cast.SYSTEM)
    assert settle_payment(receipt_for(payment), by=cast.SYSTEM) == "repeat"
    run_reactions()
    assert EventLog.objects.filter(kind="orders.OrderPaid").count() == 1
    assert DeskPush.objects.count() == 2
    assert not PaymentDispute.objects.exists()


@pytest.mark.parametrize(
    ("lie", "field"),
    [
        pytest.param({"amount_fen": 12_801}, "amount_fen", marks=pytest.mark.fault("C4")),
        pytest.param({"amount_fen": 12_799}, "amount_fen", marks=pytest.mark.fault("C4")),
        pytest.param({"currency": "USD"}, "currency", marks=pytest.mark.fault("C4")),
        pytest.param({"payer_openid": "another"}, "payer_openid", marks=pytest.mark.fault("C5")),
        pytest.param({"out_trade_no": "nobody's"}, "out_trade_no", marks=pytest.mark.fault("C5")),
    ],
)
def test_a_receipt_that_differs_pays_nothing_and_is_kept_for_people(payment, lie, field):
    assert settle_payment(receipt_for(payment, **lie), by=cast.SYSTEM) == "disputed"
    assert Order.objects.get().status == "unpaid"
    assert Payment.objects.get().status == "intended"
    assert PaymentDispute.objects.get().fields == [field]
    assert not EventLog.objects.filter(kind="orders.OrderPaid").exists()


def test_what_is_no_success_is_ignored(payment):
    assert settle_payment(receipt_for(payment, trade_state="NOTPAY"), by=cast.SYSTEM) == "ignored"
    assert Order.objects.get().status == "unpaid"


def test_a_second_success_is_disputed_not_booked(payment):
    settle_payment(receipt_for(payment), by=cast.SYSTEM)
    again = receipt_for(payment, transaction_id="4200000000000000000000000999")
    assert settle_payment(again, by=cast.SYSTEM) == "disputed"
    assert Payment.objects.get().transaction_id == receipt_for(payment).transaction_id


@pytest.mark.fault("C2")
def test_a_notice_faster_than_our_own_answer_stands(payment):
    settle_payment(receipt_for(payment), by=cast.SYSTEM)
    record_prepay(payment, "wx-late", by=cast.shopper())
    assert Payment.objects.get().status == "succeeded"


def test_nobody_but_the_system_settles(payment):
    for by in (cast.shopper(), cast.staff("finance"), cast.staff("director")):
        with pytest.raises(NotAllowed):
            settle_payment(receipt_for(payment), by=by)
