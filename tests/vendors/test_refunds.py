"""Pay's refunds and the simulator: a refund's whole life, each refusal, and notices of it."""

from datetime import UTC, datetime

import pytest

from shop.vendors.errors import VendorBusy, VendorRefused, VendorUnreachable
from shop.vendors.wechat.errors import (
    BadNotice,
    ForgedNotice,
    NotEnoughFunds,
    OrderUnknown,
    RefundUnknown,
)
from shop.vendors.wechat.notices import Notices
from shop.vendors.wechat.simulator.notices import sealed_notice
from tests.vendors.crafted import AT
from tests.vendors.orders import BUYER, new_number, prepaid
from tests.wechat import API_V3_KEY, MCHID, PUBLIC_KEY_ID

NOWHERE = "http://127.0.0.1:1/hooks/wechatpay-refund/"
TOTAL = 9900


@pytest.fixture
def transaction(pay, simulator):
    """Paid by the buyer in the app."""
    number = new_number()
    simulator.remote.set_faults(drop_notices=True, time_scale=600_000.0)
    simulator.remote.pay(BUYER, pay.client_parameters(prepaid(pay, simulator, NOWHERE, number)))
    return pay.query(number)


def refund(pay, transaction, number="R1", fen=TOTAL, url=NOWHERE, **changes):
    asked = {
        "transaction_id": transaction.transaction_id,
        "amount_fen": fen,
        "total_fen": TOTAL,
        "reason": "退款",
        "notify_url": url,
        **changes,
    }
    return pay.refund(f"{transaction.out_trade_no}{number}", **asked)


def test_accepted_is_not_refunded_and_the_query_tells_the_end(pay, simulator, transaction):
    first = refund(pay, transaction)
    assert (first.status, first.amount_fen, first.total_fen) == ("PROCESSING", TOTAL, TOTAL)
    told = pay.query_refund(first.out_refund_no)
    assert (told.status, told.refund_id) == ("SUCCESS", first.refund_id)
    assert told.success_at is not None
    assert pay.query(transaction.out_trade_no).trade_state == "REFUND"


def test_the_same_number_is_the_same_refund(pay, simulator, transaction):
    ids = {refund(pay, transaction, fen=100).refund_id for _ in range(3)}
    assert len(ids) == 1
    with pytest.raises(VendorRefused, match="INVALID_REQUEST"):
        refund(pay, transaction, fen=101)


def test_parts_never_exceed_the_whole(pay, simulator, transaction):
    refund(pay, transaction, "R1", 9_000)
    with pytest.raises(VendorRefused, match="INVALID_REQUEST"):
        refund(pay, transaction, "R2", 901)
    assert refund(pay, transaction, "R2", 900).status == "PROCESSING"
    with pytest.raises(VendorRefused, match="INVALID_REQUEST"):
        refund(pay, transaction, "R3", 1)


def test_a_closed_refund_frees_its_part(pay, simulator, transaction):
    simulator.remote.set_faults(refund_ends_as="CLOSED")
    refund(pay, transaction, "R1", TOTAL)
    simulator.remote.set_faults(refund_ends_as="SUCCESS")
    assert refund(pay, transaction, "R2", TOTAL).status == "PROCESSING"


def test_a_minute_lies_between_two_refunds_of_an_order(pay, simulator, transaction):
    simulator.remote.set_faults(time_scale=1.0)
    refund(pay, transaction, "R1", 100)
    with pytest.raises(VendorBusy, match="FREQUENCY_LIMITED"):
        refund(pay, transaction, "R2", 100)


def test_refusals_that_a_caller_tells_apart(pay, simulator, transaction):
    with pytest.raises(RefundUnknown):
        pay.query_refund("never-asked-for")
    with pytest.raises(RefundUnknown):
        refund(pay, transaction, transaction_id="4200009999")
    with pytest.raises(OrderUnknown):
        pay.query(new_number())
    simulator.remote.set_faults(not_enough=True)
    with pytest.raises(NotEnoughFunds):
        refund(pay, transaction)
    with pytest.raises(VendorRefused, match="PARAM_ERROR"):
        refund(pay, transaction, reason="长" * 81)
    with pytest.raises(ValueError, match="out_refund_no"):
        refund(pay, transaction, "号")


@pytest.mark.fault("B5")
def test_a_lost_answer_does_not_lose_the_refund(pay, simulator, transaction):
    simulator.remote.set_faults(lose_refund_answers=True)
    for _ in range(5):
        with pytest.raises(VendorUnreachable):
            refund(pay, transaction, fen=100)
    [trade] = [
        one
        for one in simulator.remote.transactions()
        if one["out_trade_no"] == transaction.out_trade_no
    ]
    assert [one["amount"] for one in trade["refunds"]] == [100]


@pytest.mark.parametrize("state", ["SUCCESS", "ABNORMAL", "CLOSED"])
def test_the_notice_tells_how_it_ended(pay, simulator, transaction, receiver, state):
    simulator.remote.set_faults(drop_notices=False, refund_ends_as=state)
    asked = refund(pay, transaction, url=receiver.url)
    [told] = receiver.wait_for(1)
    notices = Notices(simulator.settings.pay)
    notice = notices.open_refund(told.body, told.headers, at=datetime.now(UTC))
    assert notice.event_type == f"REFUND.{state}"
    assert (notice.refund.status, notice.refund.refund_id) == (state, asked.refund_id)
    assert (notice.refund.amount_fen, notice.refund.currency) == (TOTAL, None)
    with pytest.raises(BadNotice):
        notices.open(told.body, told.headers, at=datetime.now(UTC))


@pytest.mark.parametrize(
    "lie",
    [{"mchid": "1900000000"}, {"refund_status": "CLOSED"}, {"refund_status": "DONE"},
     {"amount": {"refund": "1", "total": 1}}, {"refund_id": ""}, {"success_time": "today"}],
)  # fmt: skip
def test_a_signed_notice_that_is_not_ours_or_not_whole_is_refused(notices, keys, lie):
    said = {
        "mchid": MCHID, "transaction_id": "4200001", "out_refund_no": "S1R1", "refund_id": "5030",
        "refund_status": "SUCCESS", "success_time": "2026-11-22T12:00:00+08:00",
        "amount": {"total": 9900, "refund": 100, "payer_total": 9900, "payer_refund": 100}, **lie,
    }  # fmt: skip
    sealed = {"serial": PUBLIC_KEY_ID, "api_v3_key": API_V3_KEY, "event_type": "REFUND.SUCCESS"}
    raw, headers = sealed_notice(said, at=AT, key=keys.platform, **sealed)
    with pytest.raises(BadNotice):
        notices.open_refund(raw, headers, at=AT)
    raw, headers = sealed_notice(said, at=AT, key=keys.merchant, **sealed)
    with pytest.raises(ForgedNotice):
        notices.open_refund(raw, headers, at=AT)
