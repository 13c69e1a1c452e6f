"""Who placed which copy of a pattern, a few minutes after it; and what is random in each order."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from demo.large.size import COPIES, NEW_SHARE
from demo.plan import PlannedOrder
from orders import rules
from shop.clock import SHANGHAI

SLOTS = 256  # of the goods of one kind and price: see `shelves`
SPREAD = 2_400  # seconds after its pattern in which the copies are placed
LOYALTY = 1.3  # the higher, the more of the orders are those of the oldest customers
SETTLED_IN = timedelta(hours=1)


@dataclass(frozen=True)
class Copy:
    """An order that somebody really placed: what differs from its pattern."""

    owner: int
    copy: int
    buyer: int
    later: timedelta
    slot: int
    number: str
    waybill: str
    prepay_id: str
    transaction_id: str


@dataclass
class Crowd:
    """The customers as they come: `first_at` when each ordered first, and who is a member."""

    first_at: list[datetime] = field(default_factory=list)
    is_member: list[bool] = field(default_factory=list)
    _known: dict[bool, list[int]] = field(default_factory=lambda: {True: [], False: []})
    _new: deque[int] = field(default_factory=deque)

    def admit(self, at: datetime) -> None:
        """Who came an hour before is known from now on."""
        while self._new and self.first_at[self._new[0]] + SETTLED_IN < at:
            buyer = self._new.popleft()
            self._known[self.is_member[buyer]].append(buyer)

    def newcomer(self, at: datetime, *, is_member: bool) -> int:
        self.first_at.append(at)
        self.is_member.append(is_member)
        self._new.append(len(self.first_at) - 1)
        return len(self.first_at) - 1

    def regular(self, dice: Random, *, is_member: bool) -> int | None:
        """Somebody who ordered before; the oldest customers most often."""
        known = self._known[is_member]
        return known[int(len(known) * dice.random() ** LOYALTY)] if known else None


def copies_of(patterns: Sequence[PlannedOrder], crowd: Crowd) -> Iterator[Copy]:
    """In the order of their patterns."""
    dice = Random("颐禾堂:copies")
    newcomers = round(COPIES * NEW_SHARE)
    for owner, pattern in enumerate(patterns):
        crowd.admit(pattern.placed_at)
        for copy in range(COPIES):
            later = timedelta(seconds=dice.randrange(SPREAD))
            buyer = None
            if copy >= newcomers:
                buyer = crowd.regular(dice, is_member=pattern.person.is_member)
            if buyer is None:
                first_at = pattern.placed_at + later
                buyer = crowd.newcomer(first_at, is_member=pattern.person.is_member)
            yield _copy(pattern, owner, copy, buyer, later, dice)


def _copy(pattern: PlannedOrder, owner: int, copy: int, buyer: int, later: timedelta,
          dice: Random) -> Copy:  # fmt: skip
    assert pattern.paid_at is not None
    placed_at, paid_at = pattern.placed_at + later, pattern.paid_at + later
    return Copy(
        owner,
        copy,
        buyer,
        later,
        dice.randrange(SLOTS),
        rules.fresh_number(placed_at.astimezone(SHANGHAI).date()),
        pattern.carrier.waybill(dice),
        f"wx{placed_at:%d%H%M%S}{dice.getrandbits(112):028x}",
        f"42000{paid_at:%Y%m%d}{dice.randrange(10**15):015d}",
    )


def shelves(siblings: int) -> list[int]:
    """Which of so many goods of one kind and price stands at each slot: the first at most of them
    (Zipf), each at one at least."""
    shares = [1 / place for place in range(1, siblings + 1)]
    free = SLOTS - siblings
    ends, filled = [], 0.0
    for place, share in enumerate(shares, start=1):
        filled += share / sum(shares) * free
        ends.append(round(filled) + place)
    return [bisect_left(ends, slot + 1) for slot in range(SLOTS)]
