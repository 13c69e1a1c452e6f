"""The business calendar: when the house works, and which instant lies so much working time away.

Pure: values in, values out. Instants are aware, answers are in UTC; wall time is Shanghai's.
Open stretches are half-open, [opens, closes): at closing time the house is shut.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOTHING = timedelta(0)
A_DAY = timedelta(days=1)
END_OF_DAY = 24 * 60
SHOP_WEEK = [[["09:00", "18:00"]]] * 5 + [[], []]
"""The hours the shop starts with; the operations manager edits them on the calendar."""

LONGEST_CLOSURE = 400  # days on end; beyond that the calendar is broken, not the house on leave
CLOCK_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")

NOTICE_MONTH = 11
WARN_SHARE = (3, 4)  # of the target: a quarter is left when the warning comes


class UnusableHours(ValueError):
    """Times that are not on a clock face, out of order, or that overlap."""


class NoOpenHours(ValueError):
    """The house never opens: no deadline on this calendar would ever come."""


class Opening(NamedTuple):
    """One open stretch of a day, in minutes since midnight; it may close at 1440, 24:00."""

    opens: int
    closes: int


Week = tuple[tuple[Opening, ...], ...]
"""Seven days, Monday first; a day without openings is a day off."""

Template = Sequence[Sequence[Sequence[str]]]
"""A week as stored and as typed: seven lists of ["09:00", "12:00"]."""


@dataclass(frozen=True)
class SpecialDay:
    """A day that its weekday does not decide.

    `follows` is the weekday (Monday is 0) whose hours a make-up workday (调休) has; a holiday
    follows none and is closed.
    """

    day: date
    kind: Literal["holiday", "make_up"]
    name: str
    follows: int | None = None


@dataclass(frozen=True)
class AnnouncedYear:
    """What the State Council's yearly notice says of a year; `source` is the notice."""

    year: int
    source: str
    days: tuple[SpecialDay, ...]


class Pause(NamedTuple):
    """A stretch in which a clock does not run; the last of a clock may still be open."""

    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class BusinessCalendar:
    """The hours of one version of a calendar. Raises NoOpenHours when no weekday opens.

    `days` names the weekday that a date follows instead of its own, None for closed. A year that
    is not among `announced` goes by the weekdays alone, and what lies in it is provisional.
    """

    week: Week
    days: Mapping[date, int | None]
    announced: frozenset[int]

    def __post_init__(self) -> None:
        if not any(self.week):
            raise NoOpenHours

    def openings_on(self, day: date) -> tuple[Opening, ...]:
        weekday = self.days.get(day, day.weekday())
        return () if weekday is None else self.week[weekday]

    def is_open(self, at: datetime) -> bool:
        return any(opens <= at < closes for opens, closes in self._open_on(_local_date(at)))

    def next_opening(self, at: datetime) -> datetime:
        """The first open instant from `at` on: `at` itself while open."""
        opens, _closes = next(self._open_from(at))
        return opens

    def add_working(self, start: datetime, duration: timedelta) -> datetime:
        """The instant at which the house has been open for `duration` since `start`.

        It is within open hours or just at their end; no duration at all gives the next opening.
        """
        if duration < NOTHING:
            raise ValueError("a duration is not negative")
        left = duration
        for opens, closes in self._open_from(start):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise NoOpenHours

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """How long the house was open in [start, end); nothing when the end comes first."""
        start, end = utc(start), utc(end)
        total, day, last = NOTHING, _local_date(start), _local_date(end)
        while day <= last:
            for opens, closes in self._open_on(day):
                total += max(NOTHING, min(closes, end) - max(opens, start))
            day += A_DAY
        return total

    def is_provisional(self, start: datetime, end: datetime) -> bool:
        """Whether a year in between has no published holidays yet: the answer may still move."""
        if self.never_closes:
            return False
        years = range(_local_date(start).year, _local_date(end).year + 1)
        return not self.announced.issuperset(years)

    @property
    def never_closes(self) -> bool:
        """Round the clock, every day of every year: no notice can change it."""
        return not self.days and self.week == ((Opening(0, END_OF_DAY),),) * 7

    def _open_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open stretches from `start` on, the first one cut. Ends only by raising NoOpenHours."""
        start = utc(start)
        day, closed = _local_date(start), 0
        while closed < LONGEST_CLOSURE and day < date.max:
            ahead = [(o, c) for o, c in self._open_on(day) if c > start]
            for opens, closes in ahead:
                yield max(opens, start), closes
            closed = 0 if ahead else closed + 1
            day += A_DAY
        raise NoOpenHours

    def _open_on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for opening in self.openings_on(day):
            yield _instant(day, opening.opens), _instant(day, opening.closes)


def utc(at: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for one without an offset."""
    if at.tzinfo is None:
        raise ValueError("an instant has an offset")
    return at.astimezone(UTC)


def _local_date(at: datetime) -> date:
    return utc(at).astimezone(SHANGHAI).date()


def _instant(day: date, minutes: int) -> datetime:
    """A wall time of Shanghai; minute 1440 is the next day's midnight."""
    day, minutes = (day + A_DAY, 0) if minutes == END_OF_DAY else (day, minutes)
    return datetime.combine(day, time(*divmod(minutes, 60)), SHANGHAI).astimezone(UTC)


def week_of(template: Template) -> Week:
    """The week a template describes. Raises UnusableHours, NoOpenHours."""
    if len(template) != 7:
        raise UnusableHours("a week has seven days")
    week = tuple(openings_of(day) for day in template)
    if not any(week):
        raise NoOpenHours
    return week


def openings_of(day: Sequence[Sequence[str]]) -> tuple[Opening, ...]:
    """The open stretches of one day of a template. Raises UnusableHours."""
    openings = tuple(Opening(*map(minutes_of, stretch)) for stretch in day if len(stretch) == 2)
    in_order = all(opens < closes for opens, closes in openings) and all(
        earlier.closes <= later.opens for earlier, later in pairwise(openings)
    )
    if len(openings) != len(day) or not in_order:
        raise UnusableHours("open stretches follow one another")
    return openings


def minutes_of(clock_time: str) -> int:
    """Minutes since midnight of "09:30"; "24:00" is 1440. Raises UnusableHours."""
    if not CLOCK_TIME.fullmatch(clock_time):
        raise UnusableHours(clock_time)
    hours, minutes = clock_time.split(":")
    return int(hours) * 60 + int(minutes)


def years_near(day: date) -> list[int]:
    """The years whose holidays should be known by this day: from November on, the next one too.

    The State Council publishes a year's holidays in November of the year before.
    """
    return [day.year, day.year + 1] if day.month >= NOTICE_MONTH else [day.year]


def due_at(
    calendar: BusinessCalendar, start: datetime, target: timedelta, pauses: Sequence[Pause]
) -> datetime | None:
    """When `target` of working time has run since `start`, pauses left out.

    `pauses` are in order and apart. None while paused: nothing is due until it runs again.
    """
    since, left = start, target
    for pause in pauses:
        used = calendar.working_between(since, pause.began_at)
        if used >= left:
            break
        left -= used
        if pause.ended_at is None:
            return None
        since = pause.ended_at
    return calendar.add_working(since, left)


def warn_after(target: timedelta) -> timedelta:
    """How much of a target runs before the warning: three quarters, to the second."""
    part, whole = WARN_SHARE
    return timedelta(seconds=int(target.total_seconds()) * part // whole)
