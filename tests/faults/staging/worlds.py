"""What every stage starts from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from django.db import transaction

from shop.events.outbox import Event, publish
from shop.vendors.wechat.simulator.remote import Remote
from tests import cast
from tests.wechat import Keys

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_numbers = count(1)


@dataclass(frozen=True)
class World:
    """What lies outside of the shop: WeChat, and the keys it signs with."""

    wechat: Remote
    keys: Keys


Stage = Callable[[World], object]


def fresh_number() -> int:
    """One that no stage has had."""
    return next(_numbers)


def said(*makes: Callable[[int], Event]) -> Stage:
    """The facts by themselves, one after the other, of a subject that nobody has heard of."""

    def stage(world: World) -> None:
        number = fresh_number() + 900_000
        for make in makes:
            tell(make(number))

    return stage


def tell(event: Event) -> None:
    """As its action would, and nothing else of what the action does."""
    with transaction.atomic():
        publish(event, by=cast.SYSTEM)
