"""The rows of timing: calendars in versions, timers that fire once, clocks, jobs of the clock."""

from shop.timing.models.calendars import Calendar, CalendarDay, CalendarVersion
from shop.timing.models.clocks import Clock, ClockPause, ClockRecalculation
from shop.timing.models.jobs import ClockJob, JobRun
from shop.timing.models.timers import Timer

__all__ = [
    "Calendar",
    "CalendarDay",
    "CalendarVersion",
    "Clock",
    "ClockJob",
    "ClockPause",
    "ClockRecalculation",
    "JobRun",
    "Timer",
]
