"""WeChat 小程序, 文本内容安全识别 2.0: three verdicts, by words that anybody would know."""

import re
import secrets
from typing import Any

from shop.vendors.wechat.simulator.accounts import failure

LONGEST = 2500
FINE, ADVERTISING, CRIME = 100, 10001, 20006
RISKY = (
    "赌博",
    "代开发票",
    "特3456书yuuo莞6543李zxcz蒜7782法fgnv级",
)  # the last is the document's own
REVIEW = ("加微信", "私下转账")
_OPENID = re.compile(r"o[0-9A-Za-z_-]{27}")


def checked(content: dict[str, Any]) -> dict[str, Any]:
    """msg_sec_check's answer, or the errcode of the first thing that is wrong."""
    words = content.get("content")
    checks = (
        (44002, isinstance(words, str) and bool(words)),
        (47001, content.get("version") == 2),
        (40129, content.get("scene") in (1, 2, 3, 4)),
        (40003, _OPENID.fullmatch(str(content.get("openid"))) is not None),
        (45002, len(str(words)) <= LONGEST),
    )
    wrong = next((errcode for errcode, is_right in checks if not is_right), 0)
    return failure(wrong) if wrong else _verdict(str(words))


def _verdict(words: str) -> dict[str, Any]:
    suggest, label = "pass", FINE
    if any(word in words for word in REVIEW):
        suggest, label = "review", ADVERTISING
    if any(word in words for word in RISKY):
        suggest, label = "risky", CRIME
    found = {"suggest": suggest, "label": label}
    detail = {"strategy": "content_model", "errcode": 0, "prob": 90, **found}
    return {
        "errcode": 0,
        "errmsg": "ok",
        "trace_id": secrets.token_hex(12),
        "result": found,
        "detail": [detail],
    }
