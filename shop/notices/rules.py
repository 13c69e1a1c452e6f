"""Decisions of telling, from values alone: when a person may be disturbed, what fits where."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
A_DAY = timedelta(days=1)

STALE_AFTER = timedelta(hours=24)  # of trying; older news confuses more than it tells
ROBOT_A_MINUTE = 20  # WeCom 群机器人
MOST_ACCEPTED = 3  # template ids in one wx.requestSubscribeMessage
HARD_BOUNCES = 3
"""So many mails come back for good before nothing more is sent to the address."""
MOST_ALLOWED = 100  # messages kept in hand per customer and template


@dataclass(frozen=True)
class QuietHours:
    """Wall times of Shanghai between which nobody is disturbed; they may span midnight.

    The first minute is quiet, the last instant is not. Equal times: never quiet.
    """

    begins: time
    ends: time

    def cover(self, at: datetime) -> bool:
        wall = at.astimezone(SHANGHAI).time()
        if self.begins <= self.ends:
            return self.begins <= wall < self.ends
        return wall >= self.begins or wall < self.ends

    def opening(self, at: datetime) -> datetime:
        """The first instant from `at` on that is not quiet: `at` itself, or the next end."""
        if not self.cover(at):
            return at
        local = at.astimezone(SHANGHAI)
        end = datetime.combine(local.date(), self.ends, SHANGHAI)
        return end if end > local else end + A_DAY


CUSTOMERS_NIGHT = QuietHours(time(21), time(8))

LONGEST = {
    "thing": 20,
    "character_string": 32,
    "number": 32,
    "letter": 32,
    "phrase": 5,
    "symbol": 5,
    "phone_number": 17,
    "car_number": 8,
    "name": 10,
}
"""Keyword of a subscribe message → characters its value may have (参数值限制说明)."""

KEYWORD = re.compile(r"([a-z_]+)\d+")


def fitted(keyword: str, text: str) -> str:
    """The text as the keyword (`thing1`) takes it: one line, cut with an ellipsis where too long.

    A cut number or phrase would say something else, so only words and names are cut; what else
    does not fit is left to WeChat to refuse.
    """
    found = KEYWORD.fullmatch(keyword)
    kind = found[1] if found else ""
    text = " ".join(text.split())
    longest = LONGEST.get(kind)
    if longest is None or len(text) <= longest or kind not in {"thing", "name"}:
        return text
    return text[: longest - 1] + "…"


def masked_mail(address: str) -> str:
    """li***@shop.example: enough to recognise one's own."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:2]}***@{domain}" if name else ""
