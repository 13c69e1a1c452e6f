"""Whom a lot that was called back went to, and what became of it there (C3.3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Lot
from orders.models.orders import Order
from shop.events.states import Transitions
from shop.identity.models import User

if TYPE_CHECKING:
    from shop.identity.actors import Actor

RECALL_NOTICE = "orders.lot_recalled"
"""The kind of notice that asks a customer not to take what they bought."""


class RecalledGoodsQuerySet(models.QuerySet["RecalledGoods"]):
    def visible_to(self, actor: Actor) -> RecalledGoodsQuerySet:
        return self if actor.may("orders.view_recalledgoods") else self.none()

    def locked(self) -> RecalledGoodsQuerySet:
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def open(self) -> RecalledGoodsQuerySet:
        """Nobody has said what became of them."""
        return self.exclude(status=RecalledGoods.Status.SETTLED)


class RecalledGoods(models.Model):
    """Units of a recalled lot that left under an order, and did not come back before the recall."""

    class Status(models.TextChoices):
        TO_TELL = "to_tell", _("customer to be told")
        TOLD = "told", _("customer told")
        SETTLED = "settled", _("settled")

    class Outcome(models.TextChoices):
        RETURNED = "returned", _("comes back to us")
        DESTROYED = "destroyed", _("thrown away by the customer")
        USED_UP = "used_up", _("used up already")
        UNREACHABLE = "unreachable", _("the customer cannot be reached")

    TRANSITIONS: ClassVar[Transitions] = {
        "tell": ({Status.TO_TELL}, Status.TOLD),
        "settle": ({Status.TO_TELL, Status.TOLD}, Status.SETTLED),
    }

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name=_("lot"))
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="recalled_goods", verbose_name=_("order")
    )
    units = models.PositiveIntegerField(_("units"))
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.TO_TELL
    )
    traced_at = models.DateTimeField(_("traced at"))
    told_at = models.DateTimeField(_("customer told at"), null=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settled_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("settled by")
    )
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = RecalledGoodsQuerySet.as_manager()

    class Meta:
        verbose_name = _("recalled goods with a customer")
        verbose_name_plural = _("recalled goods with customers")
        ordering = ["lot", "pk"]
        permissions = [
            ("tell_holders", "Can tell customers that what they bought is recalled"),
            ("settle_recalled", "Can record what became of recalled goods"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["lot", "order"], name="recalled_once_per_order"),
            models.CheckConstraint(
                name="recalled_settled_has_its_outcome",
                condition=Q(status="settled", settled_at__isnull=False) & ~Q(outcome="")
                | ~Q(status="settled") & Q(settled_at__isnull=True, outcome=""),
            ),
        ]
        indexes = [models.Index(fields=["traced_at"], name="recalled_by_time")]

    def __str__(self) -> str:
        return f"{self.order} · {self.lot} × {self.units}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"recalled_goods:{self.pk}"
