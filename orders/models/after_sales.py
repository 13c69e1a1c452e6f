"""After-sales cases, and the refunds that carry the money back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order, OrderLine
from orders.models.payments import Payment, PaymentDispute
from shop.books.fields import FenField
from shop.events.states import Transitions
from shop.identity.models import User

if TYPE_CHECKING:
    from shop.identity.actors import Actor

DECIDE_CLOCK = "orders.decide_case"
"""Our own promise to whoever asked for money back: an answer within a working day."""
ASKED_HOW_IT_WAS = "after_sales_satisfaction"
"""What the questionnaire is for that customers answer when a case of theirs is over."""
REFUND_DUE = "orders.refund_due"
"""The kind of timer that lets a refund go when WeChat Pay takes the next one of its payment."""


class AfterSalesCaseQuerySet(models.QuerySet["AfterSalesCase"]):
    def visible_to(self, actor: Actor) -> AfterSalesCaseQuerySet:
        """Strangers get nothing."""
        if actor.customer is not None:
            return self.filter(order__customer=actor.customer)
        return self if actor.may("orders.view_aftersalescase") else self.none()

    def locked(self) -> AfterSalesCaseQuerySet:
        return self.select_for_update(of=("self",), no_key=True)

    def undecided(self) -> AfterSalesCaseQuerySet:
        return self.filter(status__in=AfterSalesCase.UNDECIDED)

    def standing(self) -> AfterSalesCaseQuerySet:
        """Their units are asked back or given back: nobody can ask for them again."""
        return self.filter(status__in=AfterSalesCase.STANDING)


class AfterSalesCase(models.Model):
    """One request for money back: some units of an order, and why (A4.2d, C8.1)."""

    class Status(models.TextChoices):
        OPEN = "open", _("to be decided")
        TO_APPROVE = "to_approve", _("to be approved")
        REFUNDING = "refunding", _("refund under way")
        REFUNDED = "refunded", _("refunded")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Reason(models.TextChoices):
        CHANGED_MIND = "changed_mind", _("no longer wanted")
        WRONG_ITEM = "wrong_item", _("wrong or missing goods")
        DAMAGED = "damaged", _("arrived damaged")
        QUALITY = "quality", _("quality problem")
        LATE = "late", _("delivered too late")
        OTHER = "other", _("another reason")

    UNDECIDED = (Status.OPEN, Status.TO_APPROVE)
    STANDING = (Status.OPEN, Status.TO_APPROVE, Status.REFUNDING, Status.REFUNDED)

    TRANSITIONS: ClassVar[Transitions] = {
        "submit": ({Status.OPEN}, Status.TO_APPROVE),
        "accept": ({Status.OPEN, Status.TO_APPROVE}, Status.REFUNDING),
        "return": ({Status.TO_APPROVE, Status.REFUNDING}, Status.OPEN),
        "settle": ({Status.REFUNDING}, Status.REFUNDED),
        "refuse": ({Status.OPEN}, Status.REFUSED),
        "withdraw": ({Status.OPEN, Status.TO_APPROVE}, Status.WITHDRAWN),
    }

    number = models.CharField(_("case number"), max_length=20, unique=True)
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="after_sales", verbose_name=_("order")
    )
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.OPEN
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    note = models.CharField(_("in the customer's words"), max_length=200, blank=True)
    amount_fen = FenField(_("to give back (fen)"))
    version = models.PositiveIntegerField(default=1, help_text="counts every change")
    opened_at = models.DateTimeField(_("asked at"))
    opened_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("opened by")
    )
    decided_at = models.DateTimeField(_("answered at"), null=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("answered by")
    )
    answer = models.CharField(_("answer to the customer"), max_length=200, blank=True)
    restocked_at = models.DateTimeField(
        _("back in stock at"), null=True, help_text="only what had not been shipped"
    )
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = AfterSalesCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("after-sales case")
        verbose_name_plural = _("after-sales cases")
        ordering = ["-pk"]
        permissions = [
            ("open_case", "Can open an after-sales case for a customer"),
            ("withdraw_case", "Can withdraw an after-sales case for a customer"),
            ("accept_case", "Can grant an after-sales case"),
            ("refuse_case", "Can refuse an after-sales case"),
        ]
        indexes = [
            models.Index(
                fields=["opened_at"],
                name="case_to_decide",
                condition=Q(status__in=["open", "to_approve"]),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="case_status",
                condition=Q(
                    status__in=[
                        "open", "to_approve", "refunding", "refunded", "refused", "withdrawn",
                    ]
                ),
            ),
            models.CheckConstraint(name="case_amount", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="case_end_has_its_time",
                condition=Q(
                    status__in=["refunded", "refused", "withdrawn"], closed_at__isnull=False
                )
                | Q(status__in=["open", "to_approve", "refunding"], closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="goods_back_in_stock_are_paid_back",
                condition=Q(restocked_at__isnull=True) | ~Q(status__in=["refused", "withdrawn"]),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"case:{self.pk}"

    @property
    def to_approve(self) -> dict[str, str | int]:
        """What a second person says yes to, exactly."""
        return {
            "number": self.number,
            "order_id": self.order_id,
            "amount_fen": self.amount_fen,
            "reason": self.reason,
        }


class AfterSalesLine(models.Model):
    """Units of one order line that are asked back, and what was paid for them; frozen."""

    case = models.ForeignKey(AfterSalesCase, models.PROTECT, related_name="lines")
    line = models.ForeignKey(
        OrderLine, models.PROTECT, related_name="asked_back", verbose_name=_("order line")
    )
    quantity = models.PositiveSmallIntegerField(_("quantity"))
    amount_fen = FenField(_("to give back (fen)"))

    class Meta:
        verbose_name = _("line of an after-sales case")
        verbose_name_plural = _("lines of an after-sales case")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "line"], name="asked_back_once_per_case"),
            models.CheckConstraint(
                name="asked_back_amounts", condition=Q(quantity__gt=0, amount_fen__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} × {self.quantity}"


class RefundQuerySet(models.QuerySet["Refund"]):
    def visible_to(self, actor: Actor) -> RefundQuerySet:
        return self if actor.may("orders.view_refund") else self.none()

    def locked(self) -> RefundQuerySet:
        return self.select_for_update(of=("self",), no_key=True)

    def live(self) -> RefundQuerySet:
        """What takes from the money that came in."""
        return self.exclude(status=Refund.Status.CLOSED)

    def to_ask_about(self, at: datetime) -> RefundQuerySet:
        """Accepted by WeChat Pay, and its end not heard of when it should have been."""
        return self.filter(status__in=Refund.UNDER_WAY, ask_at__lte=at)


class Refund(models.Model):
    """Money on its way back to whom it came from; its number stays the same on every retry.

    Of a payment, for a case; or of money that fits no order, kept in a payment dispute.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("to be sent")
        PROCESSING = "processing", _("with WeChat Pay")
        SUCCEEDED = "succeeded", _("refunded")
        ABNORMAL = "abnormal", _("abnormal")
        CLOSED = "closed", _("closed")

    UNDER_WAY = (Status.PROCESSING, Status.ABNORMAL)

    TRANSITIONS: ClassVar[Transitions] = {
        "accept": ({Status.REQUESTED}, Status.PROCESSING),
        "succeed": ({Status.REQUESTED, Status.PROCESSING, Status.ABNORMAL}, Status.SUCCEEDED),
        "jam": ({Status.REQUESTED, Status.PROCESSING}, Status.ABNORMAL),
        "close": ({Status.REQUESTED, Status.PROCESSING, Status.ABNORMAL}, Status.CLOSED),
    }

    out_refund_no = models.CharField(_("merchant's refund number"), max_length=64, unique=True)
    case = models.ForeignKey(
        AfterSalesCase,
        models.PROTECT,
        null=True,
        related_name="refunds",
        verbose_name=_("after-sales case"),
    )
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, related_name="refunds", verbose_name=_("payment")
    )
    dispute = models.ForeignKey(
        PaymentDispute,
        models.PROTECT,
        null=True,
        related_name="refunds",
        verbose_name=_("payment dispute"),
    )
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.REQUESTED
    )
    amount_fen = FenField(_("amount (fen)"))
    refund_id = models.CharField(
        _("WeChat Pay's refund number"), max_length=32, null=True, unique=True
    )
    requested_at = models.DateTimeField(_("granted at"))
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("granted by")
    )
    send_after = models.DateTimeField(_("not to be sent before"))
    ask_at = models.DateTimeField(_("to be asked about at"), null=True)
    succeeded_at = models.DateTimeField(_("refunded at"), null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-pk"]
        permissions = [
            ("refund_dispute", "Can give disputed money back"),
            ("approve_refund", "Can approve a refund over the limit"),
        ]
        indexes = [
            models.Index(
                fields=["ask_at"],
                name="refund_to_ask_about",
                condition=Q(status__in=["processing", "abnormal"]),
            ),
            models.Index(fields=["succeeded_at"], name="refund_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                name="refund_of_one_receipt",
                condition=Q(payment__isnull=False, case__isnull=False, dispute__isnull=True)
                | Q(payment__isnull=True, case__isnull=True, dispute__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["case"], condition=~Q(status="closed"), name="one_refund_per_case"
            ),
            models.UniqueConstraint(
                fields=["dispute"], condition=~Q(status="closed"), name="one_refund_per_dispute"
            ),
            models.CheckConstraint(name="refund_amount", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="refund_end_has_its_time",
                condition=Q(status="succeeded", succeeded_at__isnull=False, closed_at__isnull=True)
                | Q(status="closed", closed_at__isnull=False, succeeded_at__isnull=True)
                | Q(
                    status__in=["requested", "processing", "abnormal"],
                    succeeded_at__isnull=True,
                    closed_at__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.out_refund_no

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"refund:{self.pk}"

    @property
    def order(self) -> Order | None:
        """The order that it gives money back of; None for a receipt that names none of ours."""
        payment = self.captured if isinstance(self.captured, Payment) else self.captured.payment
        return payment.order if payment else None

    @property
    def captured(self) -> Payment | PaymentDispute:
        """What it takes the money from."""
        receipt = self.payment or self.dispute
        assert receipt is not None, "a constraint holds one of the two"
        return receipt
