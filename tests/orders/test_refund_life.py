"""A refund from the request to the customer's account, through WeChat Pay's own doors."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from catalog.models import Offer
from orders.actions import (
    accept_case,
    begin_payment,
    cancel_order,
    give_up_refund,
    let_refund_go,
    record_refund,
    refund_dispute,
    report_stuck_refund,
    settle_payment,
    ship_order,
    sign_order,
)
from orders.actions.books import book_refund, book_refund_closed, book_refund_paid
from orders.actions.cases import return_case
from orders.errors import (
    MoreThanBought,
    NotInFen,
    RefundExceedsPayment,
    RefundTooLate,
    TooManyRefunds,
)
from orders.models import AfterSalesCase, PaymentDispute, Refund
from orders.tasks import ask_about_refunds
from shop.books.models import Journal, JournalLine, PartyBalance
from shop.clock import now, turned_to
from shop.errors import NotAllowed
from shop.events.models import Delivery, EventLog, InboxMessage
from shop.events.relay import run_reactions
from shop.notices.models import Notice
from shop.timing.sweeper import sweep_timers
from shop.vendors.wechat.simulator.notices import sealed_notice
from shop.work.errors import StepHeld
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_case, make_order, make_refund, make_sku, news_for, receipt_for
from tests.orders.wechat_money import books_of, paid_at_wechat
from tests.wechat import API_V3_KEY, MCHID, PUBLIC_KEY_ID

pytestmark = pytest.mark.django_db
PRICE = 12_800
AGENT = "service_agent"


@pytest.fixture(autouse=True)
def clerk():
    return cast.staff("finance")


@pytest.fixture
def silent(wechat):
    """WeChat Pay whose notices never arrive."""
    wechat.set_faults(drop_notices=True)
    return wechat


def cash():
    lines = JournalLine.objects.filter(account="1012.01").values_list("amount_fen", flat=True)
    return sum(lines)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def accepted(case):
    return accept_case(case, by=cast.staff(AGENT)).refunds.get()


def asked_about(wechat):
    """What the clock's job finds some minutes later."""
    with turned_to(now() + timedelta(minutes=5)):
        ask_about_refunds(now())
        run_reactions()


def test_before_shipping_money_and_goods_go_back_and_the_order_is_closed(silent, oracle):
    order = paid_at_wechat(silent, "confirmed", quantity=2)
    silent.set_faults(drop_notices=True)
    sku = order.lines.get().sku
    before = Offer.objects.get(sku=sku).available
    refund = accepted(make_case(order, 2))
    assert fresh(order).status == "closed"
    assert Offer.objects.get(sku=sku).available == before + 2
    run_reactions()
    assert fresh(refund).status == "processing"
    [entry] = books_of(silent, order)
    assert (entry["out_refund_no"], entry["amount"]) == (refund.out_refund_no, 2 * PRICE)

    asked_about(silent)

    assert fresh(refund).status == "succeeded"
    assert AfterSalesCase.objects.get().status == "refunded"
    assert cash() == 0
    assert PartyBalance.objects.filter(balance_fen=0).count() == 2
    assert Notice.objects.filter(kind="orders.order_refunded").count() == 1
    oracle["trades"] = [t for t in silent.transactions() if order.number in t["out_trade_no"]]


def test_a_part_before_shipping_leaves_the_rest_to_be_shipped(oracle):
    order = make_order("confirmed", quantity=3)
    refund = make_refund(order, 1)
    assert (refund.amount_fen, fresh(order).status) == (PRICE, "confirmed")
    ship_order(order, "SF", "SF0000000001", by=cast.staff("warehouse"))
    sign_order(order, by=cast.shopper())
    sold = JournalLine.objects.get(journal__kind="orders.sold", account="2204")
    assert sold.amount_fen == 2 * PRICE


def test_after_the_signature_revenue_and_vat_fall_away_and_goods_stay_away(oracle):
    order = make_order("signed", quantity=3)
    available = Offer.objects.get(sku=order.lines.get().sku).available
    for _ in range(3):
        refund = make_refund(order)
        record_refund(news_for(refund), by=cast.SYSTEM)
    kept = JournalLine.objects.filter(account__in=["6001", "2221.01"])
    for account in ("6001", "2221.01"):
        fen = kept.filter(account=account).values_list("amount_fen", flat=True)
        assert sum(fen) == 0, "the parts add up to what was sold"
    assert Offer.objects.get(sku=order.lines.get().sku).available == available
    with pytest.raises(MoreThanBought):
        make_case(order)


def test_the_notice_is_stored_once_and_applied_field_by_field(wechat, keys, oracle, settings):
    order = paid_at_wechat(wechat, "signed")
    wechat.set_faults(drop_notices=True, refund_ends_as="PROCESSING")
    refund = accepted(make_case(order))
    run_reactions()
    refund = fresh(refund)
    raw, headers = noticed(refund, keys)
    for _ in range(3):
        assert Client().post(
            "/hooks/wechatpay-refund/", raw, content_type="application/json", headers=headers
        ).status_code == 204  # fmt: skip
    run_reactions()
    message = InboxMessage.objects.get(source="wechatpay-refund")
    assert (message.outcome, message.repeats) == ("succeeded", 2)
    assert fresh(refund).status == "succeeded"
    assert Journal.objects.filter(kind="orders.refund_paid").count() == 1
    oracle["trades"] = []
    wechat.end_refund(refund.out_refund_no, "SUCCESS")
    oracle["trades"] = [t for t in wechat.transactions() if order.number in t["out_trade_no"]]


def noticed(refund, keys, status="SUCCESS", **changes):
    """A signed notice of this refund; `changes` make it a lie."""
    said = {
        "mchid": MCHID,
        "out_trade_no": refund.payment.out_trade_no,
        "transaction_id": refund.payment.transaction_id,
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id or "5030000000000000000000000001",
        "refund_status": status,
        "success_time": "2026-11-22T12:00:00+08:00",
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": refund.payment.amount_fen,
            "refund": refund.amount_fen,
            "payer_total": refund.payment.amount_fen,
            "payer_refund": refund.amount_fen,
        },
        **changes,
    }
    key = changes.pop("key", keys.platform)
    return sealed_notice(
        said, at=datetime.now(UTC), key=key, serial=PUBLIC_KEY_ID, api_v3_key=API_V3_KEY,
        event_type=f"REFUND.{status}",
    )  # fmt: skip


def sent(raw, headers):
    return Client().post(
        "/hooks/wechatpay-refund/", raw, content_type="application/json", headers=headers
    )


@pytest.mark.fault("C6")
def test_a_forged_refund_notice_is_refused(wechat, keys):
    refund = make_refund(make_order("signed"))
    said = json.dumps({"id": "forged"}).encode()
    forged = sealed_notice(
        {}, at=datetime.now(UTC), key=keys.merchant, serial=PUBLIC_KEY_ID, api_v3_key=API_V3_KEY
    )
    others = noticed(refund, keys, mchid="1900000000")
    payments = sealed_notice(
        {}, at=datetime.now(UTC), key=keys.platform, serial=PUBLIC_KEY_ID, api_v3_key=API_V3_KEY
    )
    answers = [sent(*forged), sent(said, {}), sent(*others), sent(*payments)]
    assert [answer.status_code for answer in answers] == [401, 401, 400, 400]
    assert not InboxMessage.objects.exists()
    assert fresh(refund).status == "requested"


@pytest.mark.fault("C4")
@pytest.mark.parametrize(
    "lie",
    [{"amount_fen": 1}, {"total_fen": 1}, {"transaction_id": "4200other"}, {"currency": "HKD"}],
)
def test_news_that_does_not_fit_changes_nothing_and_is_finances_work(lie):
    refund = make_refund(make_order("signed"))
    assert record_refund(news_for(refund, **lie), by=cast.SYSTEM) == "disputed"
    assert fresh(refund).status == "requested"
    assert WorkItem.objects.get(kind="refund_stuck").reason == "differs"


def test_a_refund_that_nobody_granted_is_finances_work():
    order = make_order("signed")
    strange = news_for(make_refund(order), out_refund_no="by-hand")
    assert record_refund(strange, by=cast.SYSTEM) == "unknown"
    assert WorkItem.objects.get(kind="refund_stuck").subject == order.stream


def test_an_abnormal_refund_is_finances_work_until_it_succeeds(silent, oracle):
    order = paid_at_wechat(silent, "signed")
    silent.set_faults(drop_notices=True, refund_ends_as="ABNORMAL")
    refund = accepted(make_case(order))
    run_reactions()
    asked_about(silent)
    assert fresh(refund).status == "abnormal"
    item = WorkItem.objects.get(kind="refund_stuck")
    assert (item.reason, item.role, item.is_open) == ("abnormal", "finance", True)
    silent.end_refund(refund.out_refund_no, "SUCCESS")
    with turned_to(now() + timedelta(minutes=10)):
        ask_about_refunds(now())
    assert fresh(refund).status == "succeeded"
    assert not fresh(item).is_open


def test_a_closed_refund_frees_the_money_and_returns_the_case(oracle):
    order = make_order("signed")
    refund = make_refund(order)
    assert record_refund(news_for(refund, "CLOSED"), by=cast.SYSTEM) == "closed"
    case = AfterSalesCase.objects.get()
    assert (case.status, fresh(refund).status) == ("open", "closed")
    assert order.payments.get().refund_held_fen == 0
    again = accept_case(case, by=cast.staff(AGENT)).refunds.live().get()
    assert again.out_refund_no != refund.out_refund_no, "a closed number is spent"
    assert record_refund(news_for(again), by=cast.SYSTEM) == "succeeded"
    assert record_refund(news_for(again), by=cast.SYSTEM) == "repeat"
    assert record_refund(news_for(refund, "SUCCESS"), by=cast.SYSTEM) == "disputed"


def test_closed_after_a_signature_that_came_in_between_it_is_sold_after_all(oracle):
    order = make_order("shipped", quantity=2)
    refund = make_refund(order)
    sign_order(order, by=cast.shopper())
    record_refund(news_for(refund, "CLOSED"), by=cast.SYSTEM)
    assert Journal.objects.filter(kind="orders.refund_closed").count() == 1


def test_without_funds_it_waits_tells_finance_and_goes_by_itself(silent, oracle):
    order = paid_at_wechat(silent, "signed")
    silent.set_faults(drop_notices=True, not_enough=True)
    refund = accepted(make_case(order))
    run_reactions()
    assert fresh(refund).status == "requested"
    assert WorkItem.objects.get(kind="refund_stuck").reason == "not_enough"
    silent.set_faults(not_enough=False)
    with turned_to(now() + timedelta(minutes=1)):
        run_reactions()
    asked_about(silent)
    assert fresh(refund).status == "succeeded"
    assert not WorkItem.objects.open().filter(kind="refund_stuck").exists()


def test_what_wechat_pay_refuses_for_good_returns_to_people(wechat):
    order = make_order("signed")  # its transaction is not in WeChat Pay's books
    refund = make_refund(order)
    run_reactions()
    assert fresh(refund).status == "closed"
    assert AfterSalesCase.objects.get().status == "open"
    assert WorkItem.objects.get(kind="refund_stuck").reason == "refused"


@pytest.mark.fault("B5")
def test_a_lost_answer_is_asked_for_again_under_the_same_number(silent, oracle):
    order = paid_at_wechat(silent, "signed")
    silent.set_faults(drop_notices=True, lose_refund_answers=True)
    refund = accepted(make_case(order))
    for minute in range(5):
        with turned_to(now() + timedelta(minutes=minute)):
            run_reactions()
    assert fresh(refund).status == "requested"
    assert Delivery.objects.get(reaction="orders.send_refund").attempts >= 3
    silent.set_faults(lose_refund_answers=False)
    with turned_to(now() + timedelta(minutes=10)):
        run_reactions()
    assert fresh(refund).status == "succeeded"
    [entry] = books_of(silent, order)
    assert (entry["amount"], entry["out_refund_no"]) == (PRICE, refund.out_refund_no)
    oracle["trades"] = [t for t in silent.transactions() if order.number in t["out_trade_no"]]


def test_the_next_refund_of_a_payment_waits_a_minute(silent):
    order = paid_at_wechat(silent, "signed", quantity=2)
    silent.set_faults(drop_notices=True)
    first, second = accepted(make_case(order)), None
    second = accepted(make_case(order))
    run_reactions()
    assert (fresh(first).status, fresh(second).status) == ("processing", "requested")
    with turned_to(second.send_after):
        sweep_timers()
        assert EventLog.objects.filter(kind="orders.RefundDue", stream=second.stream).exists()
    record_refund(news_for(second), by=cast.SYSTEM)
    assert let_refund_go(second, by=cast.SYSTEM) is False


def test_what_is_asked_back_does_not_leave_the_house_before_it_is_decided():
    order = make_order("confirmed")
    make_case(order)
    with pytest.raises(StepHeld) as held:
        ship_order(order, "SF", "SF0000000002", by=cast.staff("warehouse"))
    assert AfterSalesCase.objects.get().number in str(held.value)


def test_after_a_year_and_after_fifty_parts_it_is_a_matter_of_a_transfer():
    order = make_order("completed")
    case = make_case(order)
    with turned_to(now() + timedelta(days=366)), pytest.raises(RefundTooLate):
        accept_case(case, by=cast.staff(AGENT))
    many = make_order("signed", sku=make_sku(price_fen=100), quantity=60)
    for _ in range(50):
        make_refund(many)
    with pytest.raises(TooManyRefunds):
        make_refund(many)


# money kept as a dispute


def second_payment(order):
    receipt = receipt_for(order.payments.get(), transaction_id="4200000000000000000000000999")
    settle_payment(receipt, by=cast.SYSTEM)
    return PaymentDispute.objects.get()


def test_finance_gives_a_second_payment_back_once_and_its_item_closes(clerk, oracle):
    order = make_order("paid")
    dispute = second_payment(order)
    refund = refund_dispute(dispute, by=clerk)
    with pytest.raises(RefundExceedsPayment):
        refund_dispute(dispute, by=clerk)
    record_refund(news_for(refund), by=cast.SYSTEM)
    run_reactions()
    assert cash() == PRICE
    assert not WorkItem.objects.open().filter(kind="payment_dispute").exists()
    assert fresh(order).status == "paid"
    assert Notice.objects.filter(kind="orders.order_refunded").count() == 1


def test_disputed_money_that_was_given_back_revives_no_order(clerk, oracle):
    order = make_order("unpaid", sku=make_sku(stock=1))
    payment = begin_payment(order, by=cast.shopper())
    cancel_order(order, "customer", by=cast.shopper())
    make_order("paid", sku=order.lines.get().sku, customer=cast.customer("hua"))
    late = receipt_for(payment)
    assert settle_payment(late, by=cast.SYSTEM) == "disputed"
    refund_dispute(PaymentDispute.objects.get(), by=clerk)
    Offer.objects.filter(sku=order.lines.get().sku).update(available=0)
    assert settle_payment(late, by=cast.SYSTEM) == "disputed"
    assert fresh(order).status == "cancelled"


def test_what_is_not_in_fen_is_given_back_by_hand(clerk):
    payment = begin_payment(make_order("unpaid"), by=cast.shopper())
    settle_payment(receipt_for(payment, currency="HKD"), by=cast.SYSTEM)
    with pytest.raises(NotInFen):
        refund_dispute(PaymentDispute.objects.get(), by=clerk)


def test_a_dispute_whose_refund_is_closed_is_finances_work_again(clerk, oracle):
    refund = refund_dispute(second_payment(make_order("paid")), by=clerk)
    record_refund(news_for(refund, "CLOSED"), by=cast.SYSTEM)
    assert WorkItem.objects.get(kind="refund_stuck").reason == "closed"
    assert PaymentDispute.objects.get().refund_held_fen == 0


# who may


@pytest.mark.parametrize(
    "act",
    [
        lambda refund, by: accept_case(refund.case, by=by),
        lambda refund, by: record_refund(news_for(refund), by=by),
        lambda refund, by: give_up_refund(refund, by=by),
        lambda refund, by: let_refund_go(refund, by=by),
        lambda refund, by: return_case(refund.case, "closed", by=by),
        lambda refund, by: report_stuck_refund(refund, "closed", by=by),
        lambda refund, by: book_refund(refund, refund.order, by=by),
        lambda refund, by: book_refund_paid(refund, by=by),
        lambda refund, by: book_refund_closed(refund, refund.order, by=by),
    ],
)
def test_neither_the_customer_nor_the_warehouse_moves_money(act):
    refund = make_refund(make_order("signed"))
    for by in (cast.shopper(), cast.staff("warehouse")):
        with pytest.raises(NotAllowed):
            act(refund, by)
    assert fresh(refund).status == Refund.Status.REQUESTED


def test_service_does_not_give_disputed_money_back():
    dispute = second_payment(make_order("paid"))
    with pytest.raises(NotAllowed):
        refund_dispute(dispute, by=cast.staff(AGENT))
