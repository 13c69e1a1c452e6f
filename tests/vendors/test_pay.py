"""Pay and the simulator: an order's whole life, each refusal, and answers not to be believed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shop.vendors.errors import (
    UnreadableAnswer,
    UnverifiedAnswer,
    VendorBusy,
    VendorRefused,
    VendorUnreachable,
)
from shop.vendors.wechat.errors import NumberTaken, OrderAlreadyPaid, OrderClosed, OrderUnknown
from shop.vendors.wechat.notices import Notices
from shop.vendors.wechat.pay import Pay, get_pay
from shop.vendors.wechat.simulator.notices import signed_headers
from shop.vendors.wechat.simulator.remote import Declined
from tests.vendors.orders import BUYER, new_number, openid_of, paid, prepaid
from tests.wechat import APPID, MCHID, PUBLIC_KEY_ID, pay_settings

NOWHERE = "http://127.0.0.1:1/hooks/wechatpay/"


def test_an_order_is_prepaid_paid_told_and_found(pay, simulator, receiver):
    number = new_number()
    prepay_id = prepaid(pay, simulator, receiver.url, number)
    assert pay.query(number).trade_state == "NOTPAY"

    simulator.remote.pay(BUYER, pay.client_parameters(prepay_id))

    [told] = receiver.wait_for(1)
    notice = Notices(simulator.settings.pay).open(told.body, told.headers, at=datetime.now(UTC))
    assert notice.transaction == pay.query(number)
    transaction = notice.transaction
    assert (transaction.appid, transaction.mchid) == (APPID, MCHID)
    assert transaction.out_trade_no == number
    assert transaction.trade_state == "SUCCESS"
    assert transaction.payer_openid == openid_of(simulator)
    assert (transaction.total_fen, transaction.currency) == (9900, "CNY")
    assert transaction.transaction_id
    assert abs(transaction.success_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_same_order_again_gives_a_fresh_prepay_id_and_both_pay(pay, simulator):
    number, expires_at = new_number(), datetime.now(UTC) + timedelta(minutes=30)
    first = prepaid(pay, simulator, NOWHERE, number, expires_at=expires_at)
    second = prepaid(pay, simulator, NOWHERE, number, expires_at=expires_at + timedelta(hours=1))
    assert first != second
    assert simulator.remote.pay(BUYER, pay.client_parameters(first))["trade_state"] == "SUCCESS"
    with pytest.raises(Declined, match="ORDERPAID"):
        simulator.remote.pay(BUYER, pay.client_parameters(second))


def test_the_number_with_another_amount_is_taken(pay, simulator):
    number = new_number()
    prepaid(pay, simulator, NOWHERE, number)
    with pytest.raises(NumberTaken) as refused:
        prepaid(pay, simulator, NOWHERE, number, amount_fen=9901)
    assert refused.value.code == "OUT_TRADE_NO_USED"


def test_a_paid_order_is_neither_prepaid_nor_closed(pay, simulator):
    number = new_number()
    paid(pay, simulator, NOWHERE, number)
    with pytest.raises(OrderAlreadyPaid):
        prepaid(pay, simulator, NOWHERE, number)
    with pytest.raises(OrderAlreadyPaid):
        pay.close(number)
    assert pay.query(number).trade_state == "SUCCESS"


def test_a_closed_order_is_neither_prepaid_nor_paid(pay, simulator):
    number = new_number()
    prepay_id = prepaid(pay, simulator, NOWHERE, number)
    pay.close(number)
    pay.close(number)
    assert pay.query(number).trade_state == "CLOSED"
    with pytest.raises(OrderClosed):
        prepaid(pay, simulator, NOWHERE, number)
    with pytest.raises(Declined, match="ORDER_CLOSED"):
        simulator.remote.pay(BUYER, pay.client_parameters(prepay_id))


def test_an_unknown_number_is_unknown_but_closes(pay):
    with pytest.raises(OrderUnknown):
        pay.query(new_number())
    pay.close(new_number())


def test_every_character_a_number_may_have_survives_the_url(pay, simulator):
    number = "aZ9_-|*" + new_number()[:20]
    prepaid(pay, simulator, NOWHERE, number)
    assert pay.query(number).out_trade_no == number
    pay.close(number)


@pytest.mark.parametrize(
    "number", ["", "short", "x" * 33, "../../../x", "订单号订单号", "a b c d e"]
)
def test_an_impossible_number_never_leaves(pay, number):
    with pytest.raises(ValueError, match="out_trade_no"):
        pay.query(number)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"description": ""},
        {"description": "鱼" * 128},
        {"openid": "nobody"},
        {"notify_url": "https://shop.example/hooks/wechatpay/?order=1"},
        {"notify_url": "http://shop.example/hooks/wechatpay/"},
        {"notify_url": "https://shop.example/" + "x" * 255},
    ],
)
def test_a_field_against_its_rule_is_refused(pay, simulator, changes):
    with pytest.raises(VendorRefused) as refused:
        prepaid(pay, simulator, **({"notify_url": NOWHERE} | changes))
    assert refused.value.code == "PARAM_ERROR"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"merchant_serial": "0" * 40}, "SIGN_ERROR"),
        ({"mchid": "1900000110"}, "SIGN_ERROR"),
        ({"appid": "wx9999999999999999"}, "APPID_MCHID_NOT_MATCH"),
    ],
)
def test_another_merchant_is_refused(simulator, change, code):
    stranger = Pay(replace(simulator.settings.pay, **change))
    with pytest.raises(VendorRefused) as refused:
        prepaid(stranger, simulator, NOWHERE)
    assert refused.value.code == code


def test_another_key_is_refused(simulator, keys):
    stranger = Pay(replace(simulator.settings.pay, merchant_key_file=keys.file("platform.pem")))
    with pytest.raises(VendorRefused) as refused:
        stranger.query(new_number())
    assert refused.value.code == "SIGN_ERROR"


@pytest.mark.parametrize("drift", [-310, 310])
def test_a_clock_5_minutes_off_is_refused_by_wechat_and_believes_nothing(simulator, drift):
    late = Pay(simulator.settings.pay, now=lambda: datetime.now(UTC) + timedelta(seconds=drift))
    with pytest.raises(UnverifiedAnswer):
        late.query(new_number())


@pytest.mark.parametrize("name", ["timeStamp", "nonceStr", "package", "signType", "paySign"])
def test_the_app_refuses_parameters_we_did_not_sign(pay, simulator, name):
    parameters = pay.client_parameters(prepaid(pay, simulator, NOWHERE))
    parameters[name] += "0"
    with pytest.raises(Declined, match="SIGN_ERROR"):
        simulator.remote.pay(BUYER, parameters)


def test_nobody_else_pays_the_buyers_order(pay, simulator):
    parameters = pay.client_parameters(prepaid(pay, simulator, NOWHERE))
    with pytest.raises(Declined, match="OPENID_MISMATCH"):
        simulator.remote.pay("李强", parameters)


def test_a_busy_wechat_may_be_asked_again(pay, simulator):
    simulator.remote.set_faults(pay_error="FREQUENCY_LIMITED")
    with pytest.raises(VendorBusy):
        pay.query(new_number())
    simulator.remote.set_faults(pay_error="SYSTEM_ERROR")
    with pytest.raises(VendorUnreachable, match="HTTP 500"):
        pay.query(new_number())


@pytest.mark.fault("C11")
def test_a_probe_answer_is_not_believed_and_the_retry_is(pay, simulator):
    number = new_number()
    simulator.remote.set_faults(probe_answers=True)
    for call in (lambda: prepaid(pay, simulator, NOWHERE, number), lambda: pay.query(number)):
        with pytest.raises(UnverifiedAnswer):
            call()
    simulator.remote.set_faults(probe_answers=False)
    assert prepaid(pay, simulator, NOWHERE, number)


def test_an_answer_under_an_unknown_serial_is_not_believed(pay, simulator):
    simulator.remote.set_faults(serial="7A" * 20)
    with pytest.raises(UnverifiedAnswer):
        pay.query(new_number())


class TestAnswersOfSomebodyElse:
    """A stand-in answers in WeChat Pay's place; C11's other half, and F3."""

    @pytest.fixture
    def misled(self, keys, receiver):
        return Pay(pay_settings(keys, receiver.base_url))

    def answer(self, receiver, keys, status, content, *, signed=True):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        at = datetime.now(UTC)
        headers = signed_headers(body, at=at, key=keys.platform, serial=PUBLIC_KEY_ID)
        receiver.always = (status, headers if signed else {}, body)

    def test_success_without_signature(self, misled, receiver, keys):
        self.answer(receiver, keys, 200, {"prepay_id": "wx1"}, signed=False)
        with pytest.raises(UnverifiedAnswer):
            misled.query("T123456")

    @pytest.mark.parametrize("code", ["ORDER_NOT_EXIST", "ORDERPAID", "ORDER_CLOSED"])
    def test_a_verdict_without_signature(self, misled, receiver, keys, code):
        self.answer(receiver, keys, 400, {"code": code, "message": "…"}, signed=False)
        with pytest.raises(UnverifiedAnswer):
            misled.query("T123456")

    def test_a_complaint_about_our_request_needs_no_signature(self, misled, receiver, keys):
        self.answer(receiver, keys, 401, {"code": "SIGN_ERROR", "message": "…"}, signed=False)
        with pytest.raises(VendorRefused, match="SIGN_ERROR"):
            misled.query("T123456")

    @pytest.mark.parametrize("content", [b"<html>", b"[]", b"{}", b"\xff", b'{"a":1,"a":2}', b""])
    def test_signed_nonsense(self, misled, receiver, keys, content):
        self.answer(receiver, keys, 200, content)
        with pytest.raises(UnreadableAnswer):
            misled.query("T123456")

    def test_a_proxys_error_page(self, misled, receiver, keys):
        self.answer(receiver, keys, 404, b"<html>nginx</html>", signed=False)
        with pytest.raises(UnreadableAnswer):
            misled.query("T123456")

    def test_another_orders_transaction(self, misled, receiver, keys, pay, simulator):
        number = new_number()
        self.answer(receiver, keys, 200, paid(pay, simulator, NOWHERE, number))
        assert misled.query(number).trade_state == "SUCCESS"
        with pytest.raises(UnreadableAnswer, match="another order"):
            misled.query(new_number())

    @pytest.mark.parametrize("name", ["appid", "mchid"])
    def test_another_merchants_transaction(self, misled, receiver, keys, pay, simulator, name):
        number = new_number()
        self.answer(receiver, keys, 200, paid(pay, simulator, NOWHERE, number) | {name: "1"})
        with pytest.raises(UnreadableAnswer, match="not ours"):
            misled.query(number)

    def test_the_buyer_is_paying_while_we_close(self, misled, receiver, keys):
        self.answer(receiver, keys, 202, b"{}")
        with pytest.raises(VendorBusy):
            misled.close("T123456")


def test_the_shops_own_client_follows_the_settings(settings, simulator, keys):
    settings.WECHAT = simulator.settings
    assert get_pay() is get_pay()
    with pytest.raises(OrderUnknown):
        get_pay().query(new_number())
    settings.WECHAT = replace(simulator.settings, pay=pay_settings(keys))
    with pytest.raises(VendorUnreachable):
        get_pay().query(new_number())


def test_nothing_personal_or_secret_is_printed(pay, simulator):
    number = new_number()
    paid(pay, simulator, NOWHERE, number)
    printed = f"{pay.query(number)!r} {simulator.settings!r}"
    assert openid_of(simulator) not in printed
    assert simulator.settings.secret not in printed
    assert simulator.settings.pay.api_v3_key not in printed
