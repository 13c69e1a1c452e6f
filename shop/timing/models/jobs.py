"""What the house does by itself at certain times, and each time that it did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from shop.timing import rules

if TYPE_CHECKING:
    from shop.identity.actors import Actor


class ClockJobQuerySet(models.QuerySet["ClockJob"]):
    def visible_to(self, actor: Actor) -> ClockJobQuerySet:
        return self if actor.may("timing.view_clockjob") else self.none()

    def due(self, at: datetime) -> ClockJobQuerySet:
        """Those with a slot that nobody has planned yet."""
        return self.filter(next_at__lte=at)


class ClockJob(models.Model):
    """A job of the clock: its timetable, which staff edit. What it does, `@clock_job` declares."""

    code = models.CharField(_("job"), max_length=80, unique=True)
    schedule = models.JSONField(
        _("timetable"), help_text="wall time in a zone, read by rules.schedule_of"
    )
    next_at = models.DateTimeField(
        _("next slot"), null=True, help_text="the first slot not planned; none: never again"
    )
    failing_since = models.DateTimeField(
        _("failing since"), null=True, help_text="the first run given up since one ended well"
    )

    objects = ClockJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock job")
        verbose_name_plural = _("clock jobs")
        ordering = ["code"]
        permissions = [
            ("reschedule_job", "Can change the timetable of a clock job"),
            ("run_job_now", "Can run a clock job out of its turn"),
        ]
        indexes = [models.Index(fields=["next_at"], name="clock_job_due")]

    def __str__(self) -> str:
        return self.code

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"job:{self.pk}"

    def timetable(self) -> rules.Schedule:
        """Its schedule, to reckon with. Raises UnusableSchedule."""
        return rules.schedule_of(self.schedule)


class JobRunQuerySet(models.QuerySet["JobRun"]):
    def visible_to(self, actor: Actor) -> JobRunQuerySet:
        return self if actor.may("timing.view_jobrun") else self.none()

    def owed(self) -> JobRunQuerySet:
        return self.filter(state=JobRun.State.PENDING)

    def free(self, at: datetime) -> JobRunQuerySet:
        """Owed, its time has come, nobody is at it, and no earlier slot of its job is owed."""
        earlier = JobRun.objects.owed().filter(job=OuterRef("job"), slot_at__lt=OuterRef("slot_at"))
        return self.owed().filter(
            ~Exists(earlier), Q(leased_until=None) | Q(leased_until__lte=at), try_at__lte=at
        )


class JobRun(models.Model):
    """One slot of a clock job. However many clocks plan it, it is one row and runs once.

    A run is leased: one whose process died is taken over when the lease is out, and whoever lost
    it can no longer settle it (`attempts` is the fencing token). The runs of a job follow one
    another in the order of their slots.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        DONE = "done", _("done")
        FAILED = "failed", _("failed for good")
        MISSED = "missed", _("left out")

    job = models.ForeignKey(
        ClockJob, models.PROTECT, related_name="runs", verbose_name=_("clock job")
    )
    slot_at = models.DateTimeField(_("slot"))
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    by_hand = models.BooleanField(_("out of turn"), default=False)
    left_out = models.PositiveIntegerField(
        _("slots left out before"), default=0, help_text="since the slot before this one"
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0, help_text="the fencing token")
    failures = models.PositiveIntegerField(_("failed attempts"), default=0)
    try_at = models.DateTimeField(_("next try"))
    handed_at = models.DateTimeField(null=True, help_text="when a worker was told of it")
    leased_until = models.DateTimeField(null=True, help_text="somebody is at it until then")
    started_at = models.DateTimeField(_("started at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    last_error = models.TextField(_("last error"), blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run of a clock job")
        verbose_name_plural = _("runs of clock jobs")
        ordering = ["-slot_at"]
        permissions = [("retry_job_run", "Can let a failed run of a clock job try again")]
        constraints = [
            models.UniqueConstraint(fields=["job", "slot_at"], name="slot_once"),
            models.CheckConstraint(
                name="job_run_state",
                condition=Q(state="pending", ended_at=None)
                | Q(state__in=["done", "failed", "missed"], ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["try_at"], name="job_run_owed", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.job.code} {self.slot_at:%Y-%m-%d %H:%M}Z"

    @property
    def late(self) -> timedelta | None:
        """How long after its slot it began; None before it does."""
        return None if self.started_at is None else self.started_at - self.slot_at

    def is_running(self, at: datetime) -> bool:
        """Whether somebody is at it."""
        return self.leased_until is not None and self.leased_until > at
