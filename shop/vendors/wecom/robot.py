"""WeCom 群机器人: a webhook that writes into one group chat."""

import json
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings as django_settings

from shop.vendors.errors import UnreadableAnswer, VendorBusy, VendorRefused
from shop.vendors.outbound import Outbound
from shop.vendors.wechat.strict_json import Unreadable, read_object

VENDOR = "WeCom"
MOST_BYTES = 4096  # of the content, in UTF-8
# Over 20 messages a minute: the documented code, and the one that its gateway really answers.
_TOO_MANY = frozenset((45009, 130101))
_BUSY = frozenset((-1,)) | _TOO_MANY


def get_robot() -> "Robot | None":
    """The robot of our staff's group; None when there is none."""
    return _robot(django_settings.WECOM_ROBOT_URL) if django_settings.WECOM_ROBOT_URL else None


class Robot:
    """Writes into the group of its webhook address, which is a secret: whoever has it may write."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._url = url
        self._outbound = Outbound(VENDOR, [f"{parts.scheme}://{parts.netloc}"])

    def write(self, markdown: str) -> None:
        """Returns once WeCom has taken it; what is over 4096 bytes is cut at a character.

        VendorBusy after 20 messages in a minute (45009); VendorRefused with WeCom's errcode, 93000
        for an address that is none. After VendorUnreachable it may have been written.
        """
        content = {"msgtype": "markdown", "markdown": {"content": _cut(markdown)}}
        body = json.dumps(content, ensure_ascii=False).encode()
        answer = self._outbound.send(
            "POST", self._url, body=body, headers={"Content-Type": "application/json"}
        )
        if answer.status != 200:
            refusal = VendorBusy if answer.status == 429 else VendorRefused
            raise refusal(VENDOR, f"HTTP {answer.status}")
        errcode = _errcode(answer.body)
        if errcode:
            verdict = VendorBusy if errcode in _BUSY else VendorRefused
            raise verdict(VENDOR, "not written", str(errcode))


@lru_cache(maxsize=1)
def _robot(url: str) -> Robot:
    return Robot(url)


def _cut(text: str) -> str:
    return text.encode()[:MOST_BYTES].decode(errors="ignore")


def _errcode(body: bytes) -> int:
    try:
        return read_object(body).whole("errcode")
    except Unreadable as unreadable:
        raise UnreadableAnswer(VENDOR, str(unreadable)) from None
