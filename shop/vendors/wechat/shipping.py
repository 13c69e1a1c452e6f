"""WeChat 小程序, 订单发货管理: 发货信息录入 (upload_shipping_info) and 查询订单 (get_order).

Until WeChat knows of a shipping the customer's money stays frozen; after 48 hours it reminds, then
restricts the mini-program.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from django.conf import settings as django_settings
from django.core.cache import cache as django_cache

from shop.vendors.errors import VendorBusy, VendorError
from shop.vendors.wechat.app_api import AppApi
from shop.vendors.wechat.errors import (
    AlreadyTold,
    NothingToShip,
    PaymentNotKnownYet,
    ShippingFinished,
)
from shop.vendors.wechat.pay import SHANGHAI
from shop.vendors.wechat.settings import WechatSettings
from shop.vendors.wechat.strict_json import Fields
from shop.vendors.wechat.tokens import TokenCache

RECEIVED, SETTLED = 3, 4
EXPRESS, UNIFIED, SPLIT, BY_TRANSACTION = 1, 1, 2, 2
LONGEST_GOODS = 120

_ERRORS: dict[int, type[VendorError]] = {
    10060001: PaymentNotKnownYet,
    10060002: ShippingFinished,
    10060004: NothingToShip,
    10060012: VendorBusy,
    10060019: VendorBusy,
    10060023: AlreadyTold,
    268485216: VendorBusy,  # upload_time is not later than the last one: the next try's is
}
"""The document's table: what is not here no repeat will mend, so people look at it."""


@dataclass(frozen=True, slots=True)
class ShippedParcel:
    """One parcel of a shipping. `company` in WeChat's code; SF wants `contact`, all but its last
    four digits hidden.
    """

    waybill: str
    company: str
    goods: str
    contact: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Shipping:
    """What WeChat is told of one payment: these parcels now, and whether they were the last.

    `is_split`: there are, or were, others; each is told once.
    """

    transaction_id: str
    openid: str = field(repr=False)
    parcels: Sequence[ShippedParcel]
    is_split: bool
    is_whole: bool
    at: datetime


def get_shipping() -> "ShippingInfo":
    """The shop's own client, kept for as long as `settings.WECHAT` stays the same."""
    return _shipping(django_settings.WECHAT)


def must_tell_shippings() -> bool:
    """Whether this mini-program is under WeChat's 订单发货管理, as all that sell goods are."""
    wechat: WechatSettings = django_settings.WECHAT
    return wechat.is_trade_managed


class ShippingInfo:
    """Tells WeChat of shippings, with the access token that all our clients share."""

    def __init__(self, settings: WechatSettings, cache: TokenCache) -> None:
        self._api = AppApi(settings, cache, _ERRORS)

    def upload(self, shipping: Shipping) -> None:
        """Returns once WeChat has it. AlreadyTold when it had just this before (10060023).

        PaymentNotKnownYet (10060001, also for minutes after a payment); ShippingFinished when all
        was told before (10060002); NothingToShip for what was given back (10060004); VendorRefused
        with WeChat's errcode; any VendorRetryable.
        """
        content: dict[str, object] = {
            "order_key": {
                "order_number_type": BY_TRANSACTION,
                "transaction_id": shipping.transaction_id,
            },
            "logistics_type": EXPRESS,
            "delivery_mode": SPLIT if shipping.is_split else UNIFIED,
            "shipping_list": [_parcel(one) for one in shipping.parcels],
            "upload_time": shipping.at.astimezone(SHANGHAI).isoformat(timespec="milliseconds"),
            "payer": {"openid": shipping.openid},
        }
        if shipping.is_split:
            content["is_all_delivered"] = shipping.is_whole
        self._api.post_with_token("/wxa/sec/order/upload_shipping_info", content, _taken)

    def known_waybills(self, transaction_id: str) -> frozenset[str]:
        """The waybills that WeChat knows of a payment (get_order); PaymentNotKnownYet."""
        content = {"transaction_id": transaction_id}
        return self._api.post_with_token("/wxa/sec/order/get_order", content, _waybills)

    def is_received(self, transaction_id: str) -> bool:
        """Whether the customer confirmed the receipt, by hand or by letting the time pass
        (get_order, order_state 3 确认收货 or 4 交易完成); PaymentNotKnownYet.
        """
        content = {"transaction_id": transaction_id}
        return self._api.post_with_token("/wxa/sec/order/get_order", content, _is_received)


@lru_cache(maxsize=1)
def _shipping(settings: WechatSettings) -> ShippingInfo:
    return ShippingInfo(settings, django_cache)


def _parcel(parcel: ShippedParcel) -> dict[str, object]:
    told: dict[str, object] = {
        "tracking_no": parcel.waybill,
        "express_company": parcel.company,
        "item_desc": parcel.goods[:LONGEST_GOODS],
    }
    return told | ({"contact": {"receiver_contact": parcel.contact}} if parcel.contact else {})


def _taken(fields: Fields) -> None:
    """errcode 0 has been seen already; nothing else in the answer matters."""


def _waybills(fields: Fields) -> frozenset[str]:
    shipping = fields.inner("order").inner("shipping")
    parcels = shipping.each("shipping_list", 15)
    return frozenset(parcel.text("tracking_no", 128) for parcel in parcels)


def _is_received(fields: Fields) -> bool:
    return fields.inner("order").whole("order_state") in (RECEIVED, SETTLED)
