"""Crafted payment notices, as WeChat Pay would send them to the hook."""

from datetime import UTC, datetime

from django.test import Client

from shop.vendors.wechat.simulator.notices import sealed_notice, signed_headers
from tests.wechat import API_V3_KEY, APPID, MCHID, PUBLIC_KEY_ID

HOOK = "/hooks/wechatpay/"


def notice_of(payment, keys, *, at=None, key=None, serial=PUBLIC_KEY_ID):
    """Body and headers of a signed notice that this payment succeeded."""
    said = {
        "appid": APPID,
        "mchid": MCHID,
        "out_trade_no": payment.out_trade_no,
        "transaction_id": f"42000{payment.pk:023d}",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "bank_type": "OTHERS",
        "success_time": "2026-11-22T12:00:00+08:00",
        "payer": {"openid": payment.order.customer.openid},
        "amount": {"total": payment.amount_fen, "currency": "CNY"},
    }
    signed = {"at": at or datetime.now(UTC), "key": key or keys.platform, "serial": serial}
    return sealed_notice(said, api_v3_key=API_V3_KEY, **signed)


def sent_again(raw, keys):
    """A retry: the same body, signed anew."""
    return signed_headers(raw, at=datetime.now(UTC), key=keys.platform, serial=PUBLIC_KEY_ID)


def send(raw, headers) -> int:
    """To the hook; the status it answers."""
    answer = Client().post(HOOK, raw, content_type="application/json", headers=headers)
    return answer.status_code
