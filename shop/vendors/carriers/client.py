"""One carrier by way of 快递100: 电子面单下单 and 取消, 实时快递查询, 订阅 and 推送."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import md5, sha256
from hmac import compare_digest
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode

from django.conf import settings as django_settings

from shop.vendors.carriers.errors import AlreadyFollowed, BadPush, ForgedPush, NoSuchWaybill
from shop.vendors.carriers.scans import Track, TrackingScan, read_track
from shop.vendors.carriers.settings import CarrierSettings
from shop.vendors.errors import UnreadableAnswer, VendorBusy, VendorError, VendorRefused
from shop.vendors.outbound import Answer, Outbound
from shop.vendors.wechat.strict_json import Fields, Unreadable, read_object

VENDOR = "快递100"
MOST_PUSH_BYTES = 256 * 1024
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
Read = TypeVar("Read")
COMPANIES = {"SF": "shunfeng", "ZTO": "zhongtong", "YTO": "yuantong", "EMS": "ems", "JD": "jd"}
"""Our carriers → 快递公司编码."""

_BUSY = frozenset(("-1", "500", "501", "502"))  # servers of theirs, or of the carrier
_NOTHING_YET = "500"  # of a question: 查询无结果，请隔段时间再查


@dataclass(frozen=True, slots=True)
class Party:
    """Who a parcel goes to. Never shown: it is a person."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel to be collected. `number` is ours, stays on every retry and names it for ever."""

    number: str
    to: Party
    goods: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Push:
    """What was pushed about one waybill. `id` is the same when it is pushed again; `is_over` when
    they follow the waybill no more.
    """

    id: str
    waybill: str
    scans: tuple[TrackingScan, ...]
    is_over: bool


def get_carrier(code: str) -> "Carrier":
    """The shop's own client of one of its carriers; KeyError for a carrier that is none of ours."""
    return _carrier(django_settings.CARRIERS, code)


def follows_parcels() -> bool:
    """Whether this shop has an account there; without one nothing is asked and nothing comes."""
    return bool(django_settings.CARRIERS.key)


class Carrier:
    """One carrier. Each call may raise any VendorRetryable (repeat it unchanged) or VendorRefused
    (with 快递100's code); what else a call raises it names itself.
    """

    def __init__(self, settings: CarrierSettings, code: str) -> None:
        self._settings = settings
        self._company = COMPANIES[code]
        self._account = settings.accounts.get(code, "")
        self._outbound = Outbound(VENDOR, [settings.track_url, settings.label_url])

    def create(self, shipment: Shipment) -> str:
        """The waybill of a parcel (电子面单下单, method=order).

        The document demands that orderId be unique; carriers answer a number that they know with
        the waybill that they gave it. VendorRefused 30001 for an address they cannot serve.
        """
        sender = self._settings.sender
        param = {
            "printType": "NON",
            "partnerId": self._account,
            "kuaidicom": self._company,
            "recMan": _man(shipment.to.name, shipment.to.phone, shipment.to.address),
            "sendMan": _man(sender.name, sender.phone, sender.address),
            "cargo": shipment.goods,
            "count": shipment.count,
            "orderId": shipment.number,
        }
        return _read(self._label("order", param), _waybill)

    def cancel(self, waybill: str, why: str = "") -> None:
        """Give a waybill back that nothing travels under (电子面单取消, method=cancel).

        NoSuchWaybill when they know none of this number any more.
        """
        param = {
            "partnerId": self._account,
            "kuaidicom": self._company,
            "kuaidinum": waybill,
            "reason": why,
        }
        _read(self._label("cancel", param), _given_back)

    def track(self, waybill: str, phone: str = "") -> list[TrackingScan]:
        """All scans of a waybill, oldest first; none while they know nothing of it yet.

        Ask for one waybill at most every half hour, or they lock it. SF and ZTO want the last four
        digits of the consignee's or sender's `phone`.
        """
        param = {"com": self._company, "num": waybill, "resultv2": "4", "order": "asc"}
        text = _json(param | ({"phone": phone[-4:]} if phone else {}))
        signed = _md5(text, self._settings.key, self._settings.customer)
        body = {"customer": self._settings.customer, "sign": signed, "param": text}
        answer = self._post(f"{self._settings.track_url}/poll/query.do", body)
        fields = _read(answer, lambda fields: fields)
        if "data" not in fields:
            _refuse_question(fields)
            return []
        track = _read(answer, read_track)
        self._require_ours(track, waybill)
        return list(track.scans)

    def follow(self, waybill: str, callback_url: str, phone: str = "") -> None:
        """Have every change pushed to `callback_url` until it is signed for (订阅, /poll).

        Once per waybill: AlreadyFollowed when that was done before.
        """
        parameters = {"callbackurl": callback_url, "salt": self._settings.salt, "resultv2": "4"}
        param = {
            "company": self._company,
            "number": waybill,
            "key": self._settings.key,
            "parameters": parameters | ({"phone": phone[-4:]} if phone else {}),
        }
        body = {"schema": "json", "param": _json(param)}
        answer = self._post(f"{self._settings.track_url}/poll", body)
        fields = _read(answer, lambda fields: fields)
        _require_success(fields, "returnCode", {"501": AlreadyFollowed})

    def parse_push(self, body: bytes, headers: Mapping[str, str]) -> Push:
        """What a push to our hook says (推送接口): form fields `sign` = MD5(param + salt), `param`.

        ForgedPush (401) unless our salt signed it; BadPush (400) when it is not a push, or tells of
        another carrier. It holds no time and no number of its own: a copy is believed as often as
        it comes, and says the same.
        """
        self._require_signed(*_form(body))
        return self.reopen_push(body)

    def reopen_push(self, body: bytes) -> Push:
        """A push that `parse_push` believed when it came and that was stored since."""
        param, _sign = _form(body)
        try:
            fields = read_object(param.encode())
            latest = fields.inner("lastResult")
            track = read_track(latest)
            is_over = fields.text("status", 20) in ("shutdown", "abort")
        except Unreadable as unreadable:
            raise BadPush(VENDOR, str(unreadable)) from None
        if track.company != self._company:
            raise BadPush(VENDOR, "it tells of another carrier")
        return Push(sha256(param.encode()).hexdigest(), track.waybill, track.scans, is_over)

    def _require_signed(self, param: str, sign: str) -> None:
        expected = _md5(param, self._settings.salt)
        if not (self._settings.salt and compare_digest(sign.upper().encode(), expected.encode())):
            raise ForgedPush(VENDOR, "not signed with our salt")

    def _label(self, method: str, param: Mapping[str, Any]) -> Answer:
        """`t` is the world's time in milliseconds; sign = MD5(param + t + key + secret)."""
        text, at = _json(param), str(time.time_ns() // 1_000_000)
        signed = _md5(text, at, self._settings.key, self._settings.secret)
        body = {"method": method, "key": self._settings.key, "sign": signed, "t": at, "param": text}
        return self._post(f"{self._settings.label_url}/label/order", body)

    def _post(self, url: str, form: Mapping[str, str]) -> Answer:
        answer = self._outbound.send("POST", url, body=urlencode(form).encode(), headers=FORM)
        if answer.status != 200:
            refusal = VendorBusy if answer.status == 429 else VendorRefused
            raise refusal(VENDOR, f"HTTP {answer.status}")
        return answer

    def _require_ours(self, track: Track, waybill: str) -> None:
        if (track.company, track.waybill) != (self._company, waybill.upper()):
            raise UnreadableAnswer(VENDOR, "it tells of another waybill")


@lru_cache(maxsize=16)
def _carrier(settings: CarrierSettings, code: str) -> Carrier:
    return Carrier(settings, code)


def _form(body: bytes) -> tuple[str, str]:
    """`param` and `sign` of a push."""
    try:
        form = parse_qs(body.decode("utf-8"), strict_parsing=True, max_num_fields=8)
        [param], [sign] = form["param"], form["sign"]
    except (ValueError, KeyError):
        raise ForgedPush(VENDOR, "no signed form") from None
    return param, sign


def _man(name: str, phone: str, address: str) -> dict[str, str]:
    return {"name": name, "mobile": phone, "printAddr": address}


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _md5(*parts: str) -> str:
    """The document's signature; MD5 is its choice, and a secret stands at the end."""
    return md5("".join(parts).encode(), usedforsecurity=False).hexdigest().upper()


def _read(answer: Answer, reader: Callable[[Fields], Read]) -> Read:
    try:
        return reader(read_object(answer.body))
    except Unreadable as unreadable:
        raise UnreadableAnswer(VENDOR, str(unreadable)) from None


def _waybill(fields: Fields) -> str:
    _require_success(fields, "code", {})
    return fields.inner("data").text("kuaidinum", 32).upper()


def _given_back(fields: Fields) -> None:
    _require_success(fields, "code", {"30009": NoSuchWaybill})


def _require_success(fields: Fields, name: str, refusals: Mapping[str, type[VendorError]]) -> None:
    code = fields.code_or_empty(name, 16)
    if code != "200":
        refusal = refusals.get(code) or (VendorBusy if code in _BUSY else VendorRefused)
        raise refusal(VENDOR, "refused", code)


def _refuse_question(fields: Fields) -> None:
    """Nothing is known of it yet, or an error."""
    code = fields.code_or_empty("returnCode", 16)
    if code != _NOTHING_YET:
        refusal = VendorBusy if code in _BUSY else VendorRefused
        raise refusal(VENDOR, "refused", code)
