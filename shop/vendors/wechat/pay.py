"""WeChat Pay v3 for one merchant: 小程序下单, 小程序调起支付, 查询订单, 关闭订单, 退款申请."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NoReturn, TypeVar
from urllib.parse import quote

from django.conf import settings as django_settings
from django.utils.translation import gettext_noop

from shop.vendors.errors import (
    UnreadableAnswer,
    UnverifiedAnswer,
    VendorBusy,
    VendorError,
    VendorRefused,
)
from shop.vendors.outbound import Answer, Outbound
from shop.vendors.wechat.errors import (
    NotEnoughFunds,
    NumberTaken,
    OrderAlreadyPaid,
    OrderClosed,
    OrderUnknown,
    RefundUnknown,
)
from shop.vendors.wechat.refunds import RefundReport, read_refund
from shop.vendors.wechat.settings import PaySettings
from shop.vendors.wechat.signatures import (
    SCHEME,
    MerchantKey,
    PlatformKeys,
    SignatureRefused,
    is_signed,
)
from shop.vendors.wechat.strict_json import Fields, Unreadable, read_object
from shop.vendors.wechat.transactions import Transaction, read_transaction

VENDOR = gettext_noop("WeChat Pay")
SHANGHAI = timezone(timedelta(hours=8))
Read = TypeVar("Read")
OUT_TRADE_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
OUT_REFUND_NO = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")

# The pages for JSAPI still spell some codes in the older way.
_VERDICTS: dict[str, type[VendorError]] = {
    "ORDER_NOT_EXIST": OrderUnknown,
    "ORDERNOTEXIST": OrderUnknown,
    "ORDERPAID": OrderAlreadyPaid,
    "ORDER_PAID": OrderAlreadyPaid,
    "ORDER_CLOSED": OrderClosed,
    "ORDERCLOSED": OrderClosed,
    "OUT_TRADE_NO_USED": NumberTaken,
    "RESOURCE_NOT_EXISTS": RefundUnknown,
    "NOT_ENOUGH": NotEnoughFunds,
    "NOTENOUGH": NotEnoughFunds,
}


def get_pay() -> "Pay":
    """The shop's own client, kept for as long as `settings.WECHAT.pay` stays the same."""
    wechat = django_settings.WECHAT
    return _pay(wechat.pay)


class Pay:
    """One merchant at WeChat Pay. Each call may raise any VendorRetryable (repeat it unchanged) or
    VendorRefused (with WeChat's code); what else a call raises it names itself.

    Every answer is verified. An error answer without a signature is believed where it only says
    that our request is wrong; what it says about an order counts only when signed.
    """

    def __init__(self, settings: PaySettings, *, now: Callable[[], datetime] | None = None) -> None:
        self._settings = settings
        self._merchant_key = MerchantKey(settings.merchant_key_file)
        self._platform_keys = PlatformKeys(settings)
        self._outbound = Outbound(VENDOR, [settings.url])
        # WeChat compares timestamps with its own clock: never the shop's clock that tests turn.
        self._now = now or _world_time

    def prepay(
        self,
        out_trade_no: str,
        *,
        amount_fen: int,
        description: str,
        openid: str,
        notify_url: str,
        expires_at: datetime,
    ) -> str:
        """The prepay_id, good for 2 h, with which `openid` may pay until `expires_at`.

        The same number with the same parameters gives a fresh one; with other parameters
        NumberTaken. A paid number is OrderAlreadyPaid, a closed or expired one OrderClosed.
        Description ≤ 127 characters.
        """
        order = {
            "appid": self._settings.appid,
            "mchid": self._settings.mchid,
            "description": description,
            "out_trade_no": _checked(out_trade_no),
            "time_expire": expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "notify_url": notify_url,
            "amount": {"total": amount_fen, "currency": "CNY"},
            "payer": {"openid": openid},
        }
        answer = self._call("POST", "/v3/pay/transactions/jsapi", order)
        return _read(answer, lambda fields: fields.text("prepay_id", 64))

    def client_parameters(self, prepay_id: str) -> dict[str, str]:
        """What the mini-program hands to wx.requestPayment; its success callback proves nothing."""
        timestamp, nonce = self._timestamp(), secrets.token_hex(16)
        package = f"prepay_id={prepay_id}"
        return {
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self._merchant_key.sign(self._settings.appid, timestamp, nonce, package),
        }

    def query(self, out_trade_no: str) -> Transaction:
        """The order as it stands at WeChat Pay, or OrderUnknown."""
        path = f"{_order_path(out_trade_no)}?mchid={quote(self._settings.mchid, safe='')}"
        answer = self._call("GET", path)
        transaction = _read(answer, lambda fields: read_transaction(fields, self._settings))
        if transaction.out_trade_no != out_trade_no:
            raise UnreadableAnswer(VENDOR, "out_trade_no is another order's")
        return transaction

    def close(self, out_trade_no: str) -> None:
        """From now on nobody can pay this number; OrderAlreadyPaid when somebody has.

        WeChat says yes to a number closed before or never used, so query first.
        """
        path = f"{_order_path(out_trade_no)}/close"
        answer = self._call("POST", path, {"mchid": self._settings.mchid})
        if answer.status == 202:
            raise VendorBusy(VENDOR, "the buyer is paying at this moment")

    def refund(
        self,
        out_refund_no: str,
        *,
        transaction_id: str,
        amount_fen: int,
        total_fen: int,
        reason: str,
        notify_url: str,
    ) -> RefundReport:
        """Give back part or all of what was captured; accepted is not yet refunded.

        The same number with the same parameters is the same refund, however often. `reason` is
        for the buyer, ≤ 80 characters. NotEnoughFunds when our account cannot cover it.
        """
        refund = {
            "transaction_id": transaction_id,
            "out_refund_no": _checked_refund(out_refund_no),
            "reason": reason,
            "notify_url": notify_url,
            "amount": {"refund": amount_fen, "total": total_fen, "currency": "CNY"},
        }
        answer = self._call("POST", "/v3/refund/domestic/refunds", refund)
        return _own_refund(answer, out_refund_no)

    def query_refund(self, out_refund_no: str) -> RefundReport:
        """The refund as it stands at WeChat Pay, or RefundUnknown."""
        number = quote(_checked_refund(out_refund_no), safe="")
        answer = self._call("GET", f"/v3/refund/domestic/refunds/{number}")
        return _own_refund(answer, out_refund_no)

    def _call(self, method: str, path: str, content: Mapping[str, object] | None = None) -> Answer:
        body = json.dumps(content, ensure_ascii=False).encode() if content else b""
        answer = self._outbound.send(
            method, self._settings.url + path, body=body, headers=self._headers(method, path, body)
        )
        signed = self._is_verified(answer)
        if answer.status >= 400:
            _refuse(answer, signed=signed)
        if not signed:
            raise UnverifiedAnswer(VENDOR, "answer without signature")
        return answer

    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "regulated-shop",
            "Authorization": self._authorization(method, path, body),
        }
        if self._settings.public_key_id:
            headers["Wechatpay-Serial"] = self._settings.public_key_id
        return headers

    def _authorization(self, method: str, path: str, body: bytes) -> str:
        timestamp, nonce = self._timestamp(), secrets.token_hex(16)
        signature = self._merchant_key.sign(method, path, timestamp, nonce, body)
        return (
            f'{SCHEME} mchid="{self._settings.mchid}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{timestamp}",serial_no="{self._settings.merchant_serial}"'
        )

    def _timestamp(self) -> str:
        return str(int(self._now().timestamp()))

    def _is_verified(self, answer: Answer) -> bool:
        """False when it claims no signature; with a wrong one it is UnverifiedAnswer."""
        if not is_signed(answer.headers):
            return False
        try:
            self._platform_keys.verify(answer.body, answer.headers, at=self._now())
        except SignatureRefused as refused:
            raise UnverifiedAnswer(VENDOR, str(refused)) from None
        return True


@lru_cache(maxsize=1)
def _pay(settings: PaySettings) -> Pay:
    return Pay(settings)


def _world_time() -> datetime:
    return datetime.now(UTC)


def _order_path(out_trade_no: str) -> str:
    return f"/v3/pay/transactions/out-trade-no/{quote(_checked(out_trade_no), safe='')}"


def _checked(out_trade_no: str) -> str:
    if not OUT_TRADE_NO.fullmatch(out_trade_no):
        raise ValueError("out_trade_no is 6 to 32 of 0-9A-Za-z_-|*")
    return out_trade_no


def _checked_refund(out_refund_no: str) -> str:
    if not OUT_REFUND_NO.fullmatch(out_refund_no):
        raise ValueError("out_refund_no is 1 to 64 of 0-9A-Za-z_-|*@")
    return out_refund_no


def _own_refund(answer: Answer, out_refund_no: str) -> RefundReport:
    report = _read(answer, read_refund)
    if report.out_refund_no != out_refund_no:
        raise UnreadableAnswer(VENDOR, "out_refund_no is another refund's")
    return report


def _refuse(answer: Answer, *, signed: bool) -> NoReturn:
    """Raise what an error answer (4xx, {code, message}) stands for; only the code is used."""
    code = _read(answer, lambda fields: fields.text("code", 64))
    if answer.status == 429:
        raise VendorBusy(VENDOR, "too many requests", code)
    verdict = _VERDICTS.get(code)
    if verdict is None:
        raise VendorRefused(VENDOR, f"HTTP {answer.status}", code)
    if not signed:
        raise UnverifiedAnswer(VENDOR, "a verdict on an order without signature", code)
    raise verdict(VENDOR, f"HTTP {answer.status}", code)


def _read(answer: Answer, reader: Callable[[Fields], Read]) -> Read:
    try:
        return reader(read_object(answer.body))
    except Unreadable as unreadable:
        raise UnreadableAnswer(VENDOR, str(unreadable)) from None
