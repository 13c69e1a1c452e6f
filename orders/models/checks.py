"""What the automatic checks hold an order for, as data; and what they found of each (A4.2a)."""

from __future__ import annotations

from datetime import timedelta

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders import rules
from orders.models.orders import Order
from shop.books.fields import FenField
from shop.identity.models import User
from shop.records.models import PolicyVersion


class OrderLimits(models.Model):
    """What an order may be before a person looks, in force until the next one is set.

    It carries out a published version of a policy, and never changes.
    """

    policy_version = models.ForeignKey(
        PolicyVersion, models.PROTECT, related_name="+", verbose_name=_("policy")
    )
    most_units = models.PositiveIntegerField(_("most units of one SKU"))
    most_fen = FenField(_("highest amount (fen)"))
    most_orders = models.PositiveIntegerField(
        _("most orders"), help_text=_("to one phone, to one address, by one buyer")
    )
    window_hours = models.PositiveIntegerField(
        _("within hours"),
        validators=[MinValueValidator(1), MaxValueValidator(rules.LONGEST_WINDOW)],
    )
    blocked_regions = models.JSONField(
        _("regions not delivered to"), default=list, help_text="how province and city begin"
    )
    sample_percent = models.PositiveSmallIntegerField(
        _("sample of what the house confirms (%)"),
        default=0,
        help_text=_("0: a person confirms every order"),
    )
    set_at = models.DateTimeField(_("set at"))
    set_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("set by")
    )

    class Meta:
        verbose_name = _("limits of orders")
        verbose_name_plural = _("limits of orders")
        ordering = ["-pk"]
        permissions = [("set_limits", "Can set the limits that orders are checked by")]
        constraints = [
            models.CheckConstraint(
                name="limits_leave_room",
                condition=Q(most_units__gte=1, most_fen__gte=1, most_orders__gte=1)
                & Q(window_hours__gte=1, window_hours__lte=rules.LONGEST_WINDOW)
                & Q(sample_percent__lte=100),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"#{self.pk} {self.policy_version}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"order_limits:{self.pk}"

    @property
    def window(self) -> timedelta:
        return timedelta(hours=self.window_hours)

    @property
    def values(self) -> rules.Limits:
        return rules.Limits(
            self.most_units, self.most_fen, self.most_orders, tuple(self.blocked_regions)
        )


class OrderCheck(models.Model):
    """What the limits in force found of an order when it was paid. It stays as it was found; the
    hash of an address goes with whoever is erased.
    """

    order = models.OneToOneField(
        Order, models.PROTECT, related_name="check_result", verbose_name=_("order")
    )
    limits = models.ForeignKey(
        OrderLimits, models.PROTECT, related_name="+", verbose_name=_("limits of orders")
    )
    address_index = models.BinaryField(
        max_length=32, db_index=True, help_text="keyed hash of the whole address"
    )
    findings = models.JSONField(_("findings"), default=list, help_text="codes of kinds.FINDINGS")
    at = models.DateTimeField(_("checked at"))

    class Meta:
        verbose_name = _("check of an order")
        verbose_name_plural = _("checks of orders")
        permissions = [("refuse_order", "Can refuse an order that the checks hold")]
        triggers = [
            pgtrigger.Protect(
                name="what_was_found_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("order", "limits", "findings", "at"),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.findings}"
