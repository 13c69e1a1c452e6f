"""WeChat 小程序: 小程序登录 (code2session) and 手机号快速验证 (getuserphonenumber)."""

from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings as django_settings
from django.core.cache import cache as django_cache

from shop.vendors.errors import VendorError
from shop.vendors.wechat.app_api import VENDOR, AppApi
from shop.vendors.wechat.errors import BadCode, TooManyLogins, UserBlocked
from shop.vendors.wechat.settings import WechatSettings
from shop.vendors.wechat.strict_json import Fields, Unreadable
from shop.vendors.wechat.tokens import TokenCache

LONGEST_CODE = 128

_ERRORS: dict[int, type[VendorError]] = {
    40029: BadCode,
    40163: BadCode,
    40226: UserBlocked,
    45011: TooManyLogins,  # one user's 100 a minute
}


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
        self._api = AppApi(settings, cache, _ERRORS)

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
        return self._api.get(f"/sns/jscode2session?{urlencode(query)}", _session)

    def phone_number(self, code: str) -> Phone:
        """The number behind a code of the getPhoneNumber button, or BadCode.

        A code works once and for 5 minutes, and each call costs money.
        """
        content = {"code": _plausible(code)}
        path = "/wxa/business/getuserphonenumber"
        return self._api.post_with_token(path, content, self._our_phone)

    def _our_phone(self, fields: Fields) -> Phone:
        found = fields.inner("phone_info")
        if found.inner("watermark").text("appid", 32) != self._settings.appid:
            raise Unreadable("watermark is another app's")
        return Phone(found.text("purePhoneNumber", 32), found.text("countryCode", 8))


@lru_cache(maxsize=1)
def _login(settings: WechatSettings) -> Login:
    return Login(settings, django_cache)


def _plausible(code: str) -> str:
    """A code comes from a stranger; what cannot be one costs no call."""
    if not 0 < len(code) <= LONGEST_CODE or not (code.isascii() and code.isprintable()):
        raise BadCode(VENDOR, "not the form of a code")
    return code


def _session(fields: Fields) -> Session:
    unionid = fields.text("unionid", 128) if "unionid" in fields else None
    return Session(openid=fields.text("openid", 128), unionid=unionid)
