"""WeChat 小程序, 订单发货管理: what was told of each payment's shipping, and the refusals."""

import re
import time
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from shop.vendors.wechat.simulator.accounts import failure
from shop.vendors.wechat.simulator.books import Trade
from shop.vendors.wechat.simulator.world import Refused, World

MOST_PARCELS = 10
MASKED = re.compile(r"[+\d*-]*\d{4}")


@dataclass
class Told:
    """The shipping of one payment, as WeChat shows it to the user."""

    mode: int
    parcels: list[dict[str, Any]] = field(default_factory=list)
    is_whole: bool = False
    was_changed: bool = False
    upload_time: str = ""
    is_received: bool = False
    uploads: int = 0


class ShippingDesk:
    """发货信息录入 and 查询订单."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = Lock()
        self._told: dict[str, Told] = {}

    def upload(self, content: dict[str, Any]) -> dict[str, Any]:
        """upload_shipping_info: errcode 0, or the first of the table's that fits."""
        key = content.get("order_key")
        if not isinstance(key, dict) or key.get("order_number_type") != 2:
            return failure(268485194)
        trade = self._paid(str(key.get("transaction_id", "")))
        if trade is None:
            return failure(10060001)
        if wrong := _wrong_with(trade, content) or _wrong_in(content):
            return failure(wrong)
        with self._lock:
            told = self._told.setdefault(trade.transaction_id, Told(content["delivery_mode"]))
            if wrong := _against(told, content):
                return failure(wrong)
            _take(told, content)
        return {"errcode": 0, "errmsg": "ok"}

    def order(self, content: dict[str, Any]) -> dict[str, Any]:
        """get_order, by its transaction_id."""
        trade = self._paid(str(content.get("transaction_id", "")))
        if trade is None:
            return failure(10060001)
        with self._lock:
            told = self._told.get(trade.transaction_id, Told(1))
            shipping = {
                "delivery_mode": told.mode,
                "logistics_type": 1,
                "finish_shipping": told.is_whole,
                "shipping_list": told.parcels,
            }
        found = {
            "transaction_id": trade.transaction_id,
            "order_state": _state(told),
            "shipping": shipping,
        }
        return {"errcode": 0, "errmsg": "ok", "order": found}

    def confirm(self, transaction_id: str) -> dict[str, Any]:
        """The user confirms the receipt in WeChat; what WeChat pushes of it (JSON, 明文模式)."""
        trade = self._paid(transaction_id)
        with self._lock:
            told = self._told.get(transaction_id)
            if trade is None or told is None or not told.is_whole:
                raise Refused(409, "NOT_SHIPPED", "nothing to confirm")
            told.is_received = True
        at = int(time.time())
        return {
            "ToUserName": "gh_0123456789ab",
            "FromUserName": trade.openid,
            "CreateTime": at,
            "MsgType": "event",
            "Event": "trade_manage_order_settlement",
            "transaction_id": trade.transaction_id,
            "merchant_id": self._world.configuration.mchid,
            "merchant_trade_no": trade.out_trade_no,
            "confirm_receive_method": 2,
            "confirm_receive_time": at,
        }

    def all(self) -> list[dict[str, Any]]:
        """What was told of each payment."""
        with self._lock:
            return [{"transaction_id": number, **vars(told)} for number, told in self._told.items()]

    def _paid(self, transaction_id: str) -> Trade | None:
        return self._world.books.paid_as(transaction_id) if transaction_id else None


def _state(told: Told) -> int:
    """1 待发货, 2 已发货, 3 确认收货."""
    if told.is_received:
        return 3
    return 2 if told.is_whole else 1


def _wrong_with(trade: Trade, content: dict[str, Any]) -> int:
    back = sum(refund.amount for refund in trade.refunds if refund.is_owed)
    if back >= trade.total:
        return 10060004
    payer = content.get("payer")
    is_payer = isinstance(payer, dict) and payer.get("openid") == trade.openid
    return 0 if is_payer else 10060031


def _wrong_in(content: dict[str, Any]) -> int:
    """The errcode of the first thing that breaks the document's rules, or 0."""
    parcels, mode = content.get("shipping_list"), content.get("delivery_mode")
    is_list = isinstance(parcels, list) and bool(parcels)
    checks = (
        (10060005, content.get("logistics_type") in (1, 2, 3, 4)),
        (268485224, mode in (1, 2)),
        (10060014, is_list),
        (10060024, is_list and len(parcels or ()) <= MOST_PARCELS),
        (268485228, mode == 2 or len(parcels or ()) == 1),
        (10060007, mode == 1 or isinstance(content.get("is_all_delivered"), bool)),
        (268485216, _instant(content.get("upload_time")) is not None),
    )
    wrong = next((errcode for errcode, is_right in checks if not is_right), 0)
    return wrong or next(filter(None, map(_wrong_parcel, parcels or ())), 0)


def _wrong_parcel(parcel: dict[str, Any]) -> int:
    company, goods = parcel.get("express_company"), parcel.get("item_desc")
    contact = (parcel.get("contact") or {}).get("receiver_contact", "")
    checks = (
        (268485226, bool(parcel.get("tracking_no"))),
        (268485227, bool(company)),
        (10060026, len(str(parcel.get("tracking_no"))) <= 128),
        (10060008, bool(goods)),
        (10060009, len(str(goods)) <= 120),
        (10060014, company != "SF" or MASKED.fullmatch(contact) is not None),
    )
    return next((errcode for errcode, is_right in checks if not is_right), 0)


def _against(told: Told, content: dict[str, Any]) -> int:
    """What it contradicts of what was told before."""
    if not told.uploads:
        return 0
    latest, last = _instant(content["upload_time"]), _instant(told.upload_time)
    if latest and last and latest <= last:
        return 268485216
    known = {parcel["tracking_no"] for parcel in told.parcels}
    is_news = any(parcel["tracking_no"] not in known for parcel in content["shipping_list"])
    is_end = bool(content.get("is_all_delivered", True)) and not told.is_whole
    if not is_news and not is_end:
        return 10060023
    if told.is_whole and told.was_changed:
        return 10060003
    return 0


def _take(told: Told, content: dict[str, Any]) -> None:
    """In split mode each upload adds its parcels; after the end it is the one change allowed."""
    if told.is_whole:
        told.was_changed, told.parcels = True, []
    known = {parcel["tracking_no"] for parcel in told.parcels}
    told.parcels += [one for one in content["shipping_list"] if one["tracking_no"] not in known]
    told.mode = content["delivery_mode"]
    told.is_whole = bool(content.get("is_all_delivered", True))
    told.upload_time, told.uploads = content["upload_time"], told.uploads + 1


def _instant(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None
