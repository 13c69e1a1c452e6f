"""What falls due, as rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from shop.identity.actors import Actor


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

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"timer:{self.pk}"
