"""WeChat 小程序, 订阅消息 (subscribeMessage.send): one for each time the user allowed one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings as django_settings
from django.core.cache import cache as django_cache

from shop.vendors.wechat.app_api import AppApi
from shop.vendors.wechat.errors import NotSubscribed
from shop.vendors.wechat.settings import WechatSettings
from shop.vendors.wechat.strict_json import Fields
from shop.vendors.wechat.tokens import TokenCache


def get_messages() -> "Messages":
    """The shop's own client, kept for as long as `settings.WECHAT` stays the same."""
    return _messages(django_settings.WECHAT)


@dataclass(frozen=True, slots=True)
class SubscribeMessage:
    """What one user reads. `values` by the template's keywords: {"thing1": "深海鱼油"}.

    `page` is what a tap opens, with its query: "pages/order/index?number=…".
    """

    openid: str = field(repr=False)
    template_id: str
    page: str
    values: Mapping[str, str] = field(repr=False)


class Messages:
    """Sends subscribe messages. WeChat takes no number for a message: a repeat is a second one."""

    def __init__(self, settings: WechatSettings, cache: TokenCache) -> None:
        self._version = settings.version
        self._api = AppApi(settings, cache, {43101: NotSubscribed})

    def send(self, message: SubscribeMessage) -> None:
        """Returns once WeChat has taken it. NotSubscribed; VendorRefused with WeChat's errcode:

        40003 openid, 40037 template, 41030 page, 43107 account banned, 47003 a value breaks its
        keyword's rule. Any VendorRetryable; after VendorUnreachable it may have been sent.
        """
        content = {
            "touser": message.openid,
            "template_id": message.template_id,
            "page": message.page,
            "miniprogram_state": self._version,
            "lang": "zh_CN",
            "data": {name: {"value": text} for name, text in message.values.items()},
        }
        self._api.post_with_token("/cgi-bin/message/subscribe/send", content, _taken)


@lru_cache(maxsize=1)
def _messages(settings: WechatSettings) -> Messages:
    return Messages(settings, django_cache)


def _taken(fields: Fields) -> None:
    """errcode 0 has been seen already; nothing else in the answer matters."""
