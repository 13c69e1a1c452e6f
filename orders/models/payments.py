"""Attempts to be paid, and money that does not fit."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders import rules
from orders.models.orders import Order
from shop.books.fields import FenField
from shop.events.states import Transitions


class PaymentQuerySet(models.QuerySet["Payment"]):
    def live(self) -> PaymentQuerySet:
        """May still bring money in."""
        return self.filter(status__in=[Payment.Status.INTENDED, Payment.Status.PREPAID])

    def unheard_of(self, at: datetime) -> PaymentQuerySet:
        """Waiting for the buyer for half a minute and not yet for a day: worth asking about."""
        return self.filter(
            status=Payment.Status.PREPAID,
            created_at__lte=at - rules.ASK_AFTER,
            created_at__gte=at - rules.ASK_UNTIL,
        )


class Payment(models.Model):
    """One attempt to be paid through WeChat Pay; its number stays the same on every retry."""

    class Status(models.TextChoices):
        INTENDED = "intended", _("intended")
        PREPAID = "prepaid", _("waiting for the buyer")
        SUCCEEDED = "succeeded", _("succeeded")
        CLOSED = "closed", _("closed")

    TRANSITIONS: ClassVar[Transitions] = {
        "prepay": ({Status.INTENDED, Status.PREPAID}, Status.PREPAID),
        "succeed": ({Status.INTENDED, Status.PREPAID, Status.CLOSED}, Status.SUCCEEDED),
        "close": ({Status.INTENDED, Status.PREPAID}, Status.CLOSED),
    }

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="payments", verbose_name=_("order")
    )
    out_trade_no = models.CharField(_("merchant's number"), max_length=32, unique=True)
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.INTENDED
    )
    amount_fen = FenField(_("amount (fen)"))
    refund_held_fen = FenField(_("given back or on its way (fen)"), default=0, db_default=0)
    prepay_id = models.CharField(max_length=64, blank=True)
    transaction_id = models.CharField(
        _("WeChat Pay's number"), max_length=32, null=True, unique=True
    )
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("payable until"))
    succeeded_at = models.DateTimeField(_("succeeded at"), null=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["succeeded_at"], name="payment_by_time")]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status__in=["intended", "prepaid"]),
                name="one_live_payment_per_order",
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="succeeded"), name="paid_once_per_order"
            ),
            models.CheckConstraint(
                name="payment_gives_back_what_it_brought",
                condition=Q(refund_held_fen=0)
                | Q(
                    status="succeeded",
                    refund_held_fen__gt=0,
                    refund_held_fen__lte=F("amount_fen"),
                ),
            ),
            models.CheckConstraint(
                name="payment_success_is_proven",
                condition=~Q(status="succeeded")
                | Q(transaction_id__isnull=False, succeeded_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.out_trade_no

    @property
    def stream(self) -> str:
        """How journals call it."""
        return f"payment:{self.pk}"


class PaymentDispute(models.Model):
    """A verified notice that does not fit its payment: nothing was marked paid, people decide."""

    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, related_name="disputes", verbose_name=_("payment")
    )
    out_trade_no = models.CharField(_("merchant's number"), max_length=32)
    transaction_id = models.CharField(_("WeChat Pay's number"), max_length=32, blank=True)
    amount_fen = FenField(_("amount received (fen)"), null=True)
    refund_held_fen = FenField(_("given back or on its way (fen)"), default=0, db_default=0)
    fields = models.JSONField(_("differing fields"), help_text="names alone, no values of persons")
    found_at = models.DateTimeField(_("found at"))

    class Meta:
        verbose_name = _("payment dispute")
        verbose_name_plural = _("payment disputes")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["out_trade_no", "transaction_id"],
                condition=~Q(transaction_id=""),
                name="disputed_once",
            ),
            models.CheckConstraint(
                name="dispute_gives_back_what_it_brought",
                condition=Q(refund_held_fen=0)
                | Q(refund_held_fen__gt=0, refund_held_fen__lte=F("amount_fen")),
            ),
        ]

    def __str__(self) -> str:
        return self.out_trade_no

    @property
    def stream(self) -> str:
        """How work items and journals call it."""
        return f"payment_dispute:{self.pk}"

    @property
    def version(self) -> int:
        """Counts the attempts to give it back: a yes to one of them is none to the next."""
        return self.refunds.count() + 1

    @property
    def to_approve(self) -> dict[str, Any]:
        """What a second person says yes to, exactly."""
        return {
            "payment": self.out_trade_no,
            "transaction_id": self.transaction_id,
            "order_id": self.payment.order_id if self.payment else None,
            "amount_fen": self.amount_fen,
        }
