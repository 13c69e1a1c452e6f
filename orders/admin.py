"""Staff pages of orders, payments and parcels: read, never edited; the desk's buttons act."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from orders import selectors
from orders.kinds import ORDER_HELD
from orders.models import (
    AfterSalesCase,
    HandOver,
    Order,
    OrderLimits,
    Parcel,
    Payment,
    PaymentDispute,
    RecalledGoods,
    Refund,
)
from orders.notices import DIFFERENCES
from orders.rules import LAW_REFUNDS_WITHIN
from shop.books.money import yuan
from shop.doors.desk.exports import Export, ExportColumn
from shop.doors.desk.facts import Fact, linked
from shop.doors.desk.months import by_month
from shop.doors.desk.readonly import ReadOnlyAdmin, state_badge
from shop.doors.desk.rows import actor_of
from shop.doors.desk.words import words
from shop.doors.sheets import FEN, INSTANT
from shop.identity.actors import Actor
from shop.identity.rules import masked_name, masked_phone
from shop.records.models import Channel, PolicyVersion
from shop.work.models import WorkItem

ORDER_LOOKS = {
    "unpaid": "plain",
    "paid": "wait",
    "confirmed": "go",
    "shipped": "go",
    "signed": "good",
    "completed": "good",
    "cancelled": "plain",
    "closed": "plain",
}
CASE_LOOKS = {
    "open": "wait",
    "to_approve": "wait",
    "refunding": "go",
    "refunded": "good",
    "refused": "plain",
    "withdrawn": "plain",
}
REFUND_LOOKS = {
    "requested": "wait",
    "processing": "go",
    "succeeded": "good",
    "abnormal": "bad",
    "closed": "plain",
}
RECALL_LOOKS = {"to_tell": "bad", "told": "wait", "settled": "good"}
TRACK_LOOKS = {
    "collected": "go",
    "moving": "go",
    "delivering": "go",
    "to_pick_up": "wait",
    "signed": "good",
}
SCANS_SHOWN = 3
PARCEL_LOOKS = {"packed": "wait", "shipped": "good", "unpacked": "plain"}
PAYMENT_LOOKS = {"intended": "plain", "prepaid": "wait", "succeeded": "good", "closed": "plain"}
ADJUSTMENTS = {"member_price": _("member price")}


class ChannelFilter(admin.SimpleListFilter):
    """The way an order came by."""

    title, parameter_name = _("channel"), "channel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Channel.objects.values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(channel_id=self.value()) if self.value() else queryset


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("number", "state", "amount", "consignee", "region", "placed_at", "paid_at")
    list_filter = (("status", admin.ChoicesFieldListFilter), ChannelFilter, by_month("placed_at"))
    search_fields = ("number",)
    search_help_text = _("Order number, waybill, or a whole phone number")
    paginator = InfinitePaginator
    record_template = "orders/desk/order.html"
    state = state_badge(ORDER_LOOKS)
    state.short_description = _("state")
    export = Export(
        (
            ExportColumn(_("order number"), lambda order: order.number),
            ExportColumn(_("state"), lambda order: order.get_status_display()),
            ExportColumn(_("payable"), lambda order: order.payable_fen, FEN),
            ExportColumn(_("placed at"), lambda order: order.placed_at, INSTANT),
            ExportColumn(_("region"), lambda order: order.region),
            ExportColumn(
                _("recipient"), lambda order: order.recipient, permission="orders.reveal_address"
            ),
        ),
        of_persons=True,
    )

    @admin.display(description=_("payable"), ordering="payable_fen")
    def amount(self, order: Order) -> str:
        return yuan(order.payable_fen)

    @admin.display(description=_("recipient"))
    def consignee(self, order: Order) -> str:
        return f"{masked_name(order.recipient)} {masked_phone(order.phone)}"

    @admin.display(description=_("region"))
    def region(self, order: Order) -> str:
        return order.region

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        found = selectors.found_by(queryset, search_term) if search_term else queryset
        return found, False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).select_related("customer", "confirmed_by")

    def about(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        """Lines, payments and parcels; money only for whoever may see payments."""
        sees_money = request.user.has_perm("orders.view_payment")
        return {
            "lines": [
                {"line": line, "why": [_explained(step) for step in line.adjustments]}
                for line in order.lines.select_related("sku")
            ],
            "payments": order.payments.all() if sees_money else None,
            "parcels": [_tracked(parcel) for parcel in _parcels(order)],
            "refunds": _refunds(order) if sees_money else [],
            "after_sales": [
                {"case": case, "look": CASE_LOOKS[case.status]}
                for case in order.after_sales.order_by("pk")
            ],
            "given_back_fen": sum(_given_back(order)),
            "badge_look": ORDER_LOOKS[order.status],
            "steps": _steps(order),
            "promise": selectors.promise_of(order),
            "cases": _cases(order, actor_of(request)),
            "words": words(),
            "channel": Channel.objects.filter(code=order.channel_id).first() or order.channel_id,
            "terms": terms_of(order),
            "sees_address": selectors.sees_address(order, actor_of(request)),
        }


def _parcels(order: Order) -> QuerySet[Parcel]:
    parcels = order.parcels.live().select_related("track").order_by("pk")
    return parcels.prefetch_related("scans", "lines__line")


def _tracked(parcel: Parcel) -> dict[str, Any]:
    """A parcel with its scans, the newest first; the last few are shown, the others unfolded."""
    scans, track = list(parcel.scans.all()), getattr(parcel, "track", None)
    state = track.state if track else ""
    return {
        "parcel": parcel,
        "track": track,
        "look": TRACK_LOOKS.get(state, "bad" if state else "plain"),
        "latest": scans[:SCANS_SHOWN],
        "earlier": scans[SCANS_SHOWN:],
    }


def _given_back(order: Order) -> list[int]:
    done = Refund.objects.filter(case__order=order, status=Refund.Status.SUCCEEDED)
    return list(done.values_list("amount_fen", flat=True))


def _refunds(order: Order) -> list[dict[str, Any]]:
    """All that goes back, each with what it is of."""
    return [
        {"refund": one, "look": REFUND_LOOKS[one.status], "of": one.case or one.dispute}
        for one in selectors.refunds_of(order)
    ]


def _cases(order: Order, by: Actor) -> list[dict[str, Any]]:
    """The order's cases and other work, the open ones first; a link for whoever may see it.

    Why the automatic checks hold it is before those alone who decide about it.
    """
    items = WorkItem.objects.of(order.stream).select_related("clock", "person")
    seen = set(WorkItem.objects.of(order.stream).visible_to(by).values_list("pk", flat=True))
    return [
        {"item": item, "is_seen": item.pk in seen}
        for item in sorted(items, key=lambda item: (not item.is_open, -item.pk))
        if item.pk in seen or item.kind != ORDER_HELD.code
    ]


def terms_of(order: Order) -> list[PolicyVersion]:
    """The versions it was placed under."""
    versions = PolicyVersion.objects.published().select_related("policy").defer("text")
    found = versions.filter(policy__code__in=order.policies).order_by("policy_id")
    return [one for one in found if order.policies[one.policy.code] == one.number]


def _explained(step: dict[str, Any]) -> str:
    """One lane's effect on a line in words: 会员价 −¥20.00."""
    return f"{ADJUSTMENTS.get(step['rule'], step['rule'])} {yuan(step['fen'])}"


def _steps(order: Order) -> list[dict[str, Any]]:
    """The life so far: each step with its time, the ones to come without."""
    times = {
        Order.Status.UNPAID: (_("placed"), order.placed_at),
        Order.Status.PAID: (_("paid"), order.paid_at),
        Order.Status.CONFIRMED: (_("confirmed"), order.confirmed_at),
        Order.Status.SHIPPED: (_("shipped"), order.shipped_at),
        Order.Status.SIGNED: (_("signed for"), order.signed_at),
        Order.Status.COMPLETED: (_("completed"), order.completed_at),
    }
    return [
        {"label": label, "at": at, "is_now": status == order.status}
        for status, (label, at) in times.items()
    ]


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("out_trade_no", "state", "amount", "order", "created_at", "succeeded_at")
    list_filter = ("status",)
    list_select_related = ("order",)
    search_fields = ("out_trade_no", "transaction_id", "order__number")
    leave_out = frozenset({"prepay_id"})
    state = state_badge(PAYMENT_LOOKS)
    state.short_description = _("state")

    @admin.display(description=_("amount"), ordering="amount_fen")
    def amount(self, payment: Payment) -> str:
        return yuan(payment.amount_fen)


@admin.register(PaymentDispute)
class PaymentDisputeAdmin(ReadOnlyAdmin):
    """Money that does not fit, in what, and its way back."""

    record_template = "orders/desk/dispute.html"
    leave_out = frozenset({"fields"})
    list_display = ("out_trade_no", "differing", "amount", "order", "found_at")
    list_select_related = ("payment__order",)
    search_fields = ("out_trade_no",)

    @admin.display(description=_("amount received"), ordering="amount_fen")
    def amount(self, dispute: PaymentDispute) -> str:
        return "—" if dispute.amount_fen is None else yuan(dispute.amount_fen)

    @admin.display(description=_("differing fields"))
    def differing(self, dispute: PaymentDispute) -> str:
        return gettext(", ").join(str(DIFFERENCES.get(name, name)) for name in dispute.fields)

    @admin.display(description=_("order"))
    def order(self, dispute: PaymentDispute) -> Any:
        return linked(dispute.payment.order) if dispute.payment else "—"

    def facts(self, dispute: PaymentDispute) -> list[Fact]:
        differing = Fact(_("differing fields"), self.differing(dispute))
        return [Fact(_("order"), self.order(dispute)), differing, *super().facts(dispute)]

    def about(self, request: HttpRequest, dispute: PaymentDispute) -> dict[str, Any]:
        """What goes back of it, and whether somebody else has to agree first."""
        sees_money = request.user.has_perm("orders.view_refund")
        return {
            "refunds": [
                {"refund": one, "look": REFUND_LOOKS[one.status]}
                for one in (dispute.refunds.order_by("pk") if sees_money else ())
            ],
            "approval": selectors.approval_of(dispute),
        }


@admin.register(AfterSalesCase)
class AfterSalesCaseAdmin(ReadOnlyAdmin):
    list_display = ("number", "state", "reason", "amount", "order", "opened_at", "decided_at")
    list_filter = ("status", "reason")
    list_select_related = ("order",)
    search_fields = ("number", "order__number")
    date_hierarchy = "opened_at"
    record_template = "orders/desk/case.html"
    state = state_badge(CASE_LOOKS)
    state.short_description = _("state")

    @admin.display(description=_("to give back"), ordering="amount_fen")
    def amount(self, case: AfterSalesCase) -> str:
        return yuan(case.amount_fen)

    def about(self, request: HttpRequest, case: AfterSalesCase) -> dict[str, Any]:
        """What is asked, the refund's way, and both times: ours and the law's."""
        sees_money = request.user.has_perm("orders.view_refund")
        return {
            "lines": case.lines.select_related("line__sku"),
            "refunds": [
                {"refund": refund, "look": REFUND_LOOKS[refund.status]}
                for refund in case.refunds.all()
            ],
            "sees_money": sees_money,
            "badge_look": CASE_LOOKS[case.status],
            "promise": selectors.answer_due(case),
            "law_due_at": None if case.closed_at else case.opened_at + LAW_REFUNDS_WITHIN,
            "words": words(),
        }


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ("out_refund_no", "state", "amount", "case", "requested_at", "succeeded_at")
    list_filter = ("status",)
    list_select_related = ("case",)
    search_fields = ("out_refund_no", "refund_id", "case__number", "case__order__number")
    date_hierarchy = "requested_at"
    record_template = "orders/desk/refund.html"
    leave_out = frozenset({"status", "amount_fen"})
    state = state_badge(REFUND_LOOKS)
    state.short_description = _("state")

    @admin.display(description=_("amount"), ordering="amount_fen")
    def amount(self, refund: Refund) -> str:
        return yuan(refund.amount_fen)

    def about(self, request: HttpRequest, refund: Refund) -> dict[str, Any]:
        return {"badge_look": REFUND_LOOKS[refund.status]}


@admin.register(Parcel)
class ParcelAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "state", "carrier", "order", "packed_at", "shipped_at", "hand_over")
    list_filter = ("status", "carrier")
    list_select_related = ("order", "hand_over")
    search_fields = ("waybill", "order__number")
    date_hierarchy = "packed_at"
    record_template = "orders/desk/parcel.html"
    state = state_badge(PARCEL_LOOKS)
    state.short_description = _("state")

    def about(self, request: HttpRequest, parcel: Parcel) -> dict[str, Any]:
        """What is in it."""
        return {
            "lines": parcel.lines.select_related("line__sku", "lot"),
            "badge_look": PARCEL_LOOKS[parcel.status],
        }


@admin.register(HandOver)
class HandOverAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "carrier", "count", "at", "by")
    list_filter = ("carrier",)
    list_select_related = ("by",)
    date_hierarchy = "at"
    record_template = "orders/desk/hand_over.html"

    def about(self, request: HttpRequest, handed: HandOver) -> dict[str, Any]:
        """The parcels that the driver counted."""
        return {"parcels": handed.parcels.select_related("order").order_by("pk")}


@admin.register(OrderLimits)
class OrderLimitsAdmin(ReadOnlyAdmin):
    """What orders are checked by, the limits in force first."""

    list_display = ("__str__", "amount", "most_units", "most_orders", "window_hours", "set_at",
                    "set_by")  # fmt: skip
    list_select_related = ("policy_version__policy", "set_by")
    leave_out = frozenset({"blocked_regions", "most_fen"})

    @admin.display(description=_("highest amount"), ordering="most_fen")
    def amount(self, limits: OrderLimits) -> str:
        return yuan(limits.most_fen)

    def facts(self, limits: OrderLimits) -> list[Fact]:
        regions = gettext(", ").join(limits.blocked_regions) or "—"
        own = [
            Fact(_("highest amount"), self.amount(limits)),
            Fact(_("regions not delivered to"), regions),
        ]
        return [*super().facts(limits), *own]


@admin.register(RecalledGoods)
class RecalledGoodsAdmin(ReadOnlyAdmin):
    """Every order and customer that holds a recalled lot, and what became of it there."""

    list_display = ("goods", "of_lot", "of_order", "consignee", "units", "state", "told_at",
                    "outcome")  # fmt: skip
    list_filter = (("status", admin.ChoicesFieldListFilter), "outcome")
    list_select_related = ("lot__sku", "order")
    search_fields = ("lot__code", "lot__sku__code", "order__number")
    search_help_text = _("Lot number, SKU or order number")
    leave_out = frozenset({"status"})
    state = state_badge(RECALL_LOOKS)
    state.short_description = _("state")

    @admin.display(description=_("SKU"), ordering="lot__sku__code")
    def goods(self, row: RecalledGoods) -> str:
        return row.lot.sku.code

    @admin.display(description=_("lot"))
    def of_lot(self, row: RecalledGoods) -> Any:
        return linked(row.lot)

    @admin.display(description=_("order"))
    def of_order(self, row: RecalledGoods) -> Any:
        return linked(row.order)

    @admin.display(description=_("recipient"))
    def consignee(self, row: RecalledGoods) -> str:
        return f"{masked_name(row.order.recipient)} {masked_phone(row.order.phone)}"
