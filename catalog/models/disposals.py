"""Unfit goods that are destroyed: by one person, before another's eyes (C3.3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.lots import Lot
from shop.events.states import Transitions
from shop.identity.models import User
from shop.records.models import StoredFile

if TYPE_CHECKING:
    from shop.identity.actors import Actor


class DisposalQuerySet(models.QuerySet["Disposal"]):
    def visible_to(self, actor: Actor) -> DisposalQuerySet:
        return self if actor.may("catalog.view_disposal") else self.none()

    def locked(self) -> DisposalQuerySet:
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")


class Disposal(models.Model):
    """Units of an unsellable lot that are to be destroyed, and whether they were.

    A witness who is not the one who asked says so, with the evidence before them; then the goods
    leave the ledger (Regulation on the Implementation of the Food Safety Law art. 29).
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("to be witnessed")
        DONE = "done", _("destroyed")
        CALLED_OFF = "called_off", _("called off")

    class Way(models.TextChoices):
        CRUSHED = "crushed", _("crushed and thrown away")
        BURNT = "burnt", _("burnt by a licensed firm")
        SENT_BACK = "sent_back", _("sent back to the supplier")

    TRANSITIONS: ClassVar[Transitions] = {
        "witness": ({Status.PROPOSED}, Status.DONE),
        "call": ({Status.PROPOSED}, Status.CALLED_OFF),
    }

    lot = models.ForeignKey(
        Lot, models.PROTECT, related_name="disposals", verbose_name=_("lot")
    )  # fmt: skip
    quantity = models.PositiveIntegerField(_("units"))
    way = models.CharField(_("how"), max_length=10, choices=Way.choices)
    evidence = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", verbose_name=_("evidence")
    )
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.PROPOSED
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("destroyed by")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True)
    witness = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("witness")
    )
    why = models.CharField(_("why it was called off"), max_length=200, blank=True)

    objects = DisposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("disposal")
        verbose_name_plural = _("disposals")
        ordering = ["-pk"]
        permissions = [
            ("propose_disposal", "Can propose that unfit goods are destroyed"),
            ("witness_disposal", "Can witness that unfit goods were destroyed"),
            ("call_off_disposal", "Can call off a disposal"),
        ]
        constraints = [
            models.CheckConstraint(
                name="disposal_has_units", condition=Q(quantity__gt=0)
            ),
            models.CheckConstraint(
                name="disposal_is_witnessed_by_another",
                condition=Q(witness__isnull=True) | ~Q(witness=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="disposal_done_has_its_witness",
                condition=~Q(status="done")
                | Q(witness__isnull=False, ended_at__isnull=False),
            ),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Protect(
                name="what_was_proposed_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("lot", "quantity", "way", "evidence", "proposed_by"),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.lot} × {self.quantity}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"disposal:{self.pk}"

    @property
    def reference(self) -> str:
        """Under which the goods leave the ledger."""
        return f"{self.lot.code} D{self.pk}"
