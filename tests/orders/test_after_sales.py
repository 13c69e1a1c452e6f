"""An after-sales case: asked by the customer or for them, decided, withdrawn, late (A4.2d)."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.actions import give_back_stock
from catalog.models import Offer, StockMove
from orders import rules
from orders.actions import (
    accept_case,
    open_case,
    open_exception,
    record_refund,
    refuse_case,
    withdraw_case,
)
from orders.actions.cases import keep_answer_promise, promise_an_answer
from orders.actions.promises import drop_promises
from orders.errors import GoodsBackInStock, MoreThanBought, ReturnWindowClosed
from orders.models import AfterSalesCase
from orders.selectors import after_sales_queue, warehouse_queue
from orders.tasks import complete_signed_orders
from shop.clock import now, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.notices.models import Notice
from shop.timing.models import Clock
from shop.timing.sweeper import sweep_timers
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_case, make_order, make_refund, make_sku, news_for

pytestmark = pytest.mark.django_db
AGENT = "service_agent"


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_a_customer_asks_for_some_units_and_is_promised_an_answer():
    order = make_order("signed", quantity=3)
    case = make_case(order, 2)
    line = case.lines.get()
    assert (case.status, case.amount_fen, line.quantity) == ("open", 25_600, 2)
    clock = Clock.objects.get(subject=case.stream)
    assert (clock.kind, clock.target) == ("orders.decide_case", timedelta(hours=9))
    kinds = EventLog.objects.filter(kind__in=["orders.CaseOpened", "orders.MoneyAskedBack"])
    assert kinds.count() == 2
    assert after_sales_queue().get() == case


def test_many_cases_together_never_ask_for_more_than_was_bought():
    order = make_order("signed", quantity=3)
    make_case(order, 2)
    with pytest.raises(MoreThanBought):
        make_case(order, 2)
    make_case(order, 1)
    with pytest.raises(MoreThanBought):
        make_case(order, 1)


def test_what_was_refused_or_withdrawn_can_be_asked_for_again():
    order = make_order("signed")
    refuse_case(make_case(order), "已超过使用期限", by=cast.staff(AGENT))
    withdraw_case(make_case(order), by=cast.shopper())
    assert make_case(order).status == "open"


@pytest.mark.fault("B17")
@pytest.mark.parametrize("quantity", [0, -1, 2**31, 2**63])
def test_quantities_that_are_none_are_refused(quantity):
    order = make_order("signed")
    with pytest.raises((InvalidValue, MoreThanBought)):
        make_case(order, quantity)
    assert not AfterSalesCase.objects.exists()


@pytest.mark.parametrize("status", ["unpaid"])
def test_an_unpaid_order_has_nothing_to_give_back(status):
    with pytest.raises(IllegalTransition):
        make_case(make_order(status))


def test_goods_of_another_order_an_unknown_reason_and_long_words_are_refused():
    order = make_order("signed")
    line = order.lines.get()
    with pytest.raises(MoreThanBought):
        open_case(order, {make_sku().pk: 1}, "quality", by=cast.shopper())
    with pytest.raises(InvalidValue):
        open_case(order, {line.sku_id: 1}, "because", by=cast.shopper())
    with pytest.raises(InvalidValue):
        open_case(order, {line.sku_id: 1}, "quality", "长" * 201, by=cast.shopper())
    with pytest.raises(InvalidValue):
        open_case(order, {}, "quality", by=cast.shopper())


@pytest.mark.article("OR4", "C8.1")
def test_after_seven_days_only_a_defect_is_a_reason_but_staff_may_open_one():
    order = make_order("signed")
    with turned_to(now() + timedelta(days=8)):
        with pytest.raises(ReturnWindowClosed):
            make_case(order, reason="changed_mind")
        withdraw_case(make_case(order, reason="quality"), by=cast.shopper())
        units = {order.lines.get().sku_id: 1}
        case = open_case(order, units, "changed_mind", "电话协商", by=cast.staff(AGENT))
    assert case.opened_by == cast.staff(AGENT).user


def test_a_stranger_neither_asks_nor_withdraws_and_the_warehouse_does_not_decide():
    order = make_order("signed")
    units = {order.lines.get().sku_id: 1}
    case = make_case(order)
    for act in (
        lambda: open_case(order, units, "quality", by=cast.shopper("hua")),
        lambda: withdraw_case(case, by=cast.shopper("hua")),
        lambda: refuse_case(case, "不行", by=cast.staff("warehouse")),
        lambda: accept_case(case, by=cast.shopper()),
        lambda: promise_an_answer(case, by=cast.shopper()),
        lambda: keep_answer_promise(case, by=cast.shopper()),
        lambda: drop_promises(order, by=cast.shopper()),
        lambda: give_back_stock(units, "S1", by=cast.staff("warehouse")),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert fresh(case).status == "open"


def test_a_refusal_has_an_answer_and_the_customer_reads_it():
    case = make_case(make_order("signed"))
    with pytest.raises(InvalidValue):
        refuse_case(case, "  ", by=cast.staff(AGENT))
    refuse_case(case, "商品已拆封食用，不影响二次销售的条件不满足", by=cast.staff(AGENT))
    run_reactions()
    assert Notice.objects.get(kind="orders.case_refused").party == case.order.customer.party
    assert Clock.objects.get(subject=case.stream).met_at is not None
    with pytest.raises(IllegalTransition):
        refuse_case(case, "再来一次", by=cast.staff(AGENT))
    with pytest.raises(IllegalTransition):
        accept_case(case, by=cast.staff(AGENT))


def test_what_is_back_in_stock_can_neither_be_refused_nor_withdrawn(oracle):
    refund = make_refund(make_order("confirmed"))
    record_refund(news_for(refund, "CLOSED"), by=cast.SYSTEM)
    for act in (
        lambda: refuse_case(refund.case, "不行", by=cast.staff(AGENT)),
        lambda: withdraw_case(refund.case, by=cast.shopper()),
    ):
        with pytest.raises(GoodsBackInStock):
            act()
    accept_case(refund.case, by=cast.staff(AGENT))
    assert StockMove.objects.filter(cause="released").count() == 1, "its goods went back once"


@pytest.mark.fault("A8")
def test_goods_go_back_once_however_often(oracle):
    order = make_order("confirmed", quantity=2)
    sku = order.lines.get().sku
    make_refund(order, 1)
    reference = f"{order.number} {AfterSalesCase.objects.get().number}"
    before = Offer.objects.get(sku=sku).available
    for _ in range(5):
        give_back_stock({sku.pk: 1}, reference, by=cast.SYSTEM)
    assert Offer.objects.get(sku=sku).available == before


def test_the_warehouse_packs_what_is_left():
    order = make_order("confirmed", quantity=3)
    make_refund(order, 1)
    [row] = warehouse_queue()
    assert [line.left for line in row.lines.all()] == [2]


def test_a_closed_order_leaves_the_desks_and_its_clocks_and_cases_end():
    order = make_order("confirmed")
    open_exception(order, "unreachable", by=cast.staff(AGENT))
    make_refund(order)
    assert not warehouse_queue().exists()
    assert not Clock.objects.of(order.stream).open().exists()
    assert not WorkItem.objects.open().exists()


def test_an_order_is_not_completed_while_money_is_asked_back():
    order = make_order("signed")
    case = make_case(order)
    with turned_to(now() + timedelta(days=8)):
        complete_signed_orders(now())
        assert fresh(order).status == "signed"
        refuse_case(case, "已过期限", by=cast.staff(AGENT))
        complete_signed_orders(now())
    assert fresh(order).status == "completed"


def test_without_an_answer_in_time_it_goes_before_the_supervisor():
    cast.staff("service_supervisor")
    case = make_case(make_order("signed"))
    with turned_to(now() + timedelta(days=10)):
        sweep_timers()
        run_reactions()
        item = WorkItem.objects.get(kind="late_order")
        assert (item.reason, item.role) == ("orders.decide_case", "service_supervisor")
        refuse_case(case, "已过期限", by=cast.staff(AGENT))
    assert not fresh(item).is_open


PARTS = st.lists(st.integers(1, 5), min_size=1, max_size=20)


@pytest.mark.fault("B9")
@given(st.integers(0, 10**9), PARTS)
@settings(max_examples=200, deadline=None)
def test_a_line_given_back_in_any_parts_adds_up_to_what_was_paid(payable_fen, parts):
    left_fen, left_units = payable_fen, sum(parts)
    for units in parts:
        fen = rules.refundable(left_fen, left_units, units)
        assert 0 <= fen <= left_fen
        left_fen, left_units = left_fen - fen, left_units - units
    assert (left_fen, left_units) == (0, 0)


LINE = st.tuples(st.integers(0, 10**8), st.sampled_from([0, 900, 1_300]))


@pytest.mark.fault("B9")
@given(st.lists(LINE, min_size=1, max_size=6), st.lists(st.integers(0, 10_000), max_size=6))
@settings(max_examples=200, deadline=None)
def test_net_and_vat_of_the_parts_add_up_to_those_of_the_sale(lines, shares):
    sold = [rules.Taxed(fen, bp) for fen, bp in lines]
    left, net, vat = sold, 0, 0
    for share in [*shares, 10_000]:
        back = [line.gross_fen * share // 10_000 for line in left]
        net_back, vat_back = rules.given_back(left, back)
        assert net_back >= 0
        assert vat_back >= 0
        assert net_back + vat_back == sum(back)
        net, vat = net + net_back, vat + vat_back
        left = [
            rules.Taxed(line.gross_fen - fen, line.vat_bp)
            for line, fen in zip(left, back, strict=True)
        ]
    assert (net, vat) == rules.net_and_vat(sold)


def test_rules_of_time():
    at = now()
    assert rules.may_ask_back(None, "changed_mind", at)
    assert rules.may_ask_back(at, "changed_mind", at + timedelta(days=6))
    assert not rules.may_ask_back(at, "late", at + timedelta(days=7))
    assert rules.send_refund_after(None, at) == at
    assert rules.send_refund_after(at, at) == at + timedelta(seconds=61)
    waits = [rules.next_question(at, at + age) - at - age for age in AGES]
    assert waits == [timedelta(seconds=50), timedelta(minutes=10), timedelta(hours=1)]


AGES = (timedelta(0), timedelta(hours=2), timedelta(days=2))
