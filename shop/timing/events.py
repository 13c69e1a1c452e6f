"""What the calendar, the timers and the clocks announce."""

from dataclasses import dataclass
from typing import Any

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
class CalendarDraftDiscarded(Event):
    """What was being edited was thrown away; the version in force stays."""

    stream_kind = "calendar"
    label = _("calendar draft discarded")
    calendar_id: int
    version: int


@dataclass(frozen=True)
class CalendarStillProvisional(Event):
    """The holidays of a year that is near are not on the calendar yet; said again every week.

    Deadlines that reach into the year go by its weekdays until somebody takes the notice over.
    """

    stream_kind = "calendar"
    label = _("next year's holidays are not published here yet")
    calendar_id: int
    year: int


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


@dataclass(frozen=True)
class ClockJobRescheduled(Event):
    """Staff changed when a job runs: the timetable before and now, as stored."""

    stream_kind = "job"
    label = _("timetable changed")
    job_id: int
    job: str
    old: dict[str, Any]
    new: dict[str, Any]


@dataclass(frozen=True)
class ClockJobRequested(Event):
    """Staff asked for a run out of turn."""

    stream_kind = "job"
    label = _("run out of turn")
    job_id: int
    job: str
    run_id: int


@dataclass(frozen=True)
class ClockJobRetried(Event):
    """Staff let a run that had failed for good try again."""

    stream_kind = "job"
    label = _("run tried again")
    job_id: int
    job: str
    run_id: int


@dataclass(frozen=True)
class ClockJobFailed(Event):
    """A slot's work was given up. Said at the first failure, not at every slot that fails after.

    Runs that end well are rows and no events: one a minute would drown the log.
    """

    stream_kind = "job"
    label = _("clock job fails")
    job_id: int
    job: str
    run_id: int


@dataclass(frozen=True)
class ClockJobRecovered(Event):
    """After failures a run has ended well again."""

    stream_kind = "job"
    label = _("clock job runs again")
    job_id: int
    job: str
