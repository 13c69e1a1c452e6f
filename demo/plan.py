"""The last fourteen days as a plan: who orders what and when, and when the desks do their part.

Pure: the same instant gives the same plan. What lies after that instant has not happened yet, so
today's queues come about by themselves; `waiting` adds what a visitor must find at any hour.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from demo import rhythm
from demo.baskets import Lines, basket, remark, small_basket
from demo.carriers import CarrierHabits, carrier
from demo.people import Person, people
from shop.identity.actions import AddressText

DAYS = 14
LIVED_DAYS = 5  # the last of them are lived by actions; what had left the house before is written
CUSTOMERS = 64
QUIET = timedelta(hours=3)  # before now: the orders `waiting` names are the latest ones
SECOND_ADDRESS = 0.6  # of those who have one, how often a parcel goes there


@dataclass(frozen=True)
class PlannedOrder:
    """One order's life. A step without an instant never comes."""

    person: Person
    to: AddressText
    lines: Lines
    remark: str
    placed_at: datetime
    carrier: CarrierHabits
    waybill: str
    paid_at: datetime | None = None
    confirmed_at: datetime | None = None
    shipped_at: datetime | None = None
    signed_at: datetime | None = None


def fortnight(now: datetime) -> list[PlannedOrder]:
    """Every order of the last fourteen days and of today, in the order they are placed."""
    dice = Random("颐禾堂:fortnight")
    crowd = list(people(CUSTOMERS))
    past = [order for order in _rhythmic(now, crowd, dice) if order.placed_at < now - QUIET]
    return sorted([*past, *waiting(now, _quiet_ones(past, crowd, now), dice)], key=_placed_at)


def _placed_at(order: PlannedOrder) -> datetime:
    return order.placed_at


def _rhythmic(now: datetime, crowd: list[Person], dice: Random) -> Iterator[PlannedOrder]:
    today = rhythm.day_of(now)
    for ago in range(DAYS, -1, -1):
        moments = rhythm.orders_of(today - timedelta(days=ago), dice)
        for person, placed_at in zip(dice.sample(crowd, len(moments)), moments, strict=True):
            yield lived(ordered(person, placed_at, basket(dice), dice), dice)


def _quiet_ones(past: list[PlannedOrder], crowd: list[Person], now: datetime) -> list[Person]:
    """Everybody, those first who ordered least of late: none of them should look suspicious."""
    lately = Counter(order.person for order in past if order.placed_at > now - timedelta(days=1))
    return sorted(crowd, key=lambda person: (lately[person], person.number))


def ordered(person: Person, placed_at: datetime, lines: Lines, dice: Random) -> PlannedOrder:
    """An order placed and nothing more."""
    habits = carrier(dice)
    elsewhere = len(person.addresses) > 1 and dice.random() < SECOND_ADDRESS
    return PlannedOrder(
        person=person,
        to=person.addresses[1 if elsewhere else 0],
        lines=lines,
        remark=remark(dice),
        placed_at=placed_at,
        carrier=habits,
        waybill=habits.waybill(dice),
    )


def lived(order: PlannedOrder, dice: Random) -> PlannedOrder:
    """The order with the rest of its life, as things usually go."""
    paid_at = rhythm.paid_after(order.placed_at, dice)
    confirmed_at = rhythm.confirmed_after(paid_at, dice)
    shipped_at = rhythm.shipped_after(confirmed_at, dice)
    signed_at = rhythm.signed_after(shipped_at, order.carrier.days, dice)
    return replace(
        order,
        paid_at=paid_at,
        confirmed_at=confirmed_at,
        shipped_at=shipped_at,
        signed_at=signed_at,
    )


def waiting(now: datetime, crowd: list[Person], dice: Random) -> Iterator[PlannedOrder]:
    """What waits on the desks at this moment, whatever the hour is."""
    someone = iter(crowd)
    for minutes in (3, 11, 24):
        yield ordered(next(someone), _ago(now, minutes), small_basket(dice), dice)
    for minutes in (6, 19, 33, 52):
        yield paid(ordered(next(someone), _ago(now, minutes), small_basket(dice), dice))
    for minutes in (14, 31, 47, 70):
        yield packed(now, minutes, ordered(next(someone), now, small_basket(dice), dice))
    yield paid(too_many(ordered(next(someone), _ago(now, 41), small_basket(dice), dice)))
    yield paid(incomplete(ordered(next(someone), _ago(now, 27), small_basket(dice), dice)))
    insistent = next(someone)
    for minutes in (16, 44, 95):
        yield paid(ordered(insistent, _ago(now, minutes), small_basket(dice), dice))


def _ago(now: datetime, minutes: int) -> datetime:
    return now - timedelta(minutes=minutes)


def paid(order: PlannedOrder) -> PlannedOrder:
    """Waits for the service desk."""
    return replace(order, paid_at=order.placed_at + timedelta(seconds=40))


def packed(now: datetime, minutes: int, order: PlannedOrder) -> PlannedOrder:
    """Confirmed so many minutes of opened desk ago, and waits for the warehouse."""
    confirmed_at = rhythm.opening_hours_back(now, minutes)
    placed_at = confirmed_at - timedelta(minutes=25)
    return replace(paid(replace(order, placed_at=placed_at)), confirmed_at=confirmed_at)


def too_many(order: PlannedOrder) -> PlannedOrder:
    """More units than a household takes: a check asks about it."""
    return replace(order, lines=(("HW6001-1", 24),), remark="单位工会发福利，麻烦开公司发票")


def incomplete(order: PlannedOrder) -> PlannedOrder:
    """An address at which nobody can deliver."""
    nowhere = replace(order.to, street="镇上", is_default=False)
    return replace(order, to=nowhere, remark="到了打电话")
