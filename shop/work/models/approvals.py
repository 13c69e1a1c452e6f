"""Approvals: what was asked for, by whom, who decided it and in whose name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.errors import Text
from shop.events.states import Transitions
from shop.identity.models import User
from shop.work import rules
from shop.work.kinds import APPROVALS, ApprovalKind

if TYPE_CHECKING:
    from shop.identity.actors import Actor

ASKED = ("kind", "subject", "payload", "payload_hash", "target_version", "reason", "amount_fen",
         "requested_by", "requested_at", "expires_at")  # fmt: skip
"""The columns that never change: what is decided is what was asked."""


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def visible_to(self, actor: Actor) -> ApprovalQuerySet:
        """What I asked for, what I may decide or have decided; auditors see all."""
        if actor.user is None:
            return self.none() if actor.customer else self
        if actor.may("records.view_auditentry"):
            return self
        mine = Q(requested_by=actor.user) | Q(decided_by=actor.user) | Q(in_name_of=actor.user)
        return self.filter(mine | Q(kind__in=kinds_decided_by(actor.user)))

    def locked(self) -> ApprovalQuerySet:
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def live(self) -> ApprovalQuerySet:
        """Asked for or granted, and not used, refused or too old."""
        return self.filter(status__in=Approval.LIVE)

    def waiting(self) -> ApprovalQuerySet:
        return self.filter(status=Approval.Status.REQUESTED)

    def about(self, kind: ApprovalKind, subject: str) -> ApprovalQuerySet:
        return self.filter(kind=kind.code, subject=subject)


class Approval(models.Model):
    """A second person's yes to exactly one step: this payload, at this version of its subject.

    `payload` holds ids and figures of the step; `payload_hash` is the SHA-256 of its canonical
    form; `amount_fen` is what the step costs. `decided_by` decided, `in_name_of` whose right it
    was when that was somebody else's deputy.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("waits for a decision")
        GRANTED = "granted", _("approved")
        USED = "used", _("carried out")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("expired")

    LIVE = (Status.REQUESTED, Status.GRANTED)
    TRANSITIONS: ClassVar[Transitions] = {
        "approve": ({Status.REQUESTED}, Status.GRANTED),
        "reject": ({Status.REQUESTED}, Status.REJECTED),
        "withdraw": ({Status.REQUESTED, Status.GRANTED}, Status.WITHDRAWN),
        "expire": ({Status.REQUESTED, Status.GRANTED}, Status.EXPIRED),
        "use": ({Status.GRANTED}, Status.USED),
    }

    kind = models.CharField(_("kind of approval"), max_length=40)
    subject = models.CharField(_("subject"), max_length=80)
    payload = models.JSONField(_("what would happen"), help_text="ids and figures")
    payload_hash = models.CharField(_("fingerprint"), max_length=64)
    target_version = models.BigIntegerField(_("version of the subject"))
    reason = models.CharField(_("why"), max_length=rules.LONGEST_TEXT)
    amount_fen = models.BigIntegerField(_("amount"), null=True)
    requested_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    requested_at = models.DateTimeField(_("asked for at"))
    expires_at = models.DateTimeField(_("valid until"))
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.REQUESTED
    )
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    in_name_of = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("in the name of")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    comment = models.CharField(_("comment"), max_length=rules.LONGEST_TEXT, blank=True)
    used_at = models.DateTimeField(_("carried out at"), null=True)
    used_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("carried out by")
    )

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["-pk"]
        permissions = [
            ("request_approval", "Can ask for an approval"),
            ("approve", "Can approve what the post may decide"),
            ("reject", "Can reject what the post may decide"),
            ("withdraw", "Can take back an approval they asked for"),
            ("use_approval", "Can carry out what was approved"),
            ("spend_within_limit", "Can act alone within the day's limit"),
            ("approve_export", "Can decide exports of many persons"),
        ]
        constraints = [
            models.CheckConstraint(
                name="approval_decided_by_another",
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
            ),
            models.CheckConstraint(
                name="approval_in_name_of_a_third",
                condition=Q(in_name_of=None)
                | Q(decided_by__isnull=False)
                & ~Q(in_name_of=F("requested_by"))
                & ~Q(in_name_of=F("decided_by")),
            ),
            models.CheckConstraint(
                name="approval_state_has_its_decider",
                condition=Q(status="requested", decided_by=None, decided_at=None)
                | Q(
                    status__in=["granted", "used", "rejected"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                | Q(status__in=["withdrawn", "expired"]),
            ),
            models.CheckConstraint(
                name="approval_used_has_its_time",
                condition=Q(status="used", used_at__isnull=False)
                | ~Q(status="used") & Q(used_at=None, used_by=None),
            ),
            models.CheckConstraint(
                name="approval_rejected_with_words",
                condition=~Q(status="rejected") | ~Q(comment=""),
            ),
            models.CheckConstraint(
                name="approval_expires_later", condition=Q(expires_at__gt=F("requested_at"))
            ),
            models.CheckConstraint(
                name="approval_amount_positive", condition=Q(amount_fen=None) | Q(amount_fen__gt=0)
            ),
            models.UniqueConstraint(
                fields=["kind", "subject", "payload_hash", "target_version"],
                condition=Q(status__in=["requested", "granted"]),
                name="one_live_approval",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "subject"], name="approval_of_subject"),
            models.Index(fields=["requested_by", "requested_at"], name="approval_of_requester"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="asked_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(*ASKED),
            ),
        ]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"approval:{self.pk}"

    @property
    def declared(self) -> ApprovalKind:
        return APPROVALS[self.kind]

    @property
    def title(self) -> Text:
        """One line; a kind that this release no longer knows is shown by its code."""
        kind = APPROVALS.get(self.kind)
        if kind is None:
            return f"{self.kind} {self.subject}"
        return kind.title(self.payload) if kind.title else kind.label

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE

    @property
    def is_intact(self) -> bool:
        """Whether the payload is still the one whose fingerprint was taken."""
        return rules.fingerprint(self.payload) == self.payload_hash

    def is_for(self, payload: Mapping[str, Any], version: int) -> bool:
        """Whether exactly this was asked for."""
        is_same = rules.fingerprint(payload) == self.payload_hash
        return is_same and self.target_version == version


class DeputationQuerySet(models.QuerySet["Deputation"]):
    def at(self, instant: datetime) -> DeputationQuerySet:
        """In force at the instant."""
        begun = self.filter(starts_at__lte=instant, ends_at__gt=instant)
        return begun.filter(Q(ended_at=None) | Q(ended_at__gt=instant))


class Deputation(models.Model):
    """Who decides in whose name, for a span of time. It goes no further: no deputy's deputy."""

    principal = models.ForeignKey(
        User, models.PROTECT, related_name="deputations", verbose_name=_("who is away")
    )
    deputy = models.ForeignKey(
        User, models.PROTECT, related_name="deputised", verbose_name=_("deputy")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    why = models.CharField(_("why"), max_length=rules.LONGEST_TEXT)
    named_at = models.DateTimeField(_("named at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    objects = DeputationQuerySet.as_manager()

    class Meta:
        verbose_name = _("deputy")
        verbose_name_plural = _("deputies")
        ordering = ["-pk"]
        permissions = [
            ("name_deputy", "Can name a deputy for their own decisions"),
            ("end_deputation", "Can end a deputation of their own"),
        ]
        constraints = [
            models.CheckConstraint(name="deputy_is_another", condition=~Q(principal=F("deputy"))),
            models.CheckConstraint(
                name="deputation_has_a_span", condition=Q(ends_at__gt=F("starts_at"))
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="named_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "principal", "deputy", "starts_at", "ends_at", "why", "named_at"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} → {self.principal}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"deputation:{self.pk}"


class WithinLimit(models.Model):
    """What a person did without a second one, because the day's limit was not used up.

    `person` is None for what the house did by rule: nobody can split that.
    """

    kind = models.CharField(_("kind of approval"), max_length=40)
    subject = models.CharField(_("subject"), max_length=80)
    amount_fen = models.BigIntegerField(_("amount"))
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    on = models.DateField(_("day"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("done within the limit")
        verbose_name_plural = _("done within the limit")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="within_limit_positive", condition=Q(amount_fen__gt=0)),
        ]
        indexes = [models.Index(fields=["kind", "person", "on"], name="within_limit_of_the_day")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


def kinds_decided_by(user: User) -> list[str]:
    """Kinds of approval whose right a post of this person carries."""
    held = {permission for role in user.roles for permission in role.permissions}
    return [kind.code for kind in APPROVALS.values() if kind.decide in held]
