"""When things happen in the demo: customers' days, the desks' hours, the carriers' pace."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from shop.clock import SHANGHAI

ORDERS_A_DAY = (8, 25)
USUAL_ORDERS = 11
BY_WEEKDAY = (0.9, 0.9, 1.0, 0.95, 1.05, 1.3, 1.2)  # Monday first
# How orders spread over the hours of a day: few at night, peaks at lunch and in the evening.
BY_HOUR = (2, 1, 1, 0, 0, 1, 2, 4, 5, 6, 7, 8, 12, 10, 6, 5, 5, 5, 6, 8, 12, 13, 10, 5)

OPENS, CLOSES = time(9), time(21)  # the service desk, every day
# Carriers fetch parcels twice a day: what is confirmed by then goes along.
PICK_UPS = ((time(10), time(10, 30)), (time(15, 30), time(16)))
PICK_UP_MINUTES = 75


def at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI)


def day_of(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def orders_of(day: date, dice: Random) -> list[datetime]:
    """The instants at which the day's orders are placed."""
    expected = USUAL_ORDERS * BY_WEEKDAY[day.weekday()] * dice.uniform(0.85, 1.2)
    fewest, most = ORDERS_A_DAY
    count = min(max(round(expected), fewest), most)
    return sorted(any_moment(day, dice) for _ in range(count))


def any_moment(day: date, dice: Random) -> datetime:
    """An instant of that day at which people are on their phones."""
    [hour] = dice.choices(range(24), BY_HOUR)
    return at(day, time(hour)) + timedelta(seconds=dice.randrange(3600))


def paid_after(placed_at: datetime, dice: Random) -> datetime:
    """Most pay at once, some look for their phone first; all within the payment window."""
    return placed_at + timedelta(seconds=dice.choice((20, 35, 50, 80, 140, 420, 1100)))


def confirmed_after(paid_at: datetime, dice: Random) -> datetime:
    """The service desk works through what came in; the night's orders wait for the morning."""
    begun = opened(paid_at)
    return opened(begun + timedelta(seconds=dice.randint(150, 2400)))


def opened(instant: datetime) -> datetime:
    """The instant itself while the service desk is open, else the next opening."""
    local = instant.astimezone(SHANGHAI)
    if local.time() < OPENS:
        return at(local.date(), OPENS)
    if local.time() >= CLOSES:
        return at(local.date() + timedelta(days=1), OPENS)
    return instant


def opening_hours_back(instant: datetime, minutes: int) -> datetime:
    """`minutes` of opened service desk before the instant."""
    local = instant.astimezone(SHANGHAI)
    opens, closes = at(local.date(), OPENS), at(local.date(), CLOSES)
    from_here = min(local, closes) - timedelta(minutes=minutes)
    if from_here >= opens:
        return from_here
    missing = (opens - from_here) if local > opens else timedelta(minutes=minutes)
    return closes - timedelta(days=1) - missing


def shipped_after(confirmed_at: datetime, dice: Random) -> datetime:
    """With the next pick-up, today's or tomorrow's."""
    pick_ups = _pick_ups_from(day_of(confirmed_at))
    begins = next(begins for until, begins in pick_ups if confirmed_at <= until)
    return begins + timedelta(seconds=dice.randrange(PICK_UP_MINUTES * 60))


def _pick_ups_from(day: date) -> Iterator[tuple[datetime, datetime]]:
    for ahead in range(2):
        for until, begins in PICK_UPS:
            on = day + timedelta(days=ahead)
            yield at(on, until), at(on, begins)


def signed_after(shipped_at: datetime, days: tuple[int, ...], dice: Random) -> datetime:
    """The consignee takes the parcel some days later, between nine and eight."""
    on = day_of(shipped_at) + timedelta(days=dice.choice(days))
    return at(on, time(9)) + timedelta(seconds=dice.randrange(11 * 3600))
