"""wechatpayv3, which others wrote, agrees with our client and with our simulator, both ways."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from wechatpayv3 import WeChatPay, WeChatPayType, utils

from shop.vendors.errors import UnverifiedAnswer
from shop.vendors.wechat.errors import ForgedNotice
from shop.vendors.wechat.notices import Notices
from shop.vendors.wechat.pay import Pay
from shop.vendors.wechat.signatures import PlatformKeys
from shop.vendors.wechat.simulator.notices import sealed_notice
from tests.vendors.crafted import SUCCESS
from tests.vendors.orders import BUYER, new_number, openid_of, paid, prepaid
from tests.wechat import (
    API_V3_KEY,
    APPID,
    MCHID,
    MERCHANT_SERIAL,
    PUBLIC_KEY_ID,
    pay_settings,
    private_pem,
    public_pem,
)


@pytest.fixture(scope="module")
def theirs(keys, running):
    client = WeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG,
        mchid=MCHID,
        private_key=private_pem(keys.merchant).decode(),
        cert_serial_no=MERCHANT_SERIAL,
        apiv3_key=API_V3_KEY,
        appid=APPID,
        notify_url="http://127.0.0.1:1/hooks/wechatpay/",
        public_key=public_pem(keys.platform).decode(),
        public_key_id=PUBLIC_KEY_ID,
        timeout=(20, 60),
    )
    client._core._gate_way = running.url
    return client


def test_they_would_have_signed_our_requests_to_the_letter(keys, receiver, monkeypatch):
    """PKCS #1 v1.5 has no chance in it: same text, same key, same header."""
    ours = Pay(pay_settings(keys, receiver.base_url))
    for call in (lambda: ours.query("T123|456*"), lambda: ours.close("T123456")):
        with pytest.raises(UnverifiedAnswer):
            call()
    for sent in receiver.received:
        header = sent.headers["Authorization"]
        signed = dict(part.split("=", 1) for part in header.partition(" ")[2].split(","))
        timestamp = int(signed["timestamp"].strip('"'))
        monkeypatch.setattr(utils.time, "time", lambda timestamp=timestamp: timestamp)
        assert header == utils.build_authorization(
            sent.path,
            sent.method,
            MCHID,
            MERCHANT_SERIAL,
            keys.merchant,
            data=sent.body.decode(),
            nonce_str=signed["nonce_str"].strip('"'),
        )
    assert len(receiver.received) == 2


def test_they_sign_the_same_pay_sign(theirs, pay):
    parameters = pay.client_parameters("wx201410272009395522657a690389285100")
    text = [APPID, parameters["timeStamp"], parameters["nonceStr"], parameters["package"]]
    assert theirs.sign(text) == parameters["paySign"]


def test_they_accept_our_crafted_notice(theirs, keys):
    raw, headers = sealed_notice(
        SUCCESS,
        at=datetime.now(UTC),
        key=keys.platform,
        serial=PUBLIC_KEY_ID,
        api_v3_key=API_V3_KEY,
    )
    assert theirs.callback(headers, raw)["resource"] == SUCCESS
    assert theirs.callback(headers, raw.replace(b"encrypt", b"decrypt")) is None


def test_they_open_the_simulators_notice_and_read_what_we_read(theirs, pay, simulator, receiver):
    number = new_number()
    paid(pay, simulator, receiver.url, number)
    [sent] = receiver.wait_for(1)
    told = theirs.callback(sent.headers, sent.body)["resource"]
    ours = Notices(simulator.settings.pay).open(sent.body, sent.headers, at=datetime.now(UTC))
    assert told["out_trade_no"] == ours.transaction.out_trade_no == number
    assert told["transaction_id"] == ours.transaction.transaction_id
    assert told["payer"]["openid"] == ours.transaction.payer_openid
    assert told["amount"]["total"] == ours.transaction.total_fen


def test_we_accept_what_they_sign(keys):
    at = datetime.now(UTC)
    body, timestamp, nonce = json.dumps({"签": "名"}).encode(), str(int(at.timestamp())), "n" * 32
    sign = utils.rsa_sign(keys.platform, f"{timestamp}\n{nonce}\n{body.decode()}\n")
    headers = {
        "Wechatpay-Serial": PUBLIC_KEY_ID,
        "Wechatpay-Signature": sign,
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
    }
    PlatformKeys(pay_settings(keys)).verify(body, headers, at=at)


def test_their_client_lives_with_our_simulator(theirs, pay, simulator):
    number = new_number()
    status, answer = theirs.pay(
        description="深海鱼油软胶囊 60粒",
        out_trade_no=number,
        amount={"total": 9900, "currency": "CNY"},
        payer={"openid": openid_of(simulator)},
        time_expire=(datetime.now(UTC) + timedelta(minutes=30)).isoformat(timespec="seconds"),
    )
    assert status == 200
    simulator.remote.pay(BUYER, pay.client_parameters(json.loads(answer)["prepay_id"]))
    status, answer = theirs.query(out_trade_no=number)
    assert (status, json.loads(answer)["trade_state"]) == (200, "SUCCESS")
    transaction_id = json.loads(answer)["transaction_id"]
    status, answer = theirs.query(transaction_id=transaction_id)
    assert (status, json.loads(answer)["out_trade_no"]) == (200, number)
    status, answer = theirs.close(out_trade_no=number)
    assert (status, json.loads(answer)["code"]) == (400, "ORDERPAID")


def test_their_client_closes_an_unpaid_order(theirs, pay, simulator):
    number = new_number()
    prepaid(pay, simulator, "http://127.0.0.1:1/hooks/wechatpay/", number)
    assert theirs.close(out_trade_no=number)[0] == 204
    assert pay.query(number).trade_state == "CLOSED"


def test_the_stale_notice_they_accept_is_forged_to_us(theirs, keys):
    """Why this library is a second opinion and not our client: it knows no 5 minutes."""
    at = datetime.now(UTC) - timedelta(days=30)
    known = {"key": keys.platform, "serial": PUBLIC_KEY_ID, "api_v3_key": API_V3_KEY}
    raw, headers = sealed_notice(SUCCESS, at=at, **known)
    assert theirs.callback(headers, raw)
    with pytest.raises(ForgedNotice, match="5 minutes"):
        Notices(pay_settings(keys)).open(raw, headers, at=datetime.now(UTC))
