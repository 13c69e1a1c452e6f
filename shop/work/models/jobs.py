"""Long work: how far it is, where it goes on, what it refused, the file it ended with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.errors import Text
from shop.events.states import Transitions
from shop.identity.models import User
from shop.records.models import StoredFile
from shop.work.long_work import LONG_WORK
from shop.work.rules import JOBS_KEPT_FOR

if TYPE_CHECKING:
    from shop.identity.actors import Actor


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, actor: Actor) -> JobQuerySet:
        """One's own."""
        if actor.user is None:
            return self.none() if actor.customer else self
        return self.filter(started_by=actor.user)

    def locked(self) -> JobQuerySet:
        return self.select_for_update(of=("self",), no_key=True)

    def past_their_time(self, at: datetime) -> JobQuerySet:
        """What retention takes away: ended longer ago than anybody asks about."""
        return self.filter(ended_at__lte=at - JOBS_KEPT_FOR)


class Job(models.Model):
    """One piece of long work. `resume` is where it goes on, written with the batch that led
    there; `token` grows with every attempt, so that one that was thought dead changes nothing.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("waits")
        RUNNING = "running", _("running")
        DONE = "done", _("finished")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("stopped")

    TRANSITIONS: ClassVar[Transitions] = {
        "begin": ({Status.QUEUED, Status.RUNNING}, Status.RUNNING),
        "finish": ({Status.RUNNING}, Status.DONE),
        "fail": ({Status.QUEUED, Status.RUNNING}, Status.FAILED),
        "cancel": ({Status.QUEUED, Status.RUNNING}, Status.CANCELLED),
    }

    kind = models.CharField(_("long work"), max_length=60)
    payload = models.JSONField(encoder=DjangoJSONEncoder)
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.QUEUED
    )
    total = models.PositiveIntegerField(_("rows in all"), null=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    resume = models.JSONField(encoder=DjangoJSONEncoder, null=True)
    token = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    started_by = models.ForeignKey(
        User, models.PROTECT, related_name="jobs", verbose_name=_("started by")
    )
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    source = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("uploaded file")
    )
    result = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("result")
    )

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("long work")
        verbose_name_plural = _("long work")
        ordering = ["-pk"]
        permissions = [
            ("start_job", "Can start long work"),
            ("export_list", "Can export lists"),
            ("cancel_job", "Can stop long work of their own"),
        ]
        constraints = [
            models.CheckConstraint(
                name="job_done_within_total", condition=Q(total=None) | Q(done__lte=F("total"))
            ),
            models.CheckConstraint(
                name="job_ended_has_its_time",
                condition=Q(status__in=["queued", "running"], ended_at=None)
                | Q(status__in=["done", "failed", "cancelled"], ended_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["started_by", "-id"], name="job_of_person")]

    def __str__(self) -> str:
        return str(self.label)

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"long_work:{self.pk}"

    @property
    def label(self) -> Text:
        declared = LONG_WORK.get(self.kind)
        return declared.label if declared else self.kind

    @property
    def is_live(self) -> bool:
        return self.status in (self.Status.QUEUED, self.Status.RUNNING)

    @property
    def percent(self) -> int:
        """How far, of a hundred; 0 while nobody knows how much there is."""
        return 100 * self.done // self.total if self.total else 0


class JobError(models.Model):
    """A row that was refused, and why.

    `text` is kept as the code has it, `parameters` beside it: each reader has it in theirs.
    """

    job = models.ForeignKey(Job, models.CASCADE, related_name="errors")
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=60, blank=True)
    text = models.CharField(_("what to do"), max_length=300)
    parameters = models.JSONField(encoder=DjangoJSONEncoder, default=dict)

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        ordering = ["pk"]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.row}: {self.said}"

    @property
    def said(self) -> str:
        """In the language in force."""
        return said_again(self.text, self.parameters)


def said_again(text: str, parameters: Mapping[str, Any]) -> str:
    """What `taken_apart` took apart, in the language in force."""
    words = gettext(text) if text else ""
    return words % parameters if parameters else words
