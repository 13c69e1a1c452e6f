"""Refusals of the calendar, the timers and the clocks."""

from django.utils.translation import gettext_lazy as _

from shop.errors import DomainError


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
