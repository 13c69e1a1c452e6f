"""begin_payment and record_prepay: one live attempt, one number."""

import pytest

from orders.actions import begin_payment, record_prepay
from orders.models import Payment
from shop.errors import IllegalTransition, NotAllowed
from tests import cast
from tests.make import make_order

pytestmark = pytest.mark.django_db


def test_the_number_stays_the_same_on_every_retry():
    order = make_order("unpaid")
    first = begin_payment(order, by=cast.shopper())
    record_prepay(first, "wx1", by=cast.shopper())
    again = begin_payment(order, by=cast.shopper())
    record_prepay(again, "wx2", by=cast.shopper())
    assert first.out_trade_no == again.out_trade_no
    payment = Payment.objects.get()
    assert (payment.status, payment.prepay_id, payment.amount_fen) == ("prepaid", "wx2", 12_800)


def test_a_paid_order_cannot_be_paid_again():
    order = make_order("paid")
    with pytest.raises(IllegalTransition, match=r"付款|paid"):
        begin_payment(order, by=cast.shopper())


def test_a_stranger_cannot_pay_or_record():
    order = make_order("unpaid")
    payment = begin_payment(order, by=cast.shopper())
    with pytest.raises(NotAllowed):
        begin_payment(order, by=cast.shopper("hua"))
    with pytest.raises(NotAllowed):
        record_prepay(payment, "wx", by=cast.shopper("hua"))
