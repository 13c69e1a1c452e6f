"""Taking a product off sale: the request with its reason, what every channel shows of it since,
what the house proposes to take down, and by which rules (A4.1c, D4.2.3, CA4)."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Product, ProductRevision
from shop.events.states import Transitions
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.records.models import Channel, StoredFile


class DelistingQuerySet(models.QuerySet["Delisting"]):
    def visible_to(self, actor: Actor) -> DelistingQuerySet:
        return self if actor.may("catalog.view_delisting") else self.none()

    def locked(self) -> DelistingQuerySet:
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def open(self) -> DelistingQuerySet:
        return self.filter(status=Delisting.Status.OPEN)


class Delisting(models.Model):
    """A product was taken off sale for a reason; it is closed with what was learnt from it.

    The sale ended in the transaction that wrote this row, at `requested_at`: since then no order
    takes any of its SKUs. `withdrawn` is what customers read until then.
    """

    class Reason(models.TextChoices):
        SLOW = "slow", _("sells too slowly")
        EXPIRED = "expired", _("expired, or too near to it")
        FAULTY = "faulty", _("faulty goods")
        CERTIFICATE = "certificate", _("certificate lapsed or withdrawn")
        RECALL = "recall", _("recall")
        AUDIT = "audit", _("finding of an audit")
        SUPPLIER = "supplier", _("supplier no longer delivers")
        LAW = "law", _("a law or an authority demands it")

    class Status(models.TextChoices):
        OPEN = "open", _("being followed up")
        CLOSED = "closed", _("closed")

    TRANSITIONS: ClassVar[Transitions] = {"close": ({Status.OPEN}, Status.CLOSED)}

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="delistings", verbose_name=_("product")
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    evidence = models.CharField(_("evidence"), max_length=400)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("evidence file")
    )
    withdrawn = models.ForeignKey(
        ProductRevision, models.PROTECT, related_name="+", verbose_name=_("withdrawn revision")
    )
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.OPEN)
    units_left = models.PositiveIntegerField(_("units left in the house"), default=0)
    orders_open = models.PositiveIntegerField(_("orders not yet shipped"), default=0)
    papers_open = models.PositiveIntegerField(_("certificates in force"), default=0)
    requested_at = models.DateTimeField(_("taken off sale at"))
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("requested by")
    )
    lesson = models.TextField(_("lesson"), max_length=1000, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )

    objects = DelistingQuerySet.as_manager()

    class Meta:
        verbose_name = _("delisting")
        verbose_name_plural = _("delistings")
        ordering = ["-pk"]
        permissions = [
            ("request_delisting", "Can take a product off sale"),
            ("close_delisting", "Can close a delisting with its lesson"),
            ("set_delisting_rule", "Can change by which rules products are proposed"),
        ]
        indexes = [models.Index(fields=["requested_at"], name="delisting_by_time")]
        constraints = [
            models.CheckConstraint(
                name="delisting_status", condition=Q(status__in=["open", "closed"])
            ),
            models.CheckConstraint(
                name="delisting_has_evidence", condition=~Q(evidence="") | Q(file__isnull=False)
            ),
            models.CheckConstraint(
                name="closed_delisting_has_its_lesson",
                condition=Q(status="open", closed_at__isnull=True)
                | (Q(status="closed", closed_at__isnull=False) & ~Q(lesson="")),
            ),
            models.UniqueConstraint(
                fields=["product"], condition=Q(status="open"), name="one_delisting_at_a_time"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="delisting_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="delisting_stays_as_requested",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "product", "reason", "evidence", "withdrawn", "requested_at", "requested_by"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.get_reason_display()}"

    @property
    def stream(self) -> str:
        """Where its events are: its product's."""
        return f"product:{self.product_id}"


class ChannelCheckQuerySet(models.QuerySet["ChannelCheck"]):
    def visible_to(self, actor: Actor) -> ChannelCheckQuerySet:
        return self if actor.may("catalog.view_delisting") else self.none()

    def unconfirmed(self) -> ChannelCheckQuerySet:
        return self.filter(confirmed_at__isnull=True)


class ChannelCheck(models.Model):
    """One channel of a delisting: what its copy answered, and who confirmed that it is gone.

    `copy_status` is the HTTP status of its copy when it was last fetched (404: gone); null where
    none was fetched, and a person must look.
    """

    GONE = 404

    delisting = models.ForeignKey(
        Delisting, models.PROTECT, related_name="checks", verbose_name=_("delisting")
    )
    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="+", verbose_name=_("channel")
    )
    copy_status = models.PositiveSmallIntegerField(_("its copy answered"), null=True)
    copied_at = models.DateTimeField(_("fetched at"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    note = models.CharField(_("what was seen"), max_length=200, blank=True)

    objects = ChannelCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel to take down")
        verbose_name_plural = _("channels to take down")
        ordering = ["delisting", "pk"]
        permissions = [
            ("confirm_channel", "Can confirm that a channel shows a product no more"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["delisting", "channel"], name="channel_checked_once"),
            models.CheckConstraint(
                name="confirmed_channel_is_gone",
                condition=Q(confirmed_at__isnull=True)
                | (
                    Q(confirmed_by__isnull=False)
                    & ~Q(note="")
                    & (Q(copy_status__isnull=True) | Q(copy_status=404))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delisting.product} · {self.channel}"

    @property
    def stream(self) -> str:
        """Where its events are: its product's."""
        return self.delisting.stream

    @property
    def is_gone(self) -> bool:
        """Its copy was fetched, and was not there."""
        return self.copy_status == self.GONE


class DelistingRule(models.Model):
    """By which figures the house proposes to take a product down: each row from its time on.

    The unit of `threshold` is its rule's (`rules.PROPOSED_WHEN`). Append-only; where nobody has
    changed a rule there is no row, and what stands in the code holds.
    """

    class Code(models.TextChoices):
        NO_SALES = "no_sales", _("no sales for so many days")
        COVER = "cover", _("stock lasts beyond its shelf life less so many days")
        RETURNS = "returns", _("returned units found unfit (basis points of those sold)")
        CERTIFICATE = "certificate", _("certificate ends within so many days")

    code = models.CharField(_("rule"), max_length=12, choices=Code.choices)
    threshold = models.PositiveIntegerField(_("threshold"))
    is_on = models.BooleanField(_("in use"), default=True)
    set_at = models.DateTimeField(_("from"))
    set_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("set by")
    )

    class Meta:
        verbose_name = _("rule of delisting")
        verbose_name_plural = _("rules of delisting")
        ordering = ["-pk"]
        triggers = [
            pgtrigger.Protect(
                name="rule_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()}: {self.threshold}"


class CandidateQuerySet(models.QuerySet["DelistingCandidate"]):
    def visible_to(self, actor: Actor) -> CandidateQuerySet:
        return self if actor.may("catalog.view_delistingcandidate") else self.none()

    def locked(self) -> CandidateQuerySet:
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def open(self) -> CandidateQuerySet:
        return self.filter(status=DelistingCandidate.Status.OPEN)


class DelistingCandidate(models.Model):
    """A product that a rule proposes to take off sale, with the figures that say why.

    Taken up it is a delisting; declined it has a reason, and is not proposed again by the same
    rule before `not_before`. `lapsed`: the figures do not say so any more.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("to be decided")
        TAKEN = "taken", _("taken up")
        DECLINED = "declined", _("declined")
        LAPSED = "lapsed", _("no longer proposed")

    TRANSITIONS: ClassVar[Transitions] = {
        "take_up": ({Status.OPEN}, Status.TAKEN),
        "decline": ({Status.OPEN}, Status.DECLINED),
        "lapse": ({Status.OPEN}, Status.LAPSED),
    }

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="candidacies", verbose_name=_("product")
    )
    rule = models.CharField(_("rule"), max_length=12, choices=DelistingRule.Code.choices)
    threshold = models.PositiveIntegerField(_("threshold"))
    figures = models.JSONField(_("figures"))
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.OPEN)
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    why = models.CharField(_("declined because"), max_length=200, blank=True)
    not_before = models.DateField(_("not proposed again before"), null=True)
    delisting = models.ForeignKey(
        Delisting, models.PROTECT, null=True, related_name="candidates", verbose_name=_("delisting")
    )

    objects = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = _("candidate for delisting")
        verbose_name_plural = _("candidates for delisting")
        ordering = ["-pk"]
        permissions = [
            ("take_up_candidate", "Can take a proposed product off sale"),
            ("decline_candidate", "Can decline a proposed delisting"),
        ]
        constraints = [
            models.CheckConstraint(
                name="candidate_status",
                condition=Q(status__in=["open", "taken", "declined", "lapsed"]),
            ),
            models.UniqueConstraint(
                fields=["product", "rule"], condition=Q(status="open"), name="proposed_once"
            ),
            models.CheckConstraint(
                name="declined_candidate_says_why",
                condition=~Q(status="declined") | (~Q(why="") & Q(not_before__isnull=False)),
            ),
            models.CheckConstraint(
                name="taken_candidate_is_delisted",
                condition=~Q(status="taken") | Q(delisting__isnull=False),
            ),
            models.CheckConstraint(
                name="candidate_decided_later",
                condition=Q(decided_at__isnull=True) | Q(decided_at__gte=F("proposed_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.get_rule_display()}"

    @property
    def stream(self) -> str:
        """Where its events are: its product's."""
        return f"product:{self.product_id}"
