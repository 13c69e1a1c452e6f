"""快递100 over HTTP: 电子面单下单 and 取消 (/label/order), 实时快递查询, 订阅 (/poll)."""

import json
import time
from hashlib import md5
from typing import Any
from urllib.parse import parse_qs

from shop.vendors.carriers.simulator.configuration import Configuration
from shop.vendors.carriers.simulator.faults import Faults
from shop.vendors.carriers.simulator.parcels import PREFIXES, Parcels, Waybill, told
from shop.vendors.wechat.simulator.world import Refused, Reply, Request, json_reply

FRESH_MILLISECONDS = 10 * 60 * 1000
PHONE_WANTED = frozenset(("shunfeng", "zhongtong"))


class Desk:
    """Answers their paths. Every answer is HTTP 200; an error is its code."""

    def __init__(self, configuration: Configuration, parcels: Parcels) -> None:
        self._configuration = configuration
        self._parcels = parcels
        self.faults = Faults()

    def answer(self, request: Request) -> Reply:
        """The answer, or Refused 404 for a path that is none of theirs."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.path == "/label/order":
            return json_reply(200, self._label(form))
        if request.path == "/poll/query.do":
            return json_reply(200, self._question(form))
        if request.path == "/poll":
            return json_reply(200, self._subscription(form))
        raise Refused(404, "NOT_FOUND", "no such path")

    def _label(self, form: dict[str, str]) -> dict[str, Any]:
        ours = self._configuration
        text, at = form.get("param", ""), form.get("t", "")
        if form.get("key") != ours.key:
            return _label_refusal(30003, "账号信息不正确")
        if form.get("sign") != signed(text, at, ours.key, ours.secret) or not _is_fresh(at):
            return _label_refusal(30002, "验证签名失败")
        if code := self.faults.code:
            return _label_refusal(int(code), "服务器错误")
        param = _read(text)
        if param is None or param.get("kuaidicom") not in PREFIXES:
            return _label_refusal(30001, "参数错误")
        if form.get("method") == "cancel":
            return self._cancel(param)
        return self._order(param, text)

    def _order(self, param: dict[str, Any], text: str) -> dict[str, Any]:
        """A number that is known gets the waybill that it got, if it asks for the same."""
        company, order_id = param["kuaidicom"], str(param.get("orderId", ""))
        people = (param.get("recMan"), param.get("sendMan"))
        if not order_id or not param.get("partnerId") or not all(map(_is_whole, people)):
            return _label_refusal(30001, "参数错误")
        with self._parcels.lock:
            waybill = self._parcels.ordered(company, order_id)
            if waybill is not None and waybill.order != text:
                return _label_refusal(30001, "参数错误: orderId重复")
            waybill = waybill or self._parcels.made(company, order_id, text)
        found = {"taskId": order_id, "kuaidinum": waybill.number, "kdComOrderNum": order_id}
        return {"success": True, "code": 200, "message": "成功", "data": found}

    def _cancel(self, param: dict[str, Any]) -> dict[str, Any]:
        waybill = self._parcels.found(param["kuaidicom"], str(param.get("kuaidinum", "")))
        if waybill is None:
            return _label_refusal(30009, "查无此单")
        if waybill.scans:
            return _label_refusal(30001, "快递公司返回：已揽收，无法取消")
        self._parcels.remove(waybill)
        return {"success": True, "code": 200, "message": "成功"}

    def _question(self, form: dict[str, str]) -> dict[str, Any]:
        ours, text = self._configuration, form.get("param", "")
        if form.get("sign") != signed(text, ours.key, ours.customer):
            return _refusal("503", "验证签名失败")
        if self.faults.code:
            return _refusal(self.faults.code, "服务器错误")
        param = _read(text)
        if param is None or not 6 <= len(str(param.get("num", ""))) <= 32:
            return _refusal("400", "提交的数据不完整或者单号格式不正确")
        company = str(param.get("com", ""))
        if company in PHONE_WANTED and not param.get("phone"):
            return _refusal("408", "验证码错误: 手机号码不正确")
        waybill = self._parcels.found(company, str(param["num"]))
        if waybill is None or not waybill.scans or self.faults.no_news:
            return _refusal("500", "查询无结果，请隔段时间再查")
        return told(self._other(waybill), backwards=param.get("order") == "asc")

    def _other(self, waybill: Waybill) -> Waybill:
        if not self.faults.other_waybill:
            return waybill
        return Waybill(waybill.company, waybill.number[:-4] + "0000", scans=waybill.scans)

    def _subscription(self, form: dict[str, str]) -> dict[str, Any]:
        param = _read(form.get("param", ""))
        if param is None or form.get("schema") != "json":
            return _refusal("700", "订阅方的订阅数据存在错误")
        if param.get("key") != self._configuration.key:
            return _refusal("600", "您不是合法的订阅者")
        if self.faults.code:
            return _refusal(self.faults.code, "服务器错误")
        parameters = param.get("parameters") or {}
        company, number = str(param.get("company", "")), str(param.get("number", ""))
        if company not in PREFIXES or not number or not parameters.get("callbackurl"):
            return _refusal("700", "订阅方的订阅数据存在错误")
        if company in PHONE_WANTED and not parameters.get("phone"):
            return _refusal("700", "订阅方的订阅数据存在错误: phone")
        return self._followed(company, number, parameters)

    def _followed(self, company: str, number: str, parameters: dict[str, str]) -> dict[str, Any]:
        with self._parcels.lock:
            waybill = self._parcels.known(company, number)
            if waybill.callback and not waybill.is_over:
                return _refusal("501", "重复订阅")
            waybill.callback = str(parameters["callbackurl"])
            waybill.salt = str(parameters.get("salt", ""))
            waybill.followed_at = time.time()
            self._parcels.keep()
        return {"result": True, "returnCode": "200", "message": "提交成功"}


def signed(*parts: str) -> str:
    """32 capital letters and digits of MD5 over the parts, one after the other."""
    return md5("".join(parts).encode(), usedforsecurity=False).hexdigest().upper()


def _is_fresh(at: str) -> bool:
    return at.isdigit() and abs(time.time() * 1000 - int(at)) < FRESH_MILLISECONDS


def _is_whole(person: object) -> bool:
    if not isinstance(person, dict):
        return False
    return all(person.get(name) for name in ("name", "mobile", "printAddr"))


def _read(text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _label_refusal(code: int, message: str) -> dict[str, Any]:
    return {"success": False, "code": code, "message": message, "data": None}


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"result": False, "returnCode": code, "message": message}
