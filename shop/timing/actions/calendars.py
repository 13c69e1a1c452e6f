"""Editing a calendar: always in a draft, which publishing puts in force."""

from datetime import date

from django.db import transaction

from shop.clock import now, today
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.timing import rules
from shop.timing.errors import (
    CalendarNeverOpens,
    DayOutsideYear,
    DraftHasChanged,
    HoursUnusable,
    NothingToPublish,
)
from shop.timing.events import (
    CalendarDraftDiscarded,
    CalendarEdited,
    CalendarPublished,
    CalendarStillProvisional,
)
from shop.timing.models import Calendar, CalendarDay, CalendarVersion


def establish_calendar(
    code: str,
    name: str,
    week: rules.Template,
    years: tuple[rules.AnnouncedYear, ...] = (),
    *,
    by: Actor,
) -> Calendar:
    """The calendar of this code, made and published on first sight.

    Safe to repeat: of one that exists only years that nobody has announced yet are added, in a
    version of their own, and not while somebody is editing it.
    """
    by.require("timing.establish_calendar")
    with transaction.atomic():
        calendar, is_new = Calendar.objects.get_or_create(code=code, defaults={"name": name})
        if is_new:
            _read(week)
            calendar.versions.create(number=1, week=list(week), years=[])
        elif calendar.draft() is not None:
            return calendar
        known = calendar.versions.latest("number").years
        news = [year for year in years if year.year not in known]
        if is_new or news:
            draft = _draft(calendar)
            for year in news:
                _announce(draft, year)
            _put_in_force(draft, by=by)
    return calendar


def edit_calendar_day(
    calendar: Calendar, day: rules.SpecialDay, source: str, *, by: Actor
) -> CalendarVersion:
    """Make a day a holiday or a make-up workday in the draft, whatever it was before."""
    by.require("timing.edit_calendar")
    with transaction.atomic():
        draft = _draft(calendar)
        draft.days.update_or_create(
            day=day.day,
            defaults={
                "kind": day.kind, "follows": day.follows, "name": day.name, "source": source,
            },
        )  # fmt: skip
        publish(CalendarEdited(calendar.pk, draft.number, day.day.isoformat()), by=by)
    return draft


def clear_calendar_day(calendar: Calendar, on: date, *, by: Actor) -> CalendarVersion:
    """Let a day's weekday decide again, in the draft."""
    by.require("timing.edit_calendar")
    with transaction.atomic():
        draft = _draft(calendar)
        draft.days.filter(day=on).delete()
        publish(CalendarEdited(calendar.pk, draft.number, on.isoformat()), by=by)
    return draft


def announce_calendar_year(
    calendar: Calendar, year: rules.AnnouncedYear, *, by: Actor
) -> CalendarVersion:
    """Take over the State Council's notice of a year: in the draft it is provisional no longer.

    What the draft said of the year before is replaced. Raises DayOutsideYear.
    """
    by.require("timing.edit_calendar")
    with transaction.atomic():
        draft = _draft(calendar)
        _announce(draft, year)
        publish(CalendarEdited(calendar.pk, draft.number, str(year.year)), by=by)
    return draft


def edit_calendar_week(calendar: Calendar, week: rules.Template, *, by: Actor) -> CalendarVersion:
    """Set the hours of the seven weekdays in the draft.

    Raises HoursUnusable, CalendarNeverOpens.
    """
    by.require("timing.edit_calendar")
    _read(week)
    with transaction.atomic():
        draft = _draft(calendar)
        draft.week = list(week)
        draft.save(update_fields=["week"])
        publish(CalendarEdited(calendar.pk, draft.number, "week"), by=by)
    return draft


def publish_calendar_version(
    version: CalendarVersion, seen: str = "", *, by: Actor
) -> CalendarVersion:
    """Put a draft in force; open clocks are reckoned again by it, each with a line of its log.

    `seen` is the fingerprint of what the person looked at. Raises DraftHasChanged when it says
    something else by now, IllegalTransition when it is published already, CalendarNeverOpens when
    its special days leave nothing open.
    """
    by.require("timing.edit_calendar")
    with transaction.atomic():
        Calendar.objects.locked().get(pk=version.calendar_id)
        version = CalendarVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        if seen and seen != version.fingerprint():
            raise DraftHasChanged
        _put_in_force(version, by=by)
    return version


def discard_calendar_draft(version: CalendarVersion, *, by: Actor) -> None:
    """Throw away what was being edited. Raises NothingToPublish when it is published or gone."""
    by.require("timing.edit_calendar")
    with transaction.atomic():
        calendar = Calendar.objects.locked().get(pk=version.calendar_id)
        draft = calendar.draft()
        if draft is None or draft.pk != version.pk:
            raise NothingToPublish
        draft.delete()
        publish(CalendarDraftDiscarded(calendar.pk, draft.number), by=by)


def remind_of_provisional_year(calendar: Calendar, *, by: Actor) -> list[int]:
    """Say which near years have no published holidays: this one, and from November the next.

    Returns those years. A calendar that never closes has nothing to wait for.
    """
    by.require("timing.remind_of_provisional_year")
    hours = calendar.current().hours()
    near = [] if hours.never_closes else rules.years_near(today())
    missing = [year for year in near if year not in hours.announced]
    with transaction.atomic():
        for year in missing:
            publish(CalendarStillProvisional(calendar.pk, year), by=by)
    return missing


def _put_in_force(version: CalendarVersion, *, by: Actor) -> None:
    _require_an_opening(version)
    advance(version, "publish")
    version.published_at = now()
    version.save(update_fields=["status", "published_at"])
    publish(CalendarPublished(version.calendar_id, version.number), by=by)


def _draft(calendar: Calendar) -> CalendarVersion:
    """The version being edited, begun as a copy of the one in force. Locks the calendar."""
    calendar = Calendar.objects.locked().get(pk=calendar.pk)
    draft = calendar.draft()
    if draft is not None:
        return draft
    model = calendar.current()
    draft = calendar.versions.create(number=model.number + 1, week=model.week, years=model.years)
    days = list(model.days.all())
    for day in days:
        day.pk, day.version = None, draft
    CalendarDay.objects.bulk_create(days)
    return draft


def _announce(draft: CalendarVersion, year: rules.AnnouncedYear) -> None:
    if {day.day.year for day in year.days} - {year.year} or _names_a_day_twice(year):
        raise DayOutsideYear
    draft.days.filter(day__year=year.year).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(version=draft, source=year.source, **vars(day)) for day in year.days
    )
    draft.years = sorted({*draft.years, year.year})
    draft.save(update_fields=["years"])


def _names_a_day_twice(year: rules.AnnouncedYear) -> bool:
    return len({day.day for day in year.days}) < len(year.days)


def _require_an_opening(version: CalendarVersion) -> None:
    try:
        version.hours().next_opening(now())
    except rules.NoOpenHours:
        raise CalendarNeverOpens from None


def _read(week: rules.Template) -> rules.Week:
    try:
        return rules.week_of(week)
    except rules.NoOpenHours:
        raise CalendarNeverOpens from None
    except rules.UnusableHours:
        raise HoursUnusable from None
