"""WeChat Pay v3: an order's life, from 下单 through payment in the app to 查询 and 关闭."""

import secrets
import time
from datetime import datetime
from typing import Any

from shop.vendors.wechat.simulator.books import Trade
from shop.vendors.wechat.simulator.courier import Courier
from shop.vendors.wechat.simulator.crypto import is_signed_by
from shop.vendors.wechat.simulator.notices import SHANGHAI
from shop.vendors.wechat.simulator.rules import broken_rule
from shop.vendors.wechat.simulator.world import Refused, World

LEAST_SECONDS_TO_PAY = 60


class Cashier:
    """Every method decides one request under the books' lock, or raises Refused."""

    def __init__(self, world: World, courier: Courier) -> None:
        self._configuration = world.configuration
        self._books = world.books
        self._courier = courier

    def prepay(self, order: dict[str, Any]) -> dict[str, object]:
        """JSAPI/小程序下单: a fresh prepay_id, for a new order or for the same once more."""
        self._check_merchant(order)
        if field := broken_rule(order):
            raise Refused(400, "PARAM_ERROR", f"参数错误: {field}")
        with self._books.lock:
            trade = self._books.numbered(order["out_trade_no"])
            if trade is not None:
                _check_repeatable(trade, order)
            trade = trade or new_trade(order)
            prepay_id = f"wx{datetime.now(SHANGHAI):%Y%m%d%H%M%S}{secrets.token_hex(11)}"
            trade.prepaid_at[prepay_id] = time.time()
            self._books.keep(trade)
        return {"prepay_id": prepay_id}

    def query(self, trade: Trade | None) -> dict[str, object]:
        """查询订单."""
        if trade is None:
            raise Refused(404, "ORDER_NOT_EXIST", "订单不存在")
        return self.told(trade)

    def close(self, out_trade_no: str, content: dict[str, Any]) -> None:
        """关闭订单. Like the real one it is content with a number closed before or never seen."""
        if content.get("mchid") != self._configuration.mchid:
            raise Refused(400, "PARAM_ERROR", "参数错误: mchid")
        with self._books.lock:
            trade = self._books.numbered(out_trade_no)
            if trade is not None and trade.state == "SUCCESS":
                raise Refused(400, "ORDERPAID", "订单已支付")
            if trade is not None:
                trade.state = "CLOSED"
                self._books.keep(trade)

    def pay(self, openid: str, parameters: dict[str, Any]) -> Trade:
        """The buyer presses 支付 in the app that wx.requestPayment(parameters) opened."""
        self._check_pay_sign(parameters)
        prepay_id = str(parameters["package"]).removeprefix("prepay_id=")
        with self._books.lock:
            trade = _payable(self._books.prepaid_as(prepay_id), prepay_id, openid)
            trade.state = "SUCCESS"
            trade.transaction_id = _transaction_id()
            trade.success_time = datetime.now(SHANGHAI).isoformat(timespec="seconds")
            self._books.keep(trade)
        self.notify(trade)
        return trade

    def notify(self, trade: Trade) -> None:
        """支付成功通知."""
        self._courier.send(trade.out_trade_no, trade.notify_url, self.told(trade))

    def told(self, trade: Trade) -> dict[str, object]:
        """The transaction as 查询订单 and the notice tell it."""
        state = _state(trade)
        told: dict[str, object] = {
            "appid": self._configuration.appid,
            "mchid": self._configuration.mchid,
            "out_trade_no": trade.out_trade_no,
            "trade_state": state,
            "trade_state_desc": _STATES[state],
            "promotion_detail": [],
        }
        if trade.state != "SUCCESS":
            return told | {"amount": {"total": trade.total, "payer_currency": "CNY"}}
        return told | {
            "transaction_id": trade.transaction_id,
            "trade_type": "JSAPI",
            "bank_type": "OTHERS",
            "attach": trade.attach,
            "success_time": trade.success_time,
            "payer": {"openid": trade.openid},
            "amount": {
                "total": trade.total,
                "payer_total": trade.total,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }

    def _check_merchant(self, order: dict[str, Any]) -> None:
        if order.get("mchid") != self._configuration.mchid:
            raise Refused(400, "MCH_NOT_EXISTS", "商户号不存在")
        if order.get("appid") != self._configuration.appid:
            raise Refused(400, "APPID_MCHID_NOT_MATCH", "appid和mchid不匹配")

    def _check_pay_sign(self, parameters: dict[str, Any]) -> None:
        """小程序调起支付: the app itself refuses what the merchant did not sign."""
        signed = [str(parameters.get(name, "")) for name in ("timeStamp", "nonceStr", "package")]
        text = "".join(f"{line}\n" for line in (self._configuration.appid, *signed)).encode()
        sign = str(parameters.get("paySign", ""))
        is_merchants = is_signed_by(self._configuration.merchant_key, text, sign)
        if parameters.get("signType") != "RSA" or not is_merchants:
            raise Refused(400, "SIGN_ERROR", "支付验证签名失败")


_STATES = {
    "NOTPAY": "订单未支付",
    "CLOSED": "订单已关闭",
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
}


def _state(trade: Trade) -> str:
    """A paid order with a refund reads REFUND, however small that is."""
    return "REFUND" if any(refund.is_owed for refund in trade.refunds) else trade.state


def _check_repeatable(trade: Trade, order: dict[str, Any]) -> None:
    """time_expire alone may differ: it is settable on the first request only, and ignored later."""
    again = new_trade(order)
    if trade.state == "SUCCESS":
        raise Refused(400, "ORDERPAID", "订单已支付")
    if trade.state == "CLOSED" or trade.is_expired():
        raise Refused(400, "ORDER_CLOSED", "订单已关闭")
    if _parameters(again) != _parameters(trade):
        raise Refused(403, "OUT_TRADE_NO_USED", "商户订单号重复")


def _payable(trade: Trade | None, prepay_id: str, openid: str) -> Trade:
    if trade is None or not trade.is_good(prepay_id):
        raise Refused(400, "PARAM_ERROR", "支付会话已过期")
    if trade.openid != openid:
        raise Refused(400, "OPENID_MISMATCH", "支付者与下单时的openid不一致")
    if trade.state == "SUCCESS":
        raise Refused(400, "ORDERPAID", "订单已支付")
    if trade.state == "CLOSED" or trade.is_expired():
        raise Refused(400, "ORDER_CLOSED", "订单已关闭")
    return trade


def _parameters(trade: Trade) -> tuple[object, ...]:
    return (trade.description, trade.notify_url, trade.total, trade.openid, trade.attach)


def new_trade(order: dict[str, Any]) -> Trade:
    """An order as placed; one that expires within a minute, or has, gets that minute."""
    expires = order.get("time_expire")
    earliest = time.time() + LEAST_SECONDS_TO_PAY
    return Trade(
        out_trade_no=order["out_trade_no"],
        description=order["description"],
        notify_url=order["notify_url"],
        total=order["amount"]["total"],
        openid=order["payer"]["openid"],
        attach=order.get("attach", ""),
        expires_at=max(datetime.fromisoformat(expires).timestamp(), earliest) if expires else None,
    )


def _transaction_id() -> str:
    return f"42000{datetime.now(SHANGHAI):%Y%m%d}{secrets.randbelow(10**15):015d}"
