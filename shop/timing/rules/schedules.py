"""When the slots of a clock job lie. Pure: wall time of any zone in, instants in UTC out.

Times of day are wall time: one that a clock put forward leaps over falls on the first instant
after the leap, one that a clock put back shows twice falls on the first showing. Steps of minutes
are real minutes, counted anew from the beginning of each day's window. A day of the month that a
month lacks has no slot in that month: the end of every month is `LAST_DAY`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from shop.timing.rules.calendars import A_DAY, END_OF_DAY, Opening, UnusableHours, minutes_of, utc

LAST_DAY = 0
"""Among days of the month: the last one, whichever that is."""

CatchUp = Literal["latest_only", "all", "none"]
"""What becomes of slots that nobody planned in time: the last has its run, or all, or none."""

ON_TIME = timedelta(minutes=2)
"""How late a slot may be found and still count as kept by a job that catches nothing up."""

EVERY_DAY = frozenset(range(7))
ALL_DAY = Opening(0, END_OF_DAY)
LONGEST_STEP = END_OF_DAY
A_SECOND = timedelta(seconds=1)


class UnusableSchedule(ValueError):
    """Something no clock can show or no calendar has; `field` names it, `reason` is a code."""

    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(f"{field}: {reason}")


@dataclass(frozen=True)
class Schedule:
    """On some days, either at `times` (minutes since midnight) or each `every` minutes of `window`.

    `month_days` decides the days when it names any, else `weekdays` (Monday is 0).
    """

    zone: ZoneInfo
    times: tuple[int, ...] = ()
    every: int = 0
    window: Opening = ALL_DAY
    weekdays: frozenset[int] = EVERY_DAY
    month_days: frozenset[int] = frozenset()

    def after(self, at: datetime) -> Iterator[datetime]:
        """Every slot later than `at`, in order, each once; ends with the calendar, in 9999."""
        last = utc(at)
        day = last.astimezone(self.zone).date() - A_DAY
        while day < date.max - A_DAY:
            for slot in self._slots_on(day):
                if slot > last:
                    yield slot
                    last = slot
            day += A_DAY

    def until(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """The slots in (since, until]."""
        return takewhile(lambda slot: slot <= until, self.after(since))

    def next(self, at: datetime, count: int = 1) -> list[datetime]:
        """The next `count` slots after `at`."""
        return list(islice(self.after(at), count))

    def _slots_on(self, day: date) -> Iterator[datetime]:
        if not self._is_on(day):
            return
        if not self.every:
            yield from (wall_instant(day, minutes, self.zone) for minutes in self.times)
            return
        slot, end = (wall_instant(day, edge, self.zone) for edge in self.window)
        while slot < end:
            yield slot
            slot += timedelta(minutes=self.every)

    def _is_on(self, day: date) -> bool:
        if not self.month_days:
            return day.weekday() in self.weekdays
        is_last = (day + A_DAY).month != day.month
        return day.day in self.month_days or (is_last and LAST_DAY in self.month_days)


def wall_instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """When clocks of the zone show that time on that day; in a leap, the instant after it."""
    wall = datetime.combine(day, time.min) + timedelta(minutes=minutes)
    shown = wall.replace(tzinfo=zone).astimezone(UTC)
    if shown.astimezone(zone).replace(tzinfo=None) == wall:
        return shown
    return _end_of_leap(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), shown, zone)


def _end_of_leap(before: datetime, behind: datetime, zone: ZoneInfo) -> datetime:
    """The first instant with the offset that is in force `behind`: found to the second."""
    offset = behind.astimezone(zone).utcoffset()
    while behind - before > A_SECOND:
        middle = (before + (behind - before) // 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            behind = middle
        else:
            before = middle
    return behind


class Owed(NamedTuple):
    """What of the slots that have come is to be run, which was the last of those given up, and
    how many those are."""

    runs: list[datetime]
    last_missed: datetime | None
    missed: int


def owed(slots: Sequence[datetime], catch_up: CatchUp, at: datetime) -> Owed:
    """What a job owes at `at` of slots that came meanwhile, in their order."""
    if catch_up == "all":
        return Owed(list(slots), None, 0)
    first = len(slots) - 1
    if catch_up == "none":
        first = next((n for n, slot in enumerate(slots) if slot >= at - ON_TIME), len(slots))
    return Owed(list(slots[first:]), slots[first - 1] if first else None, first)


def schedule_of(stored: Mapping[str, Any]) -> Schedule:
    """What a stored or typed schedule means. Raises UnusableSchedule, which names the field."""
    every = stored.get("every")
    times = stored.get("times") or ()
    if every is not None and times:
        raise UnusableSchedule("every", "times-or-steps")
    return Schedule(
        zone=_zone(stored.get("zone", "Asia/Shanghai")),
        times=_times(times) if every is None else (),
        every=0 if every is None else _step(every),
        window=_window(stored.get("window") or ("00:00", "24:00")),
        weekdays=_days("weekdays", stored.get("weekdays", sorted(EVERY_DAY)), range(7)),
        month_days=_days("month_days", stored["month_days"], range(32))
        if "month_days" in stored
        else frozenset(),
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a name at all, a folder of the database
        raise UnusableSchedule("zone", "unknown-zone") from None


def _times(texts: Sequence[str]) -> tuple[int, ...]:
    if not texts:
        raise UnusableSchedule("times", "no-time")
    times = sorted({_minutes("times", text) for text in texts})
    if times[-1] == END_OF_DAY:
        raise UnusableSchedule("times", "midnight")
    return tuple(times)


def _step(every: object) -> int:
    if not isinstance(every, int) or isinstance(every, bool) or not 1 <= every <= LONGEST_STEP:
        raise UnusableSchedule("every", "no-step")
    return every


def _window(edges: Sequence[str]) -> Opening:
    if len(edges) != 2:
        raise UnusableSchedule("window", "not-a-time")
    opens, closes = (_minutes("window", edge) for edge in edges)
    if opens >= closes:
        raise UnusableSchedule("window", "reversed")
    return Opening(opens, closes)


def _minutes(field: str, text: str) -> int:
    try:
        return minutes_of(text)
    except UnusableHours:
        raise UnusableSchedule(field, "not-a-time") from None


def _days(field: str, days: Collection[int], known: range) -> frozenset[int]:
    if not days:
        raise UnusableSchedule(field, "no-day")
    if not all(isinstance(day, int) and day in known for day in days):
        raise UnusableSchedule(field, "no-such-day")
    return frozenset(days)
