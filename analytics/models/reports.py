"""A report, who reads it, each time it was due, what it said, and what became of every mail."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from analytics import rules
from shop.events.states import Transitions
from shop.identity.models import User

if TYPE_CHECKING:
    from datetime import date

    from shop.identity.actors import Actor

DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"
RUN_WAITS = "analytics.run_waits"
"""The kind of timer after which a run asks again whether its figures are measured."""
MAIL_RETRY = "analytics.mail_retry"
"""The kind of timer after which a mail that was not taken is handed over again."""
READ = "figures.view_measuredvalue"
"""Who may not look at figures gets none by mail."""


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, actor: Actor) -> ReportQuerySet:
        return self if actor.may("analytics.view_report") else self.none()

    def locked(self) -> ReportQuerySet:
        return self.select_for_update(no_key=True)


class Report(models.Model):
    """A mail of figures, sent by a timetable: its clock job has days, time of day and zone.

    On a day off a report for workdays is left out, if it comes daily; a weekly or monthly one
    comes on the next workday.
    """

    class Code(models.TextChoices):
        DAILY = "daily", _("daily report")
        WEEKLY = "weekly", _("weekly report")
        MONTHLY = "monthly", _("monthly report")

    class Days(models.TextChoices):
        EVERY_DAY = "every_day", _("every day")
        WORKDAYS = "workdays", _("workdays of the business calendar")

    code = models.CharField(_("report"), max_length=20, unique=True, choices=Code.choices)
    days = models.CharField(
        _("on which days"), max_length=10, choices=Days.choices, default=Days.EVERY_DAY
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        permissions = [
            ("reschedule_report", "Can change when a report is sent"),
            ("add_recipient", "Can let somebody get a report by mail"),
            ("remove_recipient", "Can end somebody's getting a report"),
            ("send_test_report", "Can have a report sent to themselves"),
        ]
        constraints = [
            models.CheckConstraint(
                name="report_code", condition=Q(code__in=["daily", "weekly", "monthly"])
            ),
            models.CheckConstraint(
                name="report_days", condition=Q(days__in=["every_day", "workdays"])
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_code_display())

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"report:{self.pk}"

    @property
    def job_code(self) -> str:
        """The clock job whose slots are its own."""
        return f"analytics.send_{self.code}_report"


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def visible_to(self, actor: Actor) -> SubscriptionQuerySet:
        """One's own; all of them for whoever may change them."""
        if actor.may("analytics.add_recipient"):
            return self
        return self.filter(user=actor.user) if actor.user else self.none()

    def standing(self) -> SubscriptionQuerySet:
        return self.filter(ended_at__isnull=True)

    def locked(self) -> SubscriptionQuerySet:
        return self.select_for_update(of=("self",), no_key=True).select_related("user")


class Subscription(models.Model):
    """Somebody gets a report by mail, unless they paused it."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="subscriptions")
    user = models.ForeignKey(
        User, models.PROTECT, related_name="subscriptions", verbose_name=_("recipient")
    )
    since = models.DateTimeField(_("since"))
    paused_until = models.DateField(
        _("paused until"), null=True, help_text="the first day with mail again"
    )
    ended_at = models.DateTimeField(_("ended at"), null=True)
    refused_address = models.EmailField(
        _("address refused"), blank=True, help_text="for good by the receiving server"
    )

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["pk"]
        permissions = [
            ("pause_subscription", "Can pause a report for some days"),
            ("resume_subscription", "Can get a paused report again"),
            ("leave_report", "Can end their own getting a report"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["report", "user"], name="subscribed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.report}"

    @property
    def is_duty(self) -> bool:
        """Whether their post reads it by duty (B2.2.1): such may pause, not leave."""
        return any(role.code in rules.DUTY_POSTS for role in self.user.roles)

    def is_paused(self, on: date) -> bool:
        return self.paused_until is not None and on < self.paused_until


class ReportRunQuerySet(models.QuerySet["ReportRun"]):
    def visible_to(self, actor: Actor) -> ReportRunQuerySet:
        return self if actor.may("analytics.view_report") else self.none()

    def locked(self) -> ReportRunQuerySet:
        return self.select_for_update(of=("self",), no_key=True).select_related("report")


class ReportRun(models.Model):
    """One slot of a report: of which days it speaks is fixed with it, whenever it is composed."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting for figures")
        COMPOSED = "composed", _("composed")

    TRANSITIONS: ClassVar[Transitions] = {"compose": ({Status.WAITING}, Status.COMPOSED)}

    report = models.ForeignKey(Report, models.PROTECT, related_name="runs")
    slot_at = models.DateTimeField(_("slot"))
    due_at = models.DateTimeField(
        _("goes out from"), help_text="the slot, or the same time of the next workday"
    )
    zone = models.CharField(_("time zone"), max_length=40)
    since_on = models.DateField(_("figures from"))
    data_on = models.DateField(_("figures of"), help_text="the last day that it speaks of")
    is_test = models.BooleanField(_("test"), default=False)
    opened_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", help_text="who asked for a test"
    )
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.WAITING
    )
    deadline_at = models.DateTimeField(_("waits until"))
    stop_at = models.DateTimeField(_("tries until"))
    composed_at = models.DateTimeField(_("composed at"), null=True)
    is_complete = models.BooleanField(_("figures complete"), null=True)

    objects = ReportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run of a report")
        verbose_name_plural = _("runs of a report")
        ordering = ["-slot_at"]
        constraints = [
            models.UniqueConstraint(fields=["report", "slot_at"], name="report_slot_once"),
            models.UniqueConstraint(
                fields=["report", "data_on"],
                condition=Q(is_test=False),
                name="report_of_a_day_once",
            ),
            models.CheckConstraint(
                name="report_run_span",
                condition=Q(data_on__gte=F("since_on"), due_at__gte=F("slot_at")),
            ),
            models.CheckConstraint(
                name="report_run_status",
                condition=Q(status="waiting", composed_at__isnull=True, is_complete__isnull=True)
                | Q(status="composed", composed_at__isnull=False, is_complete__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.period}"

    @property
    def span(self) -> rules.Span:
        return rules.Span(self.since_on, self.data_on)

    @property
    def period(self) -> str:
        """2026-11-18, 2026-11-09…11-15, 2026-10: in digits, for names of files and rows."""
        if self.report.code == MONTHLY:
            return f"{self.since_on:%Y-%m}"
        if self.report.code == WEEKLY:
            return f"{self.since_on}…{self.data_on:%m-%d}"
        return str(self.data_on)

    @property
    def stream(self) -> str:
        """Where its events are, and what its timers are about."""
        return f"report_run:{self.pk}"

    @property
    def place(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class ReportContent(models.Model):
    """A mail as it was composed, byte for byte: retries and the archive show these very bytes.

    Recipients who may see the same share one; `digest` is of what it says and its language.
    """

    run = models.ForeignKey(ReportRun, models.PROTECT, related_name="contents")
    digest = models.CharField(max_length=64)
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=120)
    text = models.TextField(_("text"))
    html = models.TextField("HTML")
    chart = models.BinaryField(_("chart"))
    workbook = models.BinaryField(_("workbook"))

    class Meta:
        verbose_name = _("content of a report")
        verbose_name_plural = _("contents of a report")
        constraints = [
            models.UniqueConstraint(fields=["run", "digest"], name="report_content_once"),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.subject


class ReportMailQuerySet(models.QuerySet["ReportMail"]):
    def visible_to(self, actor: Actor) -> ReportMailQuerySet:
        """What one got oneself; all mails for whoever may look into others'."""
        if actor.may("analytics.view_reportmail"):
            return self
        return self.filter(recipient=actor.user) if actor.user else self.none()

    def locked(self) -> ReportMailQuerySet:
        related = self.select_related("run__report", "recipient", "content")
        return related.select_for_update(of=("self",), no_key=True)

    def undecided(self) -> ReportMailQuerySet:
        """What a person should look at: nobody knows the outcome, or it failed."""
        return self.filter(status__in=ReportMail.TO_DECIDE, left_at__isnull=True)


class ReportMail(models.Model):
    """One run's mail to one person: at most one, whatever runs twice or dies in between.

    `attempts` is the fence: whoever lost the mail to a later attempt writes no outcome.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("being handed over")
        ACCEPTED = "accepted", _("accepted by the server")
        UNKNOWN = "unknown", _("outcome unknown")
        FAILED = "failed", _("failed")
        SKIPPED = "skipped", _("not sent")

    class Reason(models.TextChoices):
        NONE = "", ""
        NOT_PERMITTED = "not_permitted", _("may not look at figures")
        LEFT = "left", _("no longer works here")
        CHANGED = "changed", _("may no longer see all that it says")
        PAUSED = "paused", _("has paused it")
        ENDED = "ended", _("does not get it any more")
        NO_ADDRESS = "no_address", _("has no e-mail address here")
        SUSPENDED = "suspended", _("mail came back from the address three times")
        BAD_ADDRESS = "bad_address", _("the address was refused for good")
        REFUSED = "refused", _("refused by the mail server")
        UNSAFE = "unsafe", _("address or text would break the mail")
        LATE = "late", _("not taken by the mail server until noon")
        UNANSWERED = "unanswered", _("no answer: it may have arrived")
        CUT_OFF = "cut_off", _("cut off while handing over: it may have arrived")

    TO_DECIDE = (Status.UNKNOWN, Status.FAILED)
    TRANSITIONS: ClassVar[Transitions] = {
        "begin": ({Status.QUEUED}, Status.SENDING),
        "put_back": ({Status.SENDING, Status.UNKNOWN}, Status.QUEUED),
        "accept": ({Status.SENDING, Status.UNKNOWN}, Status.ACCEPTED),
        "lose": ({Status.SENDING, Status.UNKNOWN}, Status.UNKNOWN),
        "fail": ({Status.SENDING, Status.UNKNOWN}, Status.FAILED),
        "skip": ({Status.QUEUED}, Status.SKIPPED),
        "resend": ({Status.UNKNOWN, Status.FAILED}, Status.QUEUED),
    }

    run = models.ForeignKey(ReportRun, models.PROTECT, related_name="mails")
    recipient = models.ForeignKey(
        User, models.PROTECT, related_name="report_mails", verbose_name=_("recipient")
    )
    content = models.ForeignKey(ReportContent, models.PROTECT, related_name="mails", null=True)
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.QUEUED
    )
    reason = models.CharField(
        _("why"), max_length=20, choices=Reason.choices, blank=True, default=Reason.NONE
    )
    code = models.CharField(_("server's code"), max_length=20, blank=True)
    sight = models.JSONField(
        default=list, help_text="posts whose work it tells of: asked again before it goes out"
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    begun_at = models.DateTimeField(_("last begun at"), null=True)
    try_at = models.DateTimeField(_("next try"), null=True, help_text="after one not taken")
    settled_at = models.DateTimeField(_("settled at"), null=True)
    left_at = models.DateTimeField(_("left as it is since"), null=True)

    objects = ReportMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail of a report")
        verbose_name_plural = _("mails of a report")
        ordering = ["pk"]
        permissions = [
            ("resend_report_mail", "Can have a report's mail sent again"),
            ("leave_report_mail", "Can leave a report's mail as it is"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "recipient"], name="one_mail_per_reader"),
            models.CheckConstraint(
                name="report_mail_status",
                condition=Q(status__in=["queued", "sending"], settled_at__isnull=True)
                | Q(status="accepted", settled_at__isnull=False)
                | Q(status__in=["unknown", "failed", "skipped"], settled_at__isnull=False)
                & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="report_mail_says_something",
                condition=Q(content__isnull=False) | Q(status="skipped"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["run"],
                name="report_mail_undecided",
                condition=Q(status__in=["unknown", "failed"], left_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run} → {self.recipient}"

    @property
    def stream(self) -> str:
        """Where its events are: its own, so that no mail waits behind another."""
        return f"report_mail:{self.pk}"

    def resendable_from(self) -> datetime | None:
        """From when a person may send it again; None: at once."""
        is_open = self.status == self.Status.UNKNOWN and self.settled_at is not None
        return rules.resendable_from(self.settled_at) if is_open and self.settled_at else None
