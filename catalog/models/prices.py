"""Changes of prices: asked for with reasons, approved by another person, effective on their day
(C3.2.1–2, CA7)."""

from __future__ import annotations

from datetime import UTC
from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog import rules
from catalog.models.products import Sku
from shop.books.fields import FenField
from shop.events.states import Transitions
from shop.identity.actors import Actor
from shop.identity.models import User

PRICE_DUE = "catalog.price_due"
"""The timer of an approved change: it fires when the price takes effect."""


class PriceChangeQuerySet(models.QuerySet["PriceChange"]):
    def visible_to(self, actor: Actor) -> PriceChangeQuerySet:
        return self if actor.may("catalog.view_pricechange") else self.none()

    def locked(self) -> PriceChangeQuerySet:
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def pending(self) -> PriceChangeQuerySet:
        """Neither in effect nor given up."""
        return self.filter(status__in=[PriceChange.Status.ASKED, PriceChange.Status.APPROVED])


class PriceChange(models.Model):
    """New prices of a SKU, with cost and limits, why, and what others ask; all in fen.

    What was asked for never changes. `competitors`: name, price_fen, source, on. From the day it
    is effective until the next change, its floor and ceiling bound every price of the SKU.
    """

    class Reason(models.TextChoices):
        COST = "cost", _("cost has changed")
        COMPETITION = "competition", _("competitors' prices")
        VALUE = "value", _("value to customers")

    class Status(models.TextChoices):
        ASKED = "asked", _("to be approved")
        APPROVED = "approved", _("approved for its day")
        EFFECTIVE = "effective", _("in effect")
        REFUSED = "refused", _("not approved")
        WITHDRAWN = "withdrawn", _("withdrawn")

    TRANSITIONS: ClassVar[Transitions] = {
        "approve": ({Status.ASKED}, Status.APPROVED),
        "refuse": ({Status.ASKED}, Status.REFUSED),
        "withdraw": ({Status.APPROVED}, Status.WITHDRAWN),
        "take_effect": ({Status.APPROVED}, Status.EFFECTIVE),
    }

    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="price_changes", verbose_name=_("SKU")
    )
    before_fen = FenField(_("price before (fen)"))
    before_member_fen = FenField(_("member price before (fen)"), null=True)
    price_fen = FenField(_("new price (fen)"))
    member_price_fen = FenField(_("new member price (fen)"), null=True)
    cost_fen = FenField(_("cost (fen)"))
    floor_fen = FenField(_("floor (fen)"))
    ceiling_fen = FenField(_("ceiling (fen)"))
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    why = models.CharField(_("grounds"), max_length=300)
    competitors = models.JSONField(_("competitors' prices"))
    effective_at = models.DateTimeField(_("takes effect at"))
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.ASKED
    )
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("approved by")
    )
    took_effect_at = models.DateTimeField(_("took effect at"), null=True)

    objects = PriceChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        ordering = ["-pk"]
        permissions = [
            ("ask_price_change", "Can ask for a change of prices"),
            ("approve_price_change", "Can approve a change of prices"),
            ("withdraw_price_change", "Can withdraw an approved change before its day"),
        ]
        constraints = [
            models.CheckConstraint(
                name="price_change_status",
                condition=Q(status__in=["asked", "approved", "effective", "refused", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="price_within_its_limits",
                condition=Q(floor_fen__gt=0, cost_fen__gt=0)
                & Q(floor_fen__lte=F("price_fen"), price_fen__lte=F("ceiling_fen"))
                & Q(ceiling_fen__lte=rules.HIGHEST_PRICE_FEN),
            ),
            models.CheckConstraint(
                name="member_price_within_its_limits",
                condition=Q(member_price_fen__isnull=True)
                | Q(member_price_fen__gte=F("floor_fen"), member_price_fen__lte=F("price_fen")),
            ),
            models.CheckConstraint(
                name="price_changed_by_two",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="effective_price_was_approved",
                condition=~Q(status__in=["approved", "effective", "withdrawn"])
                | Q(approved_by__isnull=False),
            ),
            models.CheckConstraint(
                name="effective_price_has_its_time",
                condition=Q(status="effective", took_effect_at__isnull=False)
                | (~Q(status="effective") & Q(took_effect_at__isnull=True)),
            ),
            models.UniqueConstraint(
                fields=["sku"],
                condition=Q(status__in=["asked", "approved"]),
                name="one_price_change_at_a_time",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="price_change_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="price_change_stays_as_asked",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "sku", "before_fen", "before_member_fen", "price_fen", "member_price_fen",
                    "cost_fen", "floor_fen", "ceiling_fen", "reason", "why", "competitors",
                    "effective_at", "asked_at", "asked_by",
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.sku} · {self.effective_at:%Y-%m-%d}"

    @property
    def stream(self) -> str:
        """Where its events are: its SKU's."""
        return f"sku:{self.sku_id}"

    @property
    def subject(self) -> str:
        """What its approval and its timer are about."""
        return f"price_change:{self.pk}"

    @property
    def to_approve(self) -> dict[str, Any]:
        """Exactly what a second person says yes to."""
        return {
            "sku_id": self.sku_id,
            "sku": self.sku.code,
            "before_fen": self.before_fen,
            "price_fen": self.price_fen,
            "member_price_fen": self.member_price_fen,
            "cost_fen": self.cost_fen,
            "floor_fen": self.floor_fen,
            "ceiling_fen": self.ceiling_fen,
            "effective_at": self.effective_at.astimezone(UTC).isoformat(),
        }
