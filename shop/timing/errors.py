"""Refusals of the calendar, the timers and the clocks."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError, InvalidValue, Text


class CalendarNeverOpens(DomainError):
    """A calendar without open hours would never let anything fall due."""

    code = "calendar-never-opens"
    title = _("This calendar has no open hours: give at least one weekday some.")


class HoursUnusable(DomainError):
    """Opening hours that are no times of day, out of order, or that overlap."""

    code = "hours-unusable"
    title = _("Give the hours of each day in order, as 09:00–12:00, none of them overlapping.")
    status = 400


class DayOutsideYear(DomainError):
    """The notice of a year speaks of days of that year alone, and of each once."""

    code = "day-outside-year"
    title = _("A notice names days of its own year, and each of them once.")
    status = 400


class TimerNotDead(DomainError):
    """Only a timer that failed for good can be made to fire after all."""

    code = "timer-not-dead"
    title = _("This timer has not failed for good: it is minded by itself.")


class ClockAlreadyOpen(DomainError):
    """One promise of a kind at a time: a new one is made when the last has ended."""

    code = "clock-already-open"
    title = _("This clock is already running.")


class ClockRunOut(DomainError):
    """A pause after the time is up does not undo that it is up."""

    code = "clock-run-out"
    title = _("The time is already up: it is too late for a pause.")


class NothingToPublish(DomainError):
    """There is no draft: somebody else published or discarded it."""

    code = "nothing-to-publish"
    title = _("Nothing is being edited: somebody else has published or discarded it.")


class DraftHasChanged(DomainError):
    """What would be published is not what the person looked at."""

    code = "draft-has-changed"
    title = _("Somebody else has edited the draft meanwhile. Look at the differences again.")


class RunAlreadyWaiting(DomainError):
    """One run out of turn at a time is enough."""

    code = "run-already-waiting"
    title = _("A run out of turn is waiting or running already.")


class RunNotFailed(DomainError):
    """Only a run that failed for good is tried again by hand."""

    code = "run-not-failed"
    title = _("This run has not failed for good.")


class ScheduleUnusable(InvalidValue):
    """A timetable that no clock can keep; `fields` says what is wrong with which part."""

    code = "schedule-unusable"
    title = _("This timetable cannot be kept.")

    REASONS: dict[str, Text] = {
        "times-or-steps": _("Give either times of day or a step in minutes, not both."),
        "unknown-zone": _("No such time zone. Write it as Asia/Shanghai."),
        "no-time": _("Give at least one time of day, as 09:00."),
        "midnight": _("24:00 is 00:00 of the next day: write 00:00."),
        "not-a-time": _("No clock shows this. Write times from 00:00 to 23:59, as 09:00."),
        "no-step": _("Give a step from 1 to 1440 minutes."),
        "reversed": _("The window must end after it begins."),
        "no-day": _("Choose at least one day."),
        "no-such-day": _("There is no such day."),
    }

    @classmethod
    def at(cls, field: str, reason: str) -> "ScheduleUnusable":
        return cls(fields={field: [cls.REASONS[reason]]})
