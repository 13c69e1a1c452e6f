"""Calendars in versions, timers that fire once, and clocks that run on a calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.events.states import Transitions
from shop.timing import rules

if TYPE_CHECKING:
    from shop.identity.actors import Actor


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

    def _read_hours(self) -> rules.BusinessCalendar:
        days = dict(self.days.values_list("day", "follows"))
        return rules.BusinessCalendar(rules.week_of(self.week), days, frozenset(self.years))


@lru_cache(maxsize=64)
def _published_hours(version_id: int) -> rules.BusinessCalendar:
    return CalendarVersion.objects.get(pk=version_id)._read_hours()


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

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class TimerQuerySet(models.QuerySet["Timer"]):
    def visible_to(self, actor: Actor) -> TimerQuerySet:
        return self if actor.may("timing.view_timer") else self.none()

    def of(self, kind: str, subject: str) -> TimerQuerySet:
        return self.filter(kind=kind, subject=subject)

    def armed(self) -> TimerQuerySet:
        return self.filter(state=Timer.State.ARMED)

    def due(self, at: datetime) -> TimerQuerySet:
        """What should fire now, the longest due first."""
        return self.armed().filter(try_at__lte=at).order_by("try_at", "id")

    def dead(self) -> TimerQuerySet:
        """What failed too often: people must look."""
        return self.filter(state=Timer.State.DEAD)


class Timer(models.Model):
    """Something falls due: kept here, not in a queue that forgets. Fires once or not at all.

    Arming a subject again makes a new generation and ends the old one. Of several levels
    (warn, then breach) that are due together only the highest fires; the rest are skipped.
    """

    class State(models.TextChoices):
        ARMED = "armed", _("waiting")
        FIRED = "fired", _("fired")
        CANCELLED = "cancelled", _("cancelled")
        SKIPPED = "skipped", _("skipped")
        DEAD = "dead", _("failed for good")

    kind = models.CharField(_("kind"), max_length=80)
    subject = models.CharField(_("subject"), max_length=80)
    generation = models.PositiveIntegerField(_("generation"))
    level = models.PositiveSmallIntegerField(_("level"))
    due_at = models.DateTimeField(_("due at"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ARMED)
    fired_at = models.DateTimeField(_("fired at"), null=True)
    attempts = models.PositiveIntegerField(_("failed attempts"), default=0)
    try_at = models.DateTimeField(_("next try"), help_text="due_at, or later after a failure")
    last_error = models.TextField(_("last error"), blank=True)

    objects = TimerQuerySet.as_manager()

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        ordering = ["due_at", "id"]
        permissions = [("replay_timer", "Can let a dead timer fire after all")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "generation", "level"], name="timer_once"
            ),
            models.CheckConstraint(
                name="timer_state",
                condition=Q(state__in=["armed", "fired", "cancelled", "skipped", "dead"]),
            ),
            models.CheckConstraint(
                name="timer_fired_has_time",
                condition=Q(state="fired", fired_at__isnull=False)
                | (~Q(state="fired") & Q(fired_at__isnull=True)),
            ),
            models.CheckConstraint(name="timer_level", condition=Q(level__gte=1)),
        ]
        indexes = [
            models.Index(fields=["try_at", "id"], name="timer_due", condition=Q(state="armed")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} #{self.generation}.{self.level}"


class ClockQuerySet(models.QuerySet["Clock"]):
    def of(self, subject: str) -> ClockQuerySet:
        return self.filter(subject=subject)

    def running(self) -> ClockQuerySet:
        return self.filter(status=Clock.Status.RUNNING)

    def open(self) -> ClockQuerySet:
        """Running or paused: the promise is neither kept nor broken yet."""
        return self.filter(status__in=[Clock.Status.RUNNING, Clock.Status.PAUSED])

    def locked(self) -> ClockQuerySet:
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class Clock(models.Model):
    """A promise in working time: first answer within 4 hours, confirmed within 1 hour.

    `kind` names the promise, `subject` what it is about (`order:123`), `round` counts the times
    it was made about the same subject. Breached stays breached, however late it is met.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        MET = "met", _("met")
        BREACHED = "breached", _("breached")

    TRANSITIONS: ClassVar[Transitions] = {
        "pause": ({Status.RUNNING}, Status.PAUSED),
        "resume": ({Status.PAUSED}, Status.RUNNING),
        "meet": ({Status.RUNNING, Status.PAUSED}, Status.MET),
        "breach": ({Status.RUNNING}, Status.BREACHED),
        "meet_late": ({Status.BREACHED}, Status.BREACHED),
    }

    kind = models.CharField(_("promise"), max_length=80)
    subject = models.CharField(_("subject"), max_length=80)
    round = models.PositiveIntegerField(_("round"))
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, related_name="clocks", verbose_name=_("calendar")
    )
    version = models.ForeignKey(
        CalendarVersion,
        models.PROTECT,
        related_name="+",
        verbose_name=_("reckoned by"),
        help_text="the version of the calendar that warn_at and breach_at were reckoned by",
    )
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.RUNNING
    )
    target_seconds = models.PositiveIntegerField(_("time allowed"), help_text="working seconds")
    warn_seconds = models.PositiveIntegerField(
        _("warning after"), help_text="working seconds, three quarters of the target"
    )
    started_at = models.DateTimeField(_("started at"))
    warn_at = models.DateTimeField(_("warning at"), null=True)
    breach_at = models.DateTimeField(_("due at"), null=True, help_text="null while paused")
    warned_at = models.DateTimeField(_("warned at"), null=True)
    met_at = models.DateTimeField(_("met at"), null=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        ordering = ["breach_at"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "round"], name="clock_round_once"),
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(status__in=["running", "paused"]),
                name="one_open_clock",
            ),
            models.CheckConstraint(
                name="clock_status",
                condition=Q(status="paused", warn_at__isnull=True, breach_at__isnull=True)
                | Q(status__in=["running", "breached"], breach_at__isnull=False)
                | Q(status="met", met_at__isnull=False),
            ),
            models.CheckConstraint(name="clock_target", condition=Q(target_seconds__gt=0)),
        ]
        indexes = [
            models.Index(
                fields=["calendar", "version"],
                name="clock_open",
                condition=Q(status__in=["running", "paused"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def stream(self) -> str:
        """Where its events are, and what its timers are about."""
        return f"clock:{self.pk}"

    @property
    def target(self) -> timedelta:
        return timedelta(seconds=self.target_seconds)

    @property
    def is_provisional(self) -> bool:
        """Whether its due time lies in, or past, a year whose holidays are not published."""
        if self.breach_at is None:
            return False
        return self.version.hours().is_provisional(self.started_at, self.breach_at)

    def is_overdue(self, at: datetime) -> bool:
        """Whether it has run out, noticed or not; the due instant itself is too late."""
        running = self.status == self.Status.RUNNING
        return running and self.breach_at is not None and at >= self.breach_at

    def stretches(self) -> list[rules.Pause]:
        """Its pauses, oldest first, to reckon with."""
        return [
            rules.Pause(*stretch) for stretch in self.pauses.values_list("began_at", "ended_at")
        ]


class ClockPause(models.Model):
    """A stretch in which a clock did not run, and why; who paused it, its event says."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="pauses")
    reason = models.CharField(_("reason"), max_length=80)
    began_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("pause of a clock")
        verbose_name_plural = _("pauses of a clock")
        ordering = ["began_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clock"], condition=Q(ended_at__isnull=True), name="one_open_pause"
            ),
            models.CheckConstraint(
                name="pause_runs_forward",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.reason}"


class ClockRecalculation(models.Model):
    """A newer calendar moved a clock: what was due when before, and what is now."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="recalculations")
    from_version = models.ForeignKey(CalendarVersion, models.PROTECT, related_name="+")
    to_version = models.ForeignKey(CalendarVersion, models.PROTECT, related_name="+")
    old_breach_at = models.DateTimeField(_("due before"), null=True)
    new_breach_at = models.DateTimeField(_("due now"), null=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("recalculation of a clock")
        verbose_name_plural = _("recalculations of a clock")
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.clock_id}: {self.old_breach_at} → {self.new_breach_at}"
