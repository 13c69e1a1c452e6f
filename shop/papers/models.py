"""Dated documents, kept as they were filed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from shop.errors import Text
from shop.identity.models import User
from shop.papers.kinds import PAPER_KINDS, PaperKind
from shop.records.models import StoredFile

if TYPE_CHECKING:
    from shop.identity.actors import Actor

FILED = ("kind", "subject", "number", "issuer", "valid_from", "valid_until", "file", "filed_by",
         "filed_at")  # fmt: skip
"""What never changes: a renewal is a document of its own."""


class PaperQuerySet(models.QuerySet["Paper"]):
    def visible_to(self, actor: Actor) -> PaperQuerySet:
        """The posts that mind them; strangers get nothing."""
        return self if actor.may("papers.view_paper") else self.none()

    def locked(self) -> PaperQuerySet:
        return self.select_for_update(of=("self",), no_key=True)

    def standing(self) -> PaperQuerySet:
        """Not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def of(self, kind: PaperKind, subject: str) -> PaperQuerySet:
        return self.filter(kind=kind.code, subject=subject)

    def in_force(self, on: date) -> PaperQuerySet:
        begun = self.standing().filter(valid_from__lte=on)
        return begun.filter(Q(valid_until=None) | Q(valid_until__gte=on))

    def beside_the_last(self) -> PaperQuerySet:
        """Each with `last_id`: which of its kind and subject ends last."""
        line = Paper.objects.standing().filter(kind=OuterRef("kind"), subject=OuterRef("subject"))
        ends = F("valid_until").desc(nulls_first=True)
        return self.annotate(last_id=Subquery(line.order_by(ends, "-pk").values("pk")[:1]))

    def for_customers(self) -> PaperQuerySet:
        """What they must be shown (E-Commerce Law art. 15)."""
        return self.filter(kind__in=[kind.code for kind in PAPER_KINDS.values() if kind.is_public])


class Paper(models.Model):
    """A licence, contract or certificate, its days both included; `subject` is whose or what it
    is of (`house`, `product:7`). One that lasts longer takes the place of one of its kind.
    """

    kind = models.CharField(_("kind of document"), max_length=40)
    subject = models.CharField(_("of"), max_length=80)
    number = models.CharField(_("document number"), max_length=60)
    issuer = models.CharField(_("issued by"), max_length=120)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("scan")
    )
    filed_at = models.DateTimeField(_("filed at"))
    filed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("filed by")
    )
    withdrawn_at = models.DateTimeField(_("document withdrawn at"), null=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("withdrawn by")
    )
    withdrawn_why = models.CharField(_("why it was withdrawn"), max_length=200, blank=True)

    objects = PaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("dated document")
        verbose_name_plural = _("licences and contracts")
        ordering = ["valid_until", "pk"]
        permissions = [
            ("file_paper", "Can file licences and contracts"),
            ("withdraw_paper", "Can withdraw licences and contracts"),
        ]
        constraints = [
            models.CheckConstraint(
                name="paper_has_a_span",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
            ),
            models.CheckConstraint(
                name="withdrawn_with_words",
                condition=Q(withdrawn_at=None, withdrawn_why="", withdrawn_by=None)
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why=""),
            ),
            models.UniqueConstraint(
                fields=["kind", "subject", "number", "valid_from"],
                condition=Q(withdrawn_at=None),
                name="filed_once",
            ),
        ]
        indexes = [models.Index(fields=["kind", "subject"], name="paper_of_subject")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="filed_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(*FILED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.number}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"paper:{self.pk}"

    @property
    def label(self) -> Text:
        """Its kind in words; one that this release no longer knows by its code."""
        kind = PAPER_KINDS.get(self.kind)
        return kind.label if kind else self.kind
