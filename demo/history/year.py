"""The year before the fortnight as a plan: a shop that grows, its seasons, its regular customers.

Pure: the same day gives the same year.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from demo import rhythm
from demo.baskets import basket
from demo.people import Person, person
from demo.plan import CUSTOMERS, PlannedOrder, lived, ordered

DAYS = 365
GROWN_FROM = 0.45  # of today's orders, a year ago
NEW_SHARE = 0.28  # of the orders: somebody who has never bought here
RESTOCKED_EVERY = 61  # days

# Share of a usual day's orders. 618 and Double 11 last for weeks; nobody orders over New Year.
FESTIVALS = (
    ((1, 1), (1, 3), 0.8),
    ((3, 5), (3, 8), 1.35),  # Women's Day
    ((5, 1), (5, 5), 0.75),
    ((5, 6), (5, 11), 1.25),  # Mother's Day
    ((6, 1), (6, 17), 1.3),
    ((6, 18), (6, 18), 2.2),
    ((9, 1), (9, 9), 1.2),  # presents for teachers
    ((10, 1), (10, 7), 0.7),
    ((10, 24), (11, 10), 1.35),
    ((11, 11), (11, 11), 2.6),
    ((12, 12), (12, 12), 1.6),
)
SPRING_FESTIVALS = (date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26))
PRESENTS = range(-24, -6)  # days before it on which presents are bought
STANDSTILL = range(-4, 6)  # when no parcel moves and few order


def season(day: date) -> float:
    """How many orders come compared with a usual day."""
    for new_year in SPRING_FESTIVALS:
        if (away := (day - new_year).days) in STANDSTILL:
            return 0.25
        if away in PRESENTS:
            return 1.5
    for first, last, share in FESTIVALS:
        if first <= (day.month, day.day) <= last:
            return share
    return 1.0


@dataclass(frozen=True)
class Year:
    """`orders` in the order they are placed; `newcomers` with the instant before their first."""

    orders: tuple[PlannedOrder, ...]
    newcomers: tuple[tuple[Person, datetime], ...]


def year_before(end: date) -> Year:
    """Everything that was ordered on the days up to, and without, this one."""
    dice = Random("颐禾堂:year")
    regulars: list[Person] = []
    orders, newcomers = [], []
    for ago in range(DAYS, 0, -1):
        day = end - timedelta(days=ago)
        for placed_at in _moments(day, 1 - ago / DAYS * (1 - GROWN_FROM), dice):
            is_new = not regulars or dice.random() < NEW_SHARE
            who = person(CUSTOMERS + 1 + len(regulars)) if is_new else dice.choice(regulars)
            if is_new:
                regulars.append(who)
                newcomers.append((who, placed_at - timedelta(minutes=dice.randint(4, 90))))
            orders.append(lived(ordered(who, placed_at, basket(dice), dice), dice))
    return Year(tuple(orders), tuple(newcomers))


def _moments(day: date, grown: float, dice: Random) -> Iterator[datetime]:
    usual = rhythm.USUAL_ORDERS * rhythm.BY_WEEKDAY[day.weekday()]
    count = round(usual * grown * season(day) * dice.uniform(0.8, 1.2))
    yield from sorted(rhythm.any_moment(day, dice) for _ in range(count))
