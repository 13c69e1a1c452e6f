"""WeChat Pay v3: a refund's life, from 退款申请 to 退款结果通知 and 查询单笔退款."""

import re
import secrets
import time
from datetime import datetime, timedelta
from threading import Timer
from typing import Any

from shop.vendors.wechat.simulator.books import Refund, Trade
from shop.vendors.wechat.simulator.courier import Courier
from shop.vendors.wechat.simulator.notices import SHANGHAI
from shop.vendors.wechat.simulator.rules import is_notify_url, is_text
from shop.vendors.wechat.simulator.world import Refused, World

MOST_REFUNDS = 50
SECONDS_BETWEEN = 60
REFUNDABLE_FOR = timedelta(days=365)
ENDS = ("SUCCESS", "ABNORMAL", "CLOSED")
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")


class RefundDesk:
    """Every method decides one request under the books' lock, or raises Refused."""

    def __init__(self, world: World, courier: Courier) -> None:
        self._world = world
        self._books = world.books
        self._courier = courier

    def ask(self, content: dict[str, Any]) -> dict[str, object]:
        """退款申请: one refund per out_refund_no, however often it is asked for."""
        _check_form(content)
        with self._books.lock:
            trade = self._trade(content)
            known = self._books.refunded_as(content["out_refund_no"])
            if known is None:
                refund = self._accepted(trade, content)
            else:
                refund = _same(known, trade, content)
            answer = self.told(trade, refund)
        if known is None:
            self._end_later(refund)
        if self._world.faults.lose_refund_answers:
            raise Refused(500, "SYSTEM_ERROR", "系统错误")
        return answer

    def query(self, out_refund_no: str) -> dict[str, object]:
        """查询单笔退款."""
        with self._books.lock:
            known = self._books.refunded_as(out_refund_no)
            if known is None:
                raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
            return self.told(*known)

    def end(self, out_refund_no: str, state: str) -> dict[str, object]:
        """It ends as WeChat Pay says; an abnormal one may still succeed (商户平台处理)."""
        if state not in ENDS:
            raise Refused(400, "PARAM_ERROR", f"参数错误: {state}")
        with self._books.lock:
            known = self._books.refunded_as(out_refund_no)
            if known is None:
                raise Refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
            trade, refund = known
            refund.state, refund.is_notified = state, False
            if state == "SUCCESS":
                refund.success_time = _world_time()
            self._books.keep(trade)
        self.notify(trade, refund)
        return self.told(trade, refund)

    def resume(self) -> None:
        """After a start: what was under way goes on, what was not taken is told again."""
        for trade in self._books.all():
            for refund in trade.refunds:
                if refund.state == "PROCESSING":
                    self._end_later(refund)
                elif not refund.is_notified:
                    self.notify(trade, refund)

    def notify(self, trade: Trade, refund: Refund) -> None:
        """退款结果通知."""
        noticed: dict[str, object] = {
            "mchid": self._world.configuration.mchid,
            "transaction_id": trade.transaction_id,
            "out_trade_no": trade.out_trade_no,
            "refund_id": refund.refund_id,
            "out_refund_no": refund.out_refund_no,
            "refund_status": refund.state,
            "user_received_account": "支付用户零钱",
            "amount": _amount(trade, refund),
        }
        if refund.success_time:
            noticed["success_time"] = refund.success_time
        event_type = f"REFUND.{refund.state}"
        self._courier.send(refund.out_refund_no, refund.notify_url, noticed, event_type)

    def told(self, trade: Trade, refund: Refund) -> dict[str, object]:
        """The refund as 退款申请 and 查询单笔退款 tell it."""
        told: dict[str, object] = {
            "refund_id": refund.refund_id,
            "out_refund_no": refund.out_refund_no,
            "transaction_id": trade.transaction_id,
            "out_trade_no": trade.out_trade_no,
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": refund.create_time,
            "status": refund.state,
            "funds_account": "AVAILABLE",
            "amount": _amount(trade, refund)
            | {
                "settlement_refund": refund.amount,
                "settlement_total": trade.total,
                "discount_refund": 0,
                "currency": "CNY",
            },
            "promotion_detail": [],
        }
        return told | ({"success_time": refund.success_time} if refund.success_time else {})

    def _trade(self, content: dict[str, Any]) -> Trade:
        trade = (
            self._books.paid_as(str(content.get("transaction_id")))
            if "transaction_id" in content
            else self._books.numbered(str(content.get("out_trade_no")))
        )
        if trade is None or trade.state != "SUCCESS":
            raise Refused(404, "RESOURCE_NOT_EXISTS", "订单不存在")
        return trade

    def _accepted(self, trade: Trade, content: dict[str, Any]) -> Refund:
        self._check_limits(trade, content["amount"])
        refund = Refund(
            out_refund_no=content["out_refund_no"],
            refund_id=f"50{secrets.randbelow(10**27):027d}",
            amount=content["amount"]["refund"],
            reason=content.get("reason", ""),
            notify_url=content.get("notify_url", ""),
            asked_at=time.time(),
            create_time=_world_time(),
            ends_as=self._world.faults.refund_ends_as,
        )
        trade.refunds.append(refund)
        self._books.keep(trade)
        return refund

    def _check_limits(self, trade: Trade, amount: dict[str, Any]) -> None:
        if amount["total"] != trade.total:
            raise Refused(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致")
        if amount["refund"] > trade.refundable:
            raise Refused(400, "INVALID_REQUEST", "申请退款金额超过可退金额")
        if len([one for one in trade.refunds if one.is_owed]) >= MOST_REFUNDS:
            raise Refused(400, "INVALID_REQUEST", "退款次数超过限制")
        paid_at = datetime.fromisoformat(trade.success_time)
        if datetime.now(SHANGHAI) - paid_at > REFUNDABLE_FOR:
            raise Refused(400, "INVALID_REQUEST", "订单已超过可退款期限")
        pause = SECONDS_BETWEEN / self._world.faults.time_scale
        if any(time.time() - one.asked_at < pause for one in trade.refunds):
            raise Refused(429, "FREQUENCY_LIMITED", "频率限制")
        if self._world.faults.not_enough:
            raise Refused(403, "NOT_ENOUGH", "基本账户余额不足,请充值后重新发起")

    def _end_later(self, refund: Refund) -> None:
        """`ends_as` PROCESSING stays under way until somebody ends it."""
        if refund.ends_as not in ENDS:
            return
        wait = self._world.faults.refund_seconds
        timer = Timer(wait, self.end, (refund.out_refund_no, refund.ends_as))
        timer.daemon = True
        timer.start()


def _check_form(content: dict[str, Any]) -> None:
    amount = content.get("amount")
    number = content.get("out_refund_no")
    rules = {
        "out_refund_no": isinstance(number, str) and bool(_NUMBER.fullmatch(number)),
        "transaction_id": ("transaction_id" in content) != ("out_trade_no" in content),
        "reason": "reason" not in content or is_text(content["reason"], 80),
        "notify_url": "notify_url" not in content or is_notify_url(content["notify_url"]),
        "amount": isinstance(amount, dict)
        and all(type(amount.get(name)) is int and amount[name] >= 1 for name in ("refund", "total"))
        and amount.get("currency") == "CNY",
    }
    for field, is_kept in rules.items():
        if not is_kept:
            raise Refused(400, "PARAM_ERROR", f"参数错误: {field}")


def _same(known: tuple[Trade, Refund], trade: Trade, content: dict[str, Any]) -> Refund:
    """The refund that this number names already, if it is asked for in the same words."""
    its_trade, refund = known
    asked = (content["amount"]["refund"], content["amount"]["total"])
    if its_trade is not trade or asked != (refund.amount, trade.total):
        raise Refused(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致")
    return refund


def _amount(trade: Trade, refund: Refund) -> dict[str, object]:
    return {
        "total": trade.total,
        "refund": refund.amount,
        "payer_total": trade.total,
        "payer_refund": refund.amount,
    }


def _world_time() -> str:
    return datetime.now(SHANGHAI).isoformat(timespec="seconds")
