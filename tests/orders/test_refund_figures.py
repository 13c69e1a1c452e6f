"""Refunded and net amount and the refund rate, by the time the money went back."""

from datetime import timedelta

import pytest

from orders.actions import record_refund
from orders.indicators import _granted_cases_due
from shop.clock import now, today, turned_to
from shop.figures.registry import CONTROLS, INDICATORS
from tests import cast
from tests.make import make_order, make_refund, make_sku, news_for
from tests.orders.test_refund_life import second_payment

pytestmark = pytest.mark.django_db


def figure(code, on):
    """(numerator, denominator) of the indicator on this day."""
    one = INDICATORS[code]
    measures = {"top": one.numerator} | ({"base": one.denominator} if one.denominator else {})
    found = one.fact.within(on, on).aggregate(**measures)
    return found["top"], found.get("base")


def test_money_counts_on_the_day_it_went_back():
    paid_on = today()
    refund = make_refund(make_order("signed", sku=make_sku(price_fen=1_000), quantity=4))
    with turned_to(now() + timedelta(days=2)):
        back_on = today()
        record_refund(news_for(refund), by=cast.SYSTEM)
    assert figure("orders.refunded_fen", paid_on)[0] == 0
    assert figure("orders.refunded_fen", back_on)[0] == 1_000
    assert figure("orders.net_fen", paid_on)[0] == 4_000
    assert figure("orders.net_fen", back_on)[0] == -1_000
    assert figure("orders.refund_rate", paid_on) == (0, 4_000)
    assert figure("orders.refund_rate", back_on) == (1_000, 0), "without a base there is no value"


def test_a_second_payment_given_back_is_neither_income_nor_a_refund():
    from orders.actions import refund_dispute

    refund = refund_dispute(second_payment(make_order("paid")), by=cast.staff("finance"))
    record_refund(news_for(refund), by=cast.SYSTEM)
    assert figure("orders.refunded_fen", today())[0] == 0
    assert figure("orders.net_fen", today())[0] == 12_800


def test_the_control_falls_when_money_comes_back_late():
    control = CONTROLS["OR4.refunded"]
    late, kept = (make_refund(make_order("signed")) for _ in range(2))
    record_refund(news_for(kept), by=cast.SYSTEM)
    with turned_to(now() + timedelta(days=8)):
        record_refund(news_for(late), by=cast.SYSTEM)
        due = _granted_cases_due()
        assert (due.count(), due.filter(control.kept).count()) == (2, 1)
        assert list(control.cases(today() - timedelta(days=9), today())) == [late.case]


def test_without_a_request_the_control_has_no_case():
    assert not _granted_cases_due().exists()
