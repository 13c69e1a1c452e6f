"""Promises in working time, their pauses, and what a newer calendar did to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.events.states import Transitions
from shop.timing import rules
from shop.timing.models.calendars import Calendar, CalendarVersion


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
        CANCELLED = "cancelled", _("cancelled")

    TRANSITIONS: ClassVar[Transitions] = {
        "pause": ({Status.RUNNING}, Status.PAUSED),
        "resume": ({Status.PAUSED}, Status.RUNNING),
        "meet": ({Status.RUNNING, Status.PAUSED}, Status.MET),
        "breach": ({Status.RUNNING}, Status.BREACHED),
        "meet_late": ({Status.BREACHED}, Status.BREACHED),
        "cancel": ({Status.RUNNING, Status.PAUSED}, Status.CANCELLED),
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
                | Q(status="met", met_at__isnull=False)
                | Q(status="cancelled", met_at__isnull=True),
            ),
            models.CheckConstraint(name="clock_target", condition=Q(target_seconds__gt=0)),
        ]
        indexes = [
            models.Index(
                fields=["calendar", "version"],
                name="clock_open",
                condition=Q(status__in=["running", "paused"]),
            ),
            models.Index(fields=["kind", "breach_at"], name="clock_of_kind_due"),
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
