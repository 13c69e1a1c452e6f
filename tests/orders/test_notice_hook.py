"""/hooks/wechatpay/: verified, stored once, answered, applied; anything else leaves no trace."""

import json
import secrets
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from orders.actions import begin_payment
from orders.models import DeskPush, Order, PaymentDispute
from shop.doors.health import refused
from shop.events.models import Delivery, EventLog, InboxMessage
from shop.events.relay import run_reactions
from shop.vendors.wechat.simulator.notices import sealed_notice, signed_headers
from tests import cast
from tests.make import make_order
from tests.wechat import API_V3_KEY, APPID, MCHID, PUBLIC_KEY_ID, wechat_settings

HOOK = "/hooks/wechatpay/"


@pytest.fixture
def payment(settings, keys):
    settings.WECHAT = wechat_settings(keys, "http://127.0.0.1:1")
    return begin_payment(make_order("unpaid"), by=cast.shopper())


@pytest.fixture
def notice(payment, keys):
    """A signed notice of this payment: (body, headers); `changes` alter what it says."""

    def craft(*, at=None, key=keys.platform, serial=PUBLIC_KEY_ID, **changes):
        said = {
            "appid": APPID,
            "mchid": MCHID,
            "out_trade_no": payment.out_trade_no,
            "transaction_id": "4200001234202611221234567890",
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "bank_type": "OTHERS",
            "success_time": "2026-11-22T12:00:00+08:00",
            "payer": {"openid": payment.order.customer.openid},
            "amount": {"total": payment.amount_fen, "currency": "CNY"},
            **changes,
        }
        at = at or datetime.now(UTC)
        return sealed_notice(said, at=at, key=key, serial=serial, api_v3_key=API_V3_KEY)

    return craft


def send(raw, headers, client=None):
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return (client or Client()).post(HOOK, raw, content_type="application/json", **named)


@pytest.mark.django_db
def test_a_good_notice_is_stored_word_for_word_answered_and_applied(notice):
    raw, headers = notice()
    assert send(raw, headers).status_code == 204
    message = InboxMessage.objects.get()
    assert bytes(message.raw) == raw
    assert Order.objects.get().status == "unpaid", "answering comes before applying"
    run_reactions()
    message.refresh_from_db()
    assert (message.outcome, Order.objects.get().status) == ("paid", "paid")


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("C1")
def test_a_hundred_at_once_have_one_effect(notice, oracle):
    raw, headers = notice()
    answers = []

    def deliver():
        for _ in range(20):
            answers.append(send(raw, headers).status_code)
        connection.close()

    couriers = [threading.Thread(target=deliver) for _ in range(5)]
    for courier in couriers:
        courier.start()
    for courier in couriers:
        courier.join(120)
    run_reactions()
    assert answers == [204] * 100
    assert InboxMessage.objects.get().repeats == 99
    assert EventLog.objects.filter(kind="orders.OrderPaid").count() == 1
    assert DeskPush.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "lie",
    [
        pytest.param({"amount": {"total": 1, "currency": "CNY"}}, marks=pytest.mark.fault("C4")),
        pytest.param(
            {"amount": {"total": 12_800, "currency": "HKD"}}, marks=pytest.mark.fault("C4")
        ),
        pytest.param({"payer": {"openid": "somebody else"}}, marks=pytest.mark.fault("C5")),
    ],
)
def test_signed_but_not_what_we_asked_for_pays_nothing(notice, lie):
    assert send(*notice(**lie)).status_code == 204
    run_reactions()
    assert Order.objects.get().status == "unpaid"
    assert PaymentDispute.objects.count() == 1
    assert InboxMessage.objects.get().outcome == "disputed"


def leaves_no_trace(status, answer, why):
    assert answer.status_code == status
    assert answer.json()["code"] == "FAIL"
    assert not InboxMessage.objects.exists()
    assert not Delivery.objects.filter(reaction="orders.apply_payment_notice").exists()
    assert Order.objects.get().status == "unpaid"
    assert refused(why) == 1


@pytest.mark.django_db
@pytest.mark.fault("C5")
@pytest.mark.parametrize("lie", [{"mchid": "1900000000"}, {"appid": "wx0000000000000000"}])
def test_signed_for_another_merchant_is_refused(notice, lie):
    leaves_no_trace(400, send(*notice(**lie)), "bad")


@pytest.mark.django_db
@pytest.mark.fault("C6")
def test_forged_altered_and_unsigned_are_refused(notice, keys):
    leaves_no_trace(401, send(*notice(key=keys.merchant)), "forged")
    raw, headers = notice()
    answers = [
        send(raw.replace(b"TRANSACTION", b"TRANSACTIOM"), headers),
        send(raw, headers | {"Wechatpay-Nonce": secrets.token_hex(8)}),
        send(raw, {}),
        send(b"", headers),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert not InboxMessage.objects.exists()
    assert refused("forged") == 5


@pytest.mark.django_db
@pytest.mark.fault("C7")
@pytest.mark.parametrize("age", [-301, 301, 86_400])
def test_stale_and_future_ones_are_refused(notice, age):
    leaves_no_trace(401, send(*notice(at=datetime.now(UTC) - timedelta(seconds=age))), "forged")


@pytest.mark.django_db
@pytest.mark.fault("C8")
def test_a_replay_within_the_window_repeats_and_a_late_one_is_refused(notice, keys):
    raw, headers = notice()
    assert send(raw, headers).status_code == 204
    run_reactions()
    assert send(raw, headers).status_code == 204
    late = signed_headers(
        raw, at=datetime.now(UTC) - timedelta(minutes=6), key=keys.platform, serial=PUBLIC_KEY_ID
    )
    assert send(raw, late).status_code == 401
    assert EventLog.objects.filter(kind="orders.OrderPaid").count() == 1


@pytest.mark.django_db
@pytest.mark.fault("C9")
def test_unknown_serials_are_refused_without_asking_anybody(notice):
    raw, headers = notice(serial=secrets.token_hex(20).upper())
    leaves_no_trace(401, send(raw, headers), "forged")


@pytest.mark.django_db
@pytest.mark.fault("C13")
def test_a_body_over_64_kb_is_refused(notice):
    raw, headers = notice()
    answer = send(raw + b" " * 65_536, headers)
    assert answer.status_code in {400, 413}
    assert not InboxMessage.objects.exists()


@pytest.mark.django_db
def test_a_number_used_again_for_another_body_is_announced_and_changes_nothing(notice, keys):
    raw, headers = notice()
    send(raw, headers)
    other = json.dumps(json.loads(raw) | {"summary": "另一份"}, ensure_ascii=False).encode()
    again = signed_headers(other, at=datetime.now(UTC), key=keys.platform, serial=PUBLIC_KEY_ID)
    assert send(other, again).status_code == 204
    assert bytes(InboxMessage.objects.get().raw) == raw
    assert EventLog.objects.filter(kind="events.MessageContradicted").count() == 1
    run_reactions()
    assert Order.objects.get().status == "paid"


@pytest.mark.django_db
def test_only_posts(payment):
    assert Client().get(HOOK).status_code == 405
