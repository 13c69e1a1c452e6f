"""WeChat 小程序: 小程序登录 (code2session) and 手机号快速验证 (getuserphonenumber)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.core.cache import cache as django_cache

from shop.vendors.errors import UnreadableAnswer, VendorBusy, VendorError, VendorRefused
from shop.vendors.outbound import Outbound
from shop.vendors.wechat.errors import BadCode, TooManyLogins, UserBlocked
from shop.vendors.wechat.settings import WechatSettings
from shop.vendors.wechat.strict_json import Fields, Unreadable, read_object
from shop.vendors.wechat.tokens import AccessTokens, TokenCache

VENDOR = "WeChat"
LONGEST_CODE = 128

Read = TypeVar("Read")

# -1 busy; 45009 the day's quota; 45011 one user's 100 a minute.
_ERRORS: dict[int, type[VendorError]] = {
    -1: VendorBusy,
    40029: BadCode,
    40163: BadCode,
    40226: UserBlocked,
    45009: VendorBusy,
    45011: TooManyLogins,
}
_TOKEN_REJECTED = frozenset(("40001", "40014", "42001"))


def get_login() -> "Login":
    """The shop's own client, kept for as long as `settings.WECHAT` stays the same."""
    return _login(django_settings.WECHAT)


@dataclass(frozen=True, slots=True)
class Session:
    """Who signed in. The session_key of WeChat's answer is dropped on arrival."""

    openid: str = field(repr=False)
    unionid: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number WeChat vouches for, without its country code; `country_code` as in "86"."""

    number: str = field(repr=False)
    country_code: str


class Login:
    """Signs mini-program users in. Each call may raise any VendorRetryable or VendorRefused."""

    def __init__(self, settings: WechatSettings, cache: TokenCache) -> None:
        self._settings = settings
        self._outbound = Outbound(VENDOR, [settings.url])
        self._tokens = AccessTokens(settings.appid, cache, self._stable_token)

    def code2session(self, code: str) -> Session:
        """The user behind a code of wx.login, which works once and for 5 minutes.

        BadCode, TooManyLogins (100 a minute for one user), UserBlocked.
        """
        query = {
            "appid": self._settings.appid,
            "secret": self._settings.secret,
            "js_code": _plausible(code),
            "grant_type": "authorization_code",
        }
        return self._call("GET", f"/sns/jscode2session?{urlencode(query)}", None, _session)

    def phone_number(self, code: str) -> Phone:
        """The number behind a code of the getPhoneNumber button, or BadCode.

        A code works once and for 5 minutes, and each call costs money.
        """
        content = {"code": _plausible(code)}
        token = self._tokens.current()
        try:
            return self._phone(content, token)
        except VendorRefused as refused:
            if refused.code not in _TOKEN_REJECTED:
                raise
        return self._phone(content, self._tokens.after(token))

    def _phone(self, content: Mapping[str, object], token: str) -> Phone:
        path = f"/wxa/business/getuserphonenumber?{urlencode({'access_token': token})}"
        return self._call("POST", path, content, self._our_phone)

    def _our_phone(self, fields: Fields) -> Phone:
        found = fields.inner("phone_info")
        if found.inner("watermark").text("appid", 32) != self._settings.appid:
            raise Unreadable("watermark is another app's")
        return Phone(found.text("purePhoneNumber", 32), found.text("countryCode", 8))

    def _stable_token(self) -> tuple[str, int]:
        """Normal mode: one token for everybody until it runs out. Forcing would kill it for all."""
        content = {
            "grant_type": "client_credential",
            "appid": self._settings.appid,
            "secret": self._settings.secret,
            "force_refresh": False,
        }
        return self._call("POST", "/cgi-bin/stable_token", content, _token)

    def _call(
        self,
        method: str,
        path: str,
        content: Mapping[str, object] | None,
        reader: Callable[[Fields], Read],
    ) -> Read:
        body = json.dumps(content).encode() if content else b""
        headers = {"Content-Type": "application/json"} if content else {}
        answer = self._outbound.send(method, self._settings.url + path, body=body, headers=headers)
        if answer.status != 200:
            refusal = VendorBusy if answer.status == 429 else VendorRefused
            raise refusal(VENDOR, f"HTTP {answer.status}")
        try:
            return reader(_succeeded(read_object(answer.body)))
        except Unreadable as unreadable:
            raise UnreadableAnswer(VENDOR, str(unreadable)) from None


@lru_cache(maxsize=1)
def _login(settings: WechatSettings) -> Login:
    return Login(settings, django_cache)


def _plausible(code: str) -> str:
    """A code comes from a stranger; what cannot be one costs no call."""
    if not 0 < len(code) <= LONGEST_CODE or not (code.isascii() and code.isprintable()):
        raise BadCode(VENDOR, "not the form of a code")
    return code


def _succeeded(fields: Fields) -> Fields:
    errcode = fields.whole("errcode") if "errcode" in fields else 0
    if errcode:
        raise _ERRORS.get(errcode, VendorRefused)(VENDOR, "call failed", str(errcode))
    return fields


def _session(fields: Fields) -> Session:
    unionid = fields.text("unionid", 128) if "unionid" in fields else None
    return Session(openid=fields.text("openid", 128), unionid=unionid)


def _token(fields: Fields) -> tuple[str, int]:
    return fields.text("access_token", 1024), fields.whole("expires_in")
