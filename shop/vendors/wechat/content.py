"""WeChat 小程序, 文本内容安全识别 2.0 (msgSecCheck): may customers' words be taken as they are?"""

from enum import StrEnum
from functools import lru_cache

from django.conf import settings as django_settings
from django.core.cache import cache as django_cache

from shop.vendors.wechat.app_api import AppApi
from shop.vendors.wechat.errors import NotSeenLately
from shop.vendors.wechat.settings import WechatSettings
from shop.vendors.wechat.strict_json import Fields, Unreadable
from shop.vendors.wechat.tokens import TokenCache

LONGEST_WORDS = 2500
VERSION, COMMENT = 2, 2  # of the interface; 场景: 评论


class Verdict(StrEnum):
    """`suggest` of WeChat's answer."""

    PASS = "pass"  # noqa: S105 - WeChat's word for harmless
    REVIEW = "review"
    RISKY = "risky"


def get_content_check() -> "ContentCheck":
    """The shop's own client, kept for as long as `settings.WECHAT` stays the same."""
    return _content_check(django_settings.WECHAT)


class ContentCheck:
    """Asks WeChat about what a user wrote: 4000 times a minute, two million times a day."""

    def __init__(self, settings: WechatSettings, cache: TokenCache) -> None:
        self._api = AppApi(settings, cache, {61010: NotSeenLately})

    def verdict(self, words: str, openid: str) -> Verdict:
        """WeChat's verdict on 1 to 2500 characters; what is longer is judged by its beginning.

        NotSeenLately when the user has not opened the mini-program for two hours (61010);
        VendorRefused with WeChat's errcode (40003 openid); any VendorRetryable.
        """
        content = {
            "version": VERSION,
            "scene": COMMENT,
            "openid": openid,
            "content": words[:LONGEST_WORDS],
        }
        return self._api.post_with_token("/wxa/msg_sec_check", content, _suggestion)


@lru_cache(maxsize=1)
def _content_check(settings: WechatSettings) -> ContentCheck:
    return ContentCheck(settings, django_cache)


def _suggestion(fields: Fields) -> Verdict:
    suggested = fields.inner("result").text("suggest", 16)
    if suggested not in set(Verdict):
        raise Unreadable("suggest is none of pass, review, risky")
    return Verdict(suggested)
