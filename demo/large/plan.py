"""Two years of orders as a plan, with their seasons: one pattern for each handful of real orders.

Pure: the same day and size give the same plan.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from demo import rhythm
from demo.baskets import Lines, basket
from demo.history.year import season
from demo.large.size import DAYS, Size
from demo.people import people
from demo.plan import PlannedOrder, lived, ordered

GROWN_FROM = 0.55  # of today's orders, two years ago
MODELS = 400  # persons whose ways the patterns have; who really ordered is chosen for each copy


def patterns(end: date, size: Size) -> Iterator[PlannedOrder]:
    """In the order they are placed, all of them before this day."""
    dice = Random("颐禾堂:large")
    crowd = list(people(MODELS))
    for day, count in orders_by_day(end, size):
        for placed_at in sorted(rhythm.any_moment(day, dice) for _ in range(count)):
            lines = of_families(basket(dice), size.families, dice)
            order = ordered(dice.choice(crowd), placed_at, lines, dice)
            yield lived(order, dice)


def orders_by_day(end: date, size: Size) -> Iterator[tuple[date, int]]:
    """How many patterns each day has: by season, weekday and growth; all of them together."""
    days = [end - timedelta(days=ago) for ago in range(DAYS, 0, -1)]
    sums = list(accumulate(_weight(day, (end - day).days) for day in days))
    placed = 0
    for day, reached in zip(days, sums, strict=True):
        due = round(size.patterns * reached / sums[-1])
        yield day, due - placed
        placed = due


def _weight(day: date, ago: int) -> float:
    grown = 1 - ago / DAYS * (1 - GROWN_FROM)
    return rhythm.BY_WEEKDAY[day.weekday()] * season(day) * grown


def of_families(lines: Lines, families: int, dice: Random) -> Lines:
    """The same kinds of goods, each from a family of its own: the first families sell most."""
    weights = [1 / place for place in range(1, families + 1)]
    chosen = dice.choices(range(families), weights, k=len(lines))
    return tuple(
        (code_in(rank, sku), units) for rank, (sku, units) in zip(chosen, lines, strict=True)
    )


def code_in(rank: int, sku: str) -> str:
    """LY3004-1 → LY3004L007-1: a product's code carries its rank among those of its kind."""
    code, _dash, position = sku.partition("-")
    return f"{code}L{rank:03d}-{position}"
