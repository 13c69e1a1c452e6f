"""An order's life and its frozen lines."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from catalog.models import ProductRevision, Sku
from catalog.rules import STANDARD_VAT_BP
from shop.books.fields import FenField
from shop.events.states import Transitions
from shop.identity.fields import BlindIndexField, EncryptedTextField
from shop.identity.models import Customer, User
from shop.records.models import MINI_PROGRAM, Channel

if TYPE_CHECKING:
    from shop.identity.actors import Actor

PAYMENT_TIMEOUT = "orders.payment_timeout"
"""The kind of timer that runs while an order waits to be paid."""
PAYMENT_REMINDER = "orders.payment_reminder"
"""The kind of timer that asks, shortly before that, whether the customer wants to be reminded."""

CONFIRM_CLOCK, SHIP_CLOCK = "orders.confirm", "orders.ship"
"""The promises to a customer who has paid: A4.2a, A4.2b."""
SHIPPED_NOTICE = "orders.order_shipped"
"""The kind of notice that tells a parcel's carrier and waybill."""


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, actor: Actor) -> OrderQuerySet:
        """The only way a door may fetch an order: strangers get nothing."""
        if actor.customer is not None:
            return self.filter(customer=actor.customer)
        return self if actor.may("orders.view_order") else self.none()

    def locked(self) -> OrderQuerySet:
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def paid(self) -> OrderQuerySet:
        """Paid for and not yet confirmed by service."""
        return self.filter(status=Order.Status.PAID)

    def to_ship(self) -> OrderQuerySet:
        return self.filter(status=Order.Status.CONFIRMED)

    def to_complete(self, signed_before: datetime) -> OrderQuerySet:
        """Signed for before the instant, and nobody waits for money back."""
        signed = self.filter(status=Order.Status.SIGNED, signed_at__lt=signed_before)
        return signed.exclude(after_sales__status__in=["open", "to_approve", "refunding"])


class Order(models.Model):
    """A customer's order: a contract from the moment it is placed (E-Commerce Law art. 49)."""

    class Status(models.TextChoices):
        UNPAID = "unpaid", _("to be paid")
        PAID = "paid", _("paid")
        CONFIRMED = "confirmed", _("confirmed")
        SHIPPED = "shipped", _("shipped")
        SIGNED = "signed", _("signed for")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled")
        CLOSED = "closed", _("given back before shipping")

    class CancelReason(models.TextChoices):
        CUSTOMER = "customer", _("by the customer")
        TIMEOUT = "timeout", _("not paid in time")
        ASKED = "asked", _("the customer asked us to")
        DUPLICATE = "duplicate", _("ordered twice by mistake")
        UNDELIVERABLE = "undeliverable", _("we cannot deliver there")
        SUSPICIOUS = "suspicious", _("not a genuine order")

    STAFF_REASONS = (
        CancelReason.ASKED,
        CancelReason.DUPLICATE,
        CancelReason.UNDELIVERABLE,
        CancelReason.SUSPICIOUS,
    )

    MAY_GO_WRONG = (Status.PAID, Status.CONFIRMED, Status.SHIPPED)

    TRANSITIONS: ClassVar[Transitions] = {
        "pay": ({Status.UNPAID}, Status.PAID),
        "confirm": ({Status.PAID}, Status.CONFIRMED),
        "ship": ({Status.CONFIRMED}, Status.SHIPPED),
        "sign": ({Status.SHIPPED}, Status.SIGNED),
        "complete": ({Status.SIGNED}, Status.COMPLETED),
        "cancel": ({Status.UNPAID}, Status.CANCELLED),
        "close": ({Status.PAID, Status.CONFIRMED}, Status.CLOSED),  # all of it is given back
        "revive": ({Status.CANCELLED}, Status.PAID),  # paid for after all, and still in stock
    }

    number = models.CharField(_("order number"), max_length=20, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="orders", verbose_name=_("customer")
    )
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.UNPAID
    )
    list_fen = FenField(_("at list price (fen)"))
    payable_fen = FenField(_("payable (fen)"))
    remark = models.CharField(_("customer's remark"), max_length=200, blank=True)
    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        db_column="channel",
        db_constraint=False,  # codes never go; a shared lock on one row per order would
        db_index=False,
        default=MINI_PROGRAM,
        db_default=MINI_PROGRAM,
        related_name="+",
        verbose_name=_("channel"),
    )
    policies = models.JSONField(
        _("terms agreed to"),
        default=dict,
        db_default=Value({}, models.JSONField()),
        help_text="policy code → version in force when it was placed",
    )

    recipient = EncryptedTextField(_("recipient"), max_length=40)
    phone = EncryptedTextField(_("phone"), max_length=20)
    phone_index = BlindIndexField(of="phone", db_index=True)
    province = models.CharField(_("province"), max_length=20)
    city = models.CharField(_("city"), max_length=20)
    district = models.CharField(_("district"), max_length=30, blank=True)
    street = EncryptedTextField(_("street"), max_length=120)

    placed_at = models.DateTimeField(_("placed at"))
    paid_at = models.DateTimeField(_("paid at"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    shipped_at = models.DateTimeField(_("shipped at"), null=True)
    signed_at = models.DateTimeField(_("signed at"), null=True)
    completed_at = models.DateTimeField(_("completed at"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    cancel_reason = models.CharField(
        _("why it was cancelled"), max_length=20, choices=CancelReason.choices, blank=True
    )
    cancel_note = models.CharField(_("note on the cancelling"), max_length=200, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-pk"]
        permissions = [
            ("confirm_order", "Can confirm a paid order"),
            ("ship_order", "Can ship a confirmed order"),
            ("sign_order", "Can record that an order was signed for"),
            ("cancel_order", "Can call off an unpaid order"),
            ("open_exception", "Can open an exception case of an order"),
            ("reveal_address", "Can look at a consignee's whole address and phone"),
        ]
        indexes = [
            models.Index(
                fields=["paid_at"],
                name="order_at_work",
                condition=Q(status__in=["paid", "confirmed"]),
            ),
            models.Index(fields=["customer", "-id"], name="order_of_customer"),
            models.Index(fields=["placed_at"], name="order_by_time"),
            models.Index(fields=["paid_at"], name="order_by_payment"),
            models.Index(
                fields=["channel", "-id"],
                name="order_of_other_channel",
                condition=~Q(channel=MINI_PROGRAM),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="order_status",
                condition=Q(
                    status__in=[
                        "unpaid",
                        "paid",
                        "confirmed",
                        "shipped",
                        "signed",
                        "completed",
                        "cancelled",
                        "closed",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="order_amounts", condition=Q(payable_fen__gt=0, list_fen__gte=F("payable_fen"))
            ),
            models.CheckConstraint(
                name="order_state_has_its_time",
                condition=(
                    Q(status="unpaid", paid_at__isnull=True)
                    | Q(status="paid", paid_at__isnull=False, confirmed_at__isnull=True)
                    | Q(status="confirmed", confirmed_at__isnull=False, shipped_at__isnull=True)
                    | Q(status="shipped", shipped_at__isnull=False, signed_at__isnull=True)
                    | Q(status="signed", signed_at__isnull=False, completed_at__isnull=True)
                    | Q(status="completed", completed_at__isnull=False)
                    | Q(status="cancelled", cancelled_at__isnull=False, paid_at__isnull=True)
                    | Q(
                        status="closed",
                        closed_at__isnull=False,
                        paid_at__isnull=False,
                        shipped_at__isnull=True,
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"order:{self.pk}"

    @property
    def payment_state(self) -> str:
        """The axis of money, derived; `refunded_fen` is annotated by `selectors.with_lines`."""
        if self.paid_at is None:
            return "unpaid"
        back: int = self.refunded_fen  # type: ignore[attr-defined]
        if back == 0:
            return "paid"
        return "refunded" if back == self.payable_fen else "partly_refunded"

    @property
    def after_sales_state(self) -> str:
        """The axis of after-sales, derived; the counts are annotated by `with_lines`."""
        if self.cases_open:  # type: ignore[attr-defined]
            return "open"
        return "done" if self.refunded_fen else "none"  # type: ignore[attr-defined]

    @property
    def region(self) -> str:
        """浙江省 杭州市 西湖区; a municipality is not said twice."""
        return " ".join(dict.fromkeys(filter(None, (self.province, self.city, self.district))))


class OrderLine(models.Model):
    """One SKU of an order, frozen: what was bought, at what price, and why that price."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    sku = models.ForeignKey(Sku, models.PROTECT, verbose_name=_("SKU"))
    revision = models.ForeignKey(
        ProductRevision, models.PROTECT, verbose_name=_("what the buyer saw")
    )
    title = models.CharField(_("title"), max_length=60)
    specification = models.CharField(_("specification"), max_length=60)
    quantity = models.PositiveSmallIntegerField(_("quantity"))
    list_fen = FenField(_("list price (fen)"), help_text="per unit")
    payable_fen = FenField(_("payable (fen)"), help_text="for the whole line")
    vat_bp = models.PositiveSmallIntegerField(
        _("VAT rate"),
        default=STANDARD_VAT_BP,
        db_default=STANDARD_VAT_BP,
        help_text="basis points, contained in what is payable",
    )
    adjustments = models.JSONField(default=list, help_text="[{lane, rule, fen}], in order")

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position"),
            models.CheckConstraint(
                name="order_line_amounts",
                condition=Q(quantity__gt=0, list_fen__gt=0, payable_fen__gte=0),
            ),
        ]
        triggers = [pgtrigger.Protect(name="frozen", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.title} × {self.quantity}"
