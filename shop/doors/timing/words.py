"""Timetables, hours and lengths of time as people say them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.doors.desk.timeline import in_words
from shop.timing.events import (
    CalendarEdited,
    CalendarPublished,
    CalendarStillProvisional,
    ClockJobRescheduled,
)
from shop.timing.jobs import JOBS
from shop.timing.models import CalendarDay
from shop.timing.rules.schedules import LAST_DAY

WEEKDAYS = [label for _n, label in CalendarDay.Weekday.choices]
INITIALS = [
    gettext_lazy("Mo"),
    gettext_lazy("Tu"),
    gettext_lazy("We"),
    gettext_lazy("Th"),
    gettext_lazy("Fr"),
    gettext_lazy("Sa"),
    gettext_lazy("Su"),
]
SHOP_ZONE = "Asia/Shanghai"


def schedule_words(stored: Mapping[str, Any]) -> str:
    """`Monday to Friday at 09:00, 18:00 (Europe/Berlin)`."""
    days, times = _days(stored), _times(stored)
    is_plain = stored.get("every") and days == _("every day")
    words = times if is_plain else _("%(days)s, %(times)s") % {"days": days, "times": times}
    zone = stored.get("zone", SHOP_ZONE)
    return words if zone == SHOP_ZONE else f"{words} ({zone})"


def _days(stored: Mapping[str, Any]) -> str:
    if "month_days" in stored:
        days = sorted(day for day in stored["month_days"] if day != LAST_DAY)
        names = [_("day %(day)s") % {"day": day} for day in days]
        names += [_("the last day")] if LAST_DAY in stored["month_days"] else []
        return _("each month on %(days)s") % {"days": _(", ").join(names)}
    weekdays = sorted(stored.get("weekdays", range(7)))
    if len(weekdays) == 7:
        return _("every day")
    if weekdays == [0, 1, 2, 3, 4]:
        return _("Monday to Friday")
    return _(", ").join(str(WEEKDAYS[day]) for day in weekdays)


def _times(stored: Mapping[str, Any]) -> str:
    if not stored.get("every"):
        return _("at %(times)s") % {"times": _(", ").join(stored.get("times", ()))}
    minutes = stored["every"]
    step = _("every %(minutes)s minutes") % {"minutes": minutes}
    step = _("every minute") if minutes == 1 else step
    if "window" not in stored:
        return step
    opens, closes = stored["window"]
    return _("%(step)s from %(opens)s to %(closes)s") % {
        "step": step, "opens": opens, "closes": closes,
    }  # fmt: skip


def hours_words(day: Sequence[Sequence[str]]) -> str:
    """`09:00–12:00, 13:30–18:00`; closed when there is nothing."""
    return ", ".join("–".join(stretch) for stretch in day) or _("closed")


def job_words(code: str) -> str:
    """What a job does; one that this release does not know, by its code."""
    return str(JOBS[code].label) if code in JOBS else code


def length_words(length: timedelta) -> str:
    """A length of time in its two largest units."""
    seconds = max(0, int(length.total_seconds()))
    if seconds >= 86_400:
        return _("{d} d {h} h").format(d=seconds // 86_400, h=seconds // 3600 % 24)
    if seconds >= 3_600:
        return _("{h} h {m} min").format(h=seconds // 3600, m=seconds // 60 % 60)
    if seconds >= 60:
        return _("{m} min {s} s").format(m=seconds // 60, s=seconds % 60)
    return _("{s} s").format(s=seconds)


@in_words(ClockJobRescheduled)
def rescheduled(event: ClockJobRescheduled) -> str:
    return f"{schedule_words(event.old)} → {schedule_words(event.new)}"


@in_words(CalendarEdited)
def edited(event: CalendarEdited) -> str:
    return _("the hours of the week") if event.what == "week" else event.what


@in_words(CalendarPublished)
def published(event: CalendarPublished) -> str:
    return _("version %(number)s") % {"number": event.version}


@in_words(CalendarStillProvisional)
def provisional(event: CalendarStillProvisional) -> str:
    return str(event.year)
