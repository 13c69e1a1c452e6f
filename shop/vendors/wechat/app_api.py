"""WeChat 小程序's server API: errors as errcode in the body, one access token for all processes."""

import json
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlencode

from django.utils.translation import gettext_noop

from shop.vendors.errors import UnreadableAnswer, VendorBusy, VendorError, VendorRefused
from shop.vendors.outbound import Outbound
from shop.vendors.wechat.settings import WechatSettings
from shop.vendors.wechat.strict_json import Fields, Unreadable, read_object
from shop.vendors.wechat.tokens import AccessTokens, TokenCache

VENDOR = gettext_noop("WeChat")
JSON = {"Content-Type": "application/json"}

Read = TypeVar("Read")
Errors = Mapping[int, type[VendorError]]

_BUSY: Errors = {-1: VendorBusy, 45009: VendorBusy}  # for a moment; the day's quota
_TOKEN_REJECTED = frozenset(("40001", "40014", "42001"))


class AppApi:
    """One mini-program's calls. `errors` names the errcodes that a client tells apart."""

    def __init__(self, settings: WechatSettings, cache: TokenCache, errors: Errors) -> None:
        self._settings = settings
        self._errors = {**_BUSY, **errors}
        self._outbound = Outbound(VENDOR, [settings.url])
        self._tokens = AccessTokens(settings.appid, cache, self._stable_token)

    def get(self, path: str, reader: Callable[[Fields], Read]) -> Read:
        """What the reader makes of the answer."""
        return self._call("GET", path, None, reader)

    def post_with_token(
        self, path: str, content: Mapping[str, object], reader: Callable[[Fields], Read]
    ) -> Read:
        """The same for a call that wants the access token; one that is rejected is renewed once."""
        token = self._tokens.current()
        try:
            return self._post(path, token, content, reader)
        except VendorRefused as refused:
            if refused.code not in _TOKEN_REJECTED:
                raise
        return self._post(path, self._tokens.after(token), content, reader)

    def _post(
        self,
        path: str,
        token: str,
        content: Mapping[str, object],
        reader: Callable[[Fields], Read],
    ) -> Read:
        return self._call("POST", f"{path}?{urlencode({'access_token': token})}", content, reader)

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
        body = json.dumps(content, ensure_ascii=False).encode() if content else b""
        headers = JSON if content else {}
        answer = self._outbound.send(method, self._settings.url + path, body=body, headers=headers)
        if answer.status != 200:
            refusal = VendorBusy if answer.status == 429 else VendorRefused
            raise refusal(VENDOR, f"HTTP {answer.status}")
        try:
            return reader(self._succeeded(read_object(answer.body)))
        except Unreadable as unreadable:
            raise UnreadableAnswer(VENDOR, str(unreadable)) from None

    def _succeeded(self, fields: Fields) -> Fields:
        errcode = fields.whole("errcode") if "errcode" in fields else 0
        if errcode:
            raise self._errors.get(errcode, VendorRefused)(VENDOR, "call failed", str(errcode))
        return fields


def _token(fields: Fields) -> tuple[str, int]:
    return fields.text("access_token", 1024), fields.whole("expires_in")
