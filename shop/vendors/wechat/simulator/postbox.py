"""WeChat 小程序, 订阅消息: who allowed how many messages, and what was sent to whom."""

import re
import time
from collections import Counter
from threading import Lock
from typing import Any

from shop.vendors.wechat.simulator.accounts import failure

VERSIONS = frozenset(("developer", "trial", "formal"))
_TEMPLATE = re.compile(r"[\w-]{43}", re.ASCII)
_OPENID = re.compile(r"o[0-9A-Za-z_-]{27}")
_PAGE = re.compile(r"[\w/-]+(\?[^#\s]*)?", re.ASCII)
_KEYWORD = re.compile(r"([a-z_]+)\d+")
_RULES = {
    "thing": re.compile(r".{1,20}"),
    "number": re.compile(r"\d{1,32}(\.\d+)?"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"\W{1,5}"),
    "character_string": re.compile(r"[!-~ ]{1,32}"),
    "time": re.compile(r".*\d{1,2}:\d{2}.*"),
    "date": re.compile(r"\d{4}(年|-|/)\d{1,2}(月|-|/)\d{1,2}日?.*"),
    "amount": re.compile(r"[¥￥$]?\d{1,10}(\.\d{1,2})?元?"),
    "phone_number": re.compile(r"[\d+ -]{1,17}"),
    "car_number": re.compile(r".{1,8}"),
    "name": re.compile(r"[^\d]{1,10}|[A-Za-z ]{1,20}"),
    "phrase": re.compile(r"[一-鿿]{1,5}"),
}


class Postbox:
    """Every tap on 'allow' is good for one message of that template to that user."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._allowed: Counter[tuple[str, str]] = Counter()
        self._sent: list[dict[str, Any]] = []

    def allow(self, openid: str, template_id: str, times: int) -> None:
        """The user taps 'allow' so many times; 0 takes everything back in the settings."""
        with self._lock:
            if times:
                self._allowed[openid, template_id] += times
            else:
                self._allowed.pop((openid, template_id), None)

    def send(self, content: dict[str, Any]) -> dict[str, Any]:
        """WeChat's answer; errcode 0 uses up one of what the user allowed."""
        if wrong := _wrong(content):
            return failure(wrong)
        key = (content["touser"], content["template_id"])
        with self._lock:
            if not self._allowed[key]:
                return failure(43101)
            self._allowed[key] -= 1
            self._sent.append(content | {"at": time.time()})
        return {"errcode": 0, "errmsg": "ok"}

    def sent(self) -> list[dict[str, Any]]:
        """What users have received, oldest first."""
        with self._lock:
            return list(self._sent)


def _wrong(content: dict[str, Any]) -> int:
    """The errcode of the first thing that is wrong, or 0."""
    values = content.get("data")
    checks = (
        (40003, _matches(_OPENID, content.get("touser"))),
        (40037, _matches(_TEMPLATE, content.get("template_id"))),
        (41030, not content.get("page") or _matches(_PAGE, content["page"])),
        (47003, content.get("miniprogram_state", "formal") in VERSIONS),
        (47003, isinstance(values, dict) and bool(values) and all(map(_fits, values.items()))),
    )
    return next((errcode for errcode, is_right in checks if not is_right), 0)


def _fits(item: tuple[str, Any]) -> bool:
    """Whether the value keeps the rule of its keyword (参数值限制说明)."""
    name, value = item
    keyword = _KEYWORD.fullmatch(name)
    rule = _RULES.get(keyword[1]) if keyword else None
    return rule is not None and isinstance(value, dict) and _matches(rule, value.get("value"))


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
