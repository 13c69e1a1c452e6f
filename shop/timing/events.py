"""What the calendar, the timers and the clocks announce."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class CalendarEdited(Event):
    """A day, a year or the week of a calendar was changed in its draft; nothing moves yet."""

    stream_kind = "calendar"
    label = _("calendar edited")
    calendar_id: int
    version: int
    what: str


@dataclass(frozen=True)
class CalendarPublished(Event):
    """A version of a calendar came into force: open clocks are reckoned again by it."""

    stream_kind = "calendar"
    label = _("calendar published")
    calendar_id: int
    version: int


@dataclass(frozen=True)
class TimerDied(Event):
    """What a timer sets off failed too often: people must look."""

    stream_kind = "timer"
    label = _("a timer failed for good")
    timer_id: int
    timer: str
    subject: str


@dataclass(frozen=True)
class TimerReplayed(Event):
    """Staff let a dead timer fire after all."""

    stream_kind = "timer"
    label = _("fired after all by staff")
    timer_id: int
    timer: str
    subject: str


@dataclass(frozen=True)
class ClockStarted(Event):
    """A promise was made and its time runs."""

    stream_kind = "clock"
    label = _("clock started")
    clock_id: int
    promise: str
    subject: str


@dataclass(frozen=True)
class ClockPaused(Event):
    """The promise waits for somebody outside."""

    stream_kind = "clock"
    label = _("clock paused")
    clock_id: int
    promise: str
    subject: str


@dataclass(frozen=True)
class ClockResumed(Event):
    """The promise is ours again."""

    stream_kind = "clock"
    label = _("clock running again")
    clock_id: int
    promise: str
    subject: str


@dataclass(frozen=True)
class ClockWarned(Event):
    """A quarter of the time is left."""

    stream_kind = "clock"
    label = _("time is running out")
    clock_id: int
    promise: str
    subject: str


@dataclass(frozen=True)
class ClockBreached(Event):
    """The time is up and the promise is not kept."""

    stream_kind = "clock"
    label = _("overdue")
    clock_id: int
    promise: str
    subject: str


@dataclass(frozen=True)
class ClockMet(Event):
    """What was promised is done; late, when ClockBreached came before."""

    stream_kind = "clock"
    label = _("promise kept")
    clock_id: int
    promise: str
    subject: str


@dataclass(frozen=True)
class ClockRecalculated(Event):
    """A newer calendar moved the due time of a clock."""

    stream_kind = "clock"
    label = _("due time moved by the calendar")
    clock_id: int
    promise: str
    subject: str


@dataclass(frozen=True)
class ClockCancelled(Event):
    """The promise is not owed any more: neither kept nor broken."""

    stream_kind = "clock"
    label = _("clock cancelled")
    clock_id: int
    promise: str
    subject: str
