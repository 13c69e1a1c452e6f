"""The transaction that crafted notices tell of, and when."""

from datetime import UTC, datetime

from tests.wechat import APPID, MCHID

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SUCCESS = {
    "appid": APPID,
    "mchid": MCHID,
    "out_trade_no": "T20261122120000001",
    "transaction_id": "4200001234202611221234567890",
    "trade_type": "JSAPI",
    "trade_state": "SUCCESS",
    "trade_state_desc": "支付成功",
    "bank_type": "OTHERS",
    "success_time": "2026-11-22T12:00:00+08:00",
    "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
    "amount": {"total": 9900, "payer_total": 9900, "currency": "CNY", "payer_currency": "CNY"},
}
