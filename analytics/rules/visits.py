"""What a page event must be to count, and which visit it belongs to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

IDLE = timedelta(minutes=30)  # after so long without an event the next begins a visit
LONGEST_VISIT = timedelta(hours=24)
TOO_EARLY = timedelta(minutes=5)  # a phone's clock may run ahead a little
TOO_LATE = timedelta(hours=24)  # what a phone kept while it was offline
MOST_EVENTS = 100  # of one batch
PAGES = frozenset(
    {"home", "category", "search", "product", "cart", "checkout", "order", "member", "campaign"}
)
KINDS = frozenset({"page_view", "click", "share"})
CHANNELS: dict[str, frozenset[int]] = {
    "own_list": frozenset({1001, 1022, 1023, 1027, 1089, 1103, 1104}),
    "search": frozenset({1005, 1006, 1042, 1053}),
    "chat": frozenset({1007, 1008, 1036, 1044}),
    "code": frozenset({1011, 1012, 1013, 1047, 1048, 1049}),
    "account": frozenset({1020, 1035, 1043, 1058}),
    "notice": frozenset({1014, 1107}),
    "ad": frozenset({1045, 1046, 1067, 1095}),
}
"""Ways into a mini-program by WeChat's scene numbers (场景值列表); what is in none is another."""
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")


@dataclass(frozen=True)
class Sent:
    """A page event as the mini-program sent it. `id` is its own: the same id is the same event."""

    id: str
    kind: str
    page: str
    at: datetime
    product: int | None = None
    scene: int | None = None
    campaign: str = ""


def flaw(event: Sent, received_at: datetime) -> str | None:
    """Why an event cannot count (B5.2.2: repeats, errors and invalid data are taken out)."""
    if event.kind not in KINDS:
        return "unknown_kind"
    if event.page not in PAGES:
        return "unknown_page"
    if event.campaign and not NAME.fullmatch(event.campaign):
        return "odd_campaign"
    if event.at > received_at + TOO_EARLY:
        return "from_the_future"
    if event.at < received_at - TOO_LATE:
        return "too_old"
    return None


@dataclass(frozen=True)
class Stretch:
    """A visit as it is known so far."""

    began_at: datetime
    ended_at: datetime

    def takes(self, at: datetime) -> bool:
        """Whether an event at that instant belongs to this visit: near it, and within a day."""
        is_near = self.began_at - IDLE < at < self.ended_at + IDLE
        longest = max(at, self.ended_at) - min(at, self.began_at)
        return is_near and longest <= LONGEST_VISIT

    def with_event(self, at: datetime) -> "Stretch":
        return Stretch(min(self.began_at, at), max(self.ended_at, at))


def visit_of(at: datetime, known: Sequence[Stretch]) -> int | None:
    """The place of the visit that an event belongs to, the latest first; None begins one."""
    places = range(len(known) - 1, -1, -1)
    return next((place for place in places if known[place].takes(at)), None)
