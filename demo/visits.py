"""Who came to look in the demo's fortnight: the buyers before they bought, and many who did not."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID

from analytics.actions import take_events
from analytics.rules import Sent
from demo import rhythm
from demo.plan import DAYS, PlannedOrder
from demo.timeline import Act, Cast
from shop.identity.actors import Actor, Door

GUESTS_A_DAY = (12, 24)
DEVICES = 400
SCENES = (1089, 1001, 1007, 1011, 1047, 1058)  # WeChat: recent, list, shared, code, mini code, post
BOUGHT = ("home", "category", "product", "product", "cart", "checkout")
LOOKED = (
    ("home",),
    ("home", "category", "product"),
    ("product",),
    ("search", "product", "product"),
)
SENT_BY = Actor.system("page events", Door.API)


def visits(present: datetime, orders: Sequence[PlannedOrder], cast: Cast) -> Iterator[Act]:
    """Acts of looking around, each told to the shop when the visit has ended."""
    dice = Random("颐禾堂:visits")
    for order in orders:
        ended_at = order.placed_at + timedelta(seconds=1)
        seen = _seen(BOUGHT, ended_at, dice)
        yield Act(ended_at, partial(_buyer_looks, order, seen, cast))
    for ago in range(DAYS, -1, -1):
        day = rhythm.day_of(present) - timedelta(days=ago)
        for _ in range(dice.randint(*GUESTS_A_DAY)):
            ended_at = rhythm.any_moment(day, dice)
            seen = _seen(dice.choice(LOOKED), ended_at, dice)
            device = f"demo-device-{dice.randrange(DEVICES):06d}"
            yield Act(ended_at, partial(take_events, device, None, seen, by=SENT_BY))


def _seen(pages: Sequence[str], until: datetime, dice: Random) -> list[Sent]:
    """One page after the other, the last at `until`."""
    scene, at = dice.choice(SCENES), until
    seen = []
    for page in reversed(pages):
        event_id = str(UUID(int=dice.getrandbits(128), version=4))
        seen.append(Sent(event_id, "page_view", page, at, scene=scene))
        at -= timedelta(seconds=dice.randint(8, 90))
    return seen


def _buyer_looks(order: PlannedOrder, seen: list[Sent], cast: Cast) -> None:
    device = f"demo-phone-of-{order.person.number:06d}"
    take_events(device, cast.customers[order.person], seen, by=SENT_BY)
