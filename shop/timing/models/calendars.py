"""Calendars in versions, and the days that no weekday decides."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.events.states import Transitions
from shop.timing import rules

if TYPE_CHECKING:
    from shop.identity.actors import Actor


SAID = ("kind", "follows", "name", "source")
"""What a special day says, beside which day it is."""


class CalendarQuerySet(models.QuerySet["Calendar"]):
    def visible_to(self, actor: Actor) -> CalendarQuerySet:
        return self if actor.may("timing.view_calendar") else self.none()

    def locked(self) -> CalendarQuerySet:
        return self.select_for_update(no_key=True)


class Calendar(models.Model):
    """Hours that somebody keeps: the shop's, the warehouse's. What they are, its versions say."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("calendar name"), max_length=40)

    objects = CalendarQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        permissions = [("edit_calendar", "Can edit a calendar and publish a version of it")]

    def __str__(self) -> str:
        return self.name

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"calendar:{self.pk}"

    def current(self) -> CalendarVersion:
        """The version in force: the one published last."""
        return self.versions.published().latest("number")

    def draft(self) -> CalendarVersion | None:
        """The version being edited, if there is one."""
        return self.versions.filter(status=CalendarVersion.Status.DRAFT).first()


class CalendarVersionQuerySet(models.QuerySet["CalendarVersion"]):
    def published(self) -> CalendarVersionQuerySet:
        return self.filter(status=CalendarVersion.Status.PUBLISHED)


class CalendarVersion(models.Model):
    """A calendar as it was at one time; once published it never changes, so figures stay true."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("being edited")
        PUBLISHED = "published", _("published")

    TRANSITIONS: ClassVar[Transitions] = {"publish": ({Status.DRAFT}, Status.PUBLISHED)}

    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    week = models.JSONField(
        _("hours of a week"), help_text='seven lists, Monday first, of ["09:00", "12:00"]'
    )
    years = models.JSONField(_("announced years"), help_text="years whose holidays are published")
    published_at = models.DateTimeField(_("published at"), null=True)

    objects = CalendarVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a calendar")
        verbose_name_plural = _("versions of a calendar")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_once"),
            models.UniqueConstraint(
                fields=["calendar"], condition=Q(status="draft"), name="one_calendar_draft"
            ),
            models.CheckConstraint(
                name="calendar_version_status",
                condition=Q(status="draft", published_at__isnull=True)
                | Q(status="published", published_at__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="published_is_frozen",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status="published"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} v{self.number}"

    def hours(self) -> rules.BusinessCalendar:
        """What it says, to reckon with. Raises UnusableHours, NoOpenHours."""
        if self.status == self.Status.PUBLISHED:
            return _published_hours(self.pk)
        return self._read_hours()

    def fingerprint(self) -> str:
        """Equal only while it says the same: what somebody looked at is what they publish."""
        said = [self.number, self.week, self.years, list(self.days.values_list("day", *SAID))]
        return blake2b(json.dumps(said, default=str).encode(), digest_size=10).hexdigest()

    def _read_hours(self) -> rules.BusinessCalendar:
        days = dict(self.days.values_list("day", "follows"))
        return rules.BusinessCalendar(rules.week_of(self.week), days, frozenset(self.years))


@lru_cache(maxsize=64)
def _published_hours(version_id: int) -> rules.BusinessCalendar:
    return CalendarVersion.objects.get(pk=version_id)._read_hours()


REFUSE_IF_PUBLISHED = """
IF EXISTS (SELECT FROM timing_calendarversion
           WHERE id IN (NEW.version_id, OLD.version_id) AND status = 'published') THEN
    RAISE EXCEPTION 'the days of a published calendar are frozen';
END IF;
RETURN COALESCE(NEW, OLD);
"""


class CalendarDay(models.Model):
    """A day that its weekday does not decide: a holiday, or a make-up workday (调休)."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("holiday")
        MAKE_UP = "make_up", _("make-up workday")

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    version = models.ForeignKey(CalendarVersion, models.CASCADE, related_name="days")
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    follows = models.PositiveSmallIntegerField(
        _("has the hours of"), choices=Weekday.choices, null=True
    )
    name = models.CharField(_("name of the day"), max_length=40)
    source = models.CharField(_("source"), max_length=100, help_text="the notice, or who decided")

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["version", "day"], name="calendar_day_once"),
            models.CheckConstraint(
                name="calendar_day_follows",
                condition=Q(kind="holiday", follows__isnull=True)
                | Q(kind="make_up", follows__isnull=False, follows__gte=0, follows__lte=6),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="published_days_are_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func=REFUSE_IF_PUBLISHED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
