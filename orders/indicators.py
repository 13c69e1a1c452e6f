"""What managers watch of the orders, and whether A4.2 is kept."""

from datetime import timedelta

from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, Extract, Greatest, Round, Substr
from django.utils.translation import gettext_lazy as _

from orders.kinds import CONFIRMATION_SAMPLE, ORDER_HELD, PARCEL_TROUBLE, REFUND_PAID
from orders.kinds import PAID as PAID_JOURNAL
from orders.models import (
    ASKED_HOW_IT_WAS,
    CONFIRM_CLOCK,
    SCAN_NOTICES,
    SHIP_CLOCK,
    SHIPPED_NOTICE,
    AfterSalesCase,
    DeskPush,
    Order,
    OrderLine,
    Parcel,
    Payment,
    RecalledGoods,
    Refund,
    ShippingUpload,
    TrackingScan,
    TrackState,
)
from orders.rules import (
    FIRST_SCAN_WITHIN,
    FOLLOW_RECALL_WITHIN,
    LAW_REFUNDS_WITHIN,
    TELL_WECHAT_WITHIN,
)
from shop.books.accounts import WECHAT_PAY
from shop.books.models import JournalLine
from shop.clock import now
from shop.figures.registry import Better, Control, Fact, Indicator, Unit
from shop.forms.models import Result
from shop.notices.kinds import Channel
from shop.notices.models import NoticeSending
from shop.timing.models import Clock
from shop.work.models import WorkItem

PUSHED_WITHIN = timedelta(seconds=10)
TOLD_WITHIN = timedelta(minutes=10)
STREAM = "order:"
REGION = {"region": "order__province"}


def _milliseconds(earlier: str, later: str) -> Func:
    """The sum of the time between two instants, as a whole number."""
    took = ExpressionWrapper(F(later) - F(earlier), output_field=DurationField())
    return Coalesce(Round(Sum(Extract(took, "epoch") * 1000)), 0)


def _first_of_buyer(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """`is_first`: the buyer had never paid before this payment."""
    earlier = Payment.objects.filter(
        order__customer=OuterRef("order__customer"), succeeded_at__lt=OuterRef("succeeded_at")
    )
    return payments.annotate(is_first=~Exists(earlier))


def _due_on_the_desks() -> QuerySet[Order]:
    """Paid orders that should lie on every desk by now; `in_time` counts the desks they do."""
    due = Order.objects.filter(paid_at__isnull=False).annotate(
        due_at=ExpressionWrapper(F("paid_at") + PUSHED_WITHIN, output_field=DateTimeField())
    )
    return due.filter(due_at__lte=now()).annotate(
        in_time=Count("pushes", filter=Q(pushes__pushed_at__lte=F("due_at")))
    )


def _promises(kind: str) -> QuerySet[Clock]:
    """Promises of this kind that have fallen due, the broken and the unfulfilled among them."""
    owed = Clock.objects.filter(kind=kind, breach_at__lte=now())
    return owed.exclude(status=Clock.Status.CANCELLED)


def _their_orders(clocks: QuerySet[Clock]) -> QuerySet[Order]:
    number = Cast(Substr("subject", len(STREAM) + 1), BigIntegerField())
    return Order.objects.filter(pk__in=clocks.annotate(order_id=number).values("order_id"))


def _parcels_to_tell() -> QuerySet[Parcel]:
    """Parcels whose customers should know of them by now; `told_at` says when they were told.

    Without those whom the customer does not let us tell: they see the waybill in their order.
    Ten minutes count from the shipping, or from the end of quiet hours.
    """
    key = Concat(Value("parcel:"), Cast(OuterRef("pk"), TextField()))
    sendings = NoticeSending.objects.filter(
        notice__kind=SHIPPED_NOTICE,
        notice__key=key,
        notice__party__isnull=False,  # or PostgreSQL may not use the index of who was told what
        channel=Channel.WECHAT,
    )
    declined = sendings.filter(status=NoticeSending.Status.REFUSED, reason__in=CUSTOMERS_CHOICE)
    latest = Greatest(F("shipped_at"), Subquery(sendings.values("release_at")[:1]))
    parcels = Parcel.objects.shipped().annotate(
        latest_at=ExpressionWrapper(latest + TOLD_WITHIN, output_field=DateTimeField()),
        told_at=Subquery(sendings.filter(status="sent").values("settled_at")[:1]),
    )
    return parcels.filter(~Exists(declined), latest_at__lte=now())


def _parcels_to_scan() -> QuerySet[Parcel]:
    """Parcels whose carrier follows them and should have scanned them by now; `first_at`."""
    followed = Parcel.objects.filter(track__followed_at__isnull=False).annotate(
        due_at=ExpressionWrapper(F("shipped_at") + FIRST_SCAN_WITHIN, output_field=DateTimeField()),
        first_at=Min("scans__at"),
    )
    return followed.filter(due_at__lte=now())


def _uploads_due() -> QuerySet[ShippingUpload]:
    """Parcels that WeChat should know of by now, before it reminds us."""
    due_at = ExpressionWrapper(F("owed_since") + TELL_WECHAT_WITHIN, output_field=DateTimeField())
    return ShippingUpload.objects.annotate(due_at=due_at).filter(due_at__lte=now())


def _their_parcels(uploads: QuerySet[ShippingUpload]) -> QuerySet[Parcel]:
    return Parcel.objects.filter(shipping_upload__in=uploads)


def _orders_of_cases(clocks: QuerySet[Clock]) -> QuerySet[Order]:
    """The orders that these cases are about."""
    items = WorkItem.objects.filter(clock__in=clocks).values_list("subject", flat=True)
    return Order.objects.filter(pk__in=[int(one.removeprefix(STREAM)) for one in items])


def _scans_to_tell() -> QuerySet[TrackingScan]:
    """Scans that brought a parcel where its customer should know of it by now; `told_at`.

    Without those whom the customer does not let us tell, and what a later scan overtook. Ten
    minutes count from when we heard of it, or from the end of quiet hours.
    """
    key = Concat(Value("scan:"), Cast(OuterRef("pk"), TextField()))
    sendings = NoticeSending.objects.filter(
        notice__kind__in=list(SCAN_NOTICES.values()),
        notice__key=key,
        notice__party__isnull=False,  # as for parcels
        channel=Channel.WECHAT,
    )
    over = Q(status=NoticeSending.Status.REFUSED, reason__in=CUSTOMERS_CHOICE)
    over |= Q(status=NoticeSending.Status.WITHDRAWN)
    latest = Greatest(F("heard_at"), Subquery(sendings.values("release_at")[:1]))
    moved = TrackingScan.objects.filter(moved=True, state__in=list(SCAN_NOTICES))
    scans = moved.annotate(
        latest_at=ExpressionWrapper(latest + TOLD_WITHIN, output_field=DateTimeField()),
        told_at=Subquery(sendings.filter(status="sent").values("settled_at")[:1]),
    )
    return scans.filter(~Exists(sendings.filter(over)), latest_at__lte=now())


def _parcels_of_scans(scans: QuerySet[TrackingScan]) -> QuerySet[Parcel]:
    return Parcel.objects.filter(pk__in=scans.values("parcel"))


CUSTOMERS_CHOICE = (
    NoticeSending.Reason.NO_CONSENT,
    NoticeSending.Reason.NOT_WANTED,
    NoticeSending.Reason.NO_QUOTA,
    NoticeSending.Reason.NOT_SUBSCRIBED,
)
IN_TIME = Q(met_at__lt=F("breach_at"))

PLACED = Fact(
    "orders.placed", _("orders placed"), Order.objects.all, "placed_at", {"region": "province"}
)
PAID = Fact(
    "orders.paid",
    _("payments received"),
    lambda: _first_of_buyer(Payment.objects.filter(status=Payment.Status.SUCCEEDED)),
    "succeeded_at",
    REGION,
)
"""By the day the money came, not by the day of the order."""

SOLD = Fact(
    "orders.sold",
    _("lines paid for"),
    lambda: OrderLine.objects.filter(order__paid_at__isnull=False),
    "order__paid_at",
    {**REGION, "category": "sku__product__category__name", "sku": "sku__code"},
)
CONFIRMED = Fact(
    "orders.confirmed",
    _("orders confirmed"),
    Order.objects.all,
    "confirmed_at",
)
PUSHED = Fact(
    "orders.pushed",
    _("paid orders laid on a desk"),
    DeskPush.objects.all,
    "pushed_at",
    {"desk": "desk"},
)

TO_CONFIRM = Fact(
    "orders.to_confirm",
    _("confirmations that fell due"),
    lambda: _promises(CONFIRM_CLOCK),
    "breach_at",
)
TO_SHIP = Fact(
    "orders.to_ship", _("shipments that fell due"), lambda: _promises(SHIP_CLOCK), "breach_at"
)
"""By the day the promise fell due, shipped or not: what was never shipped counts against us."""

REFUNDED = Fact(
    "orders.refunded",
    _("refunds that went back"),
    lambda: Refund.objects.filter(status=Refund.Status.SUCCEEDED, case__isnull=False),
    "succeeded_at",
    {"region": "case__order__province"},
)
"""By the day the money went back, not by the day of the order or of its payment."""

MONEY = Fact(
    "orders.money",
    _("money of orders, in and back"),
    lambda: JournalLine.objects.filter(
        account=WECHAT_PAY.code, journal__kind__in=[PAID_JOURNAL, REFUND_PAID]
    ),
    "journal__posted_at",
)
"""The books' own lines: payments of orders and refunds of their cases; what was paid twice or
fits no order was never income, and giving it back costs nothing."""
CAME_IN = Coalesce(Sum("amount_fen", filter=Q(amount_fen__gt=0)), 0)
WENT_BACK = Coalesce(-Sum("amount_fen", filter=Q(amount_fen__lt=0)), 0)


TO_SCAN = Fact(
    "orders.to_scan",
    _("parcels that should have been scanned"),
    _parcels_to_scan,
    "due_at",
    {"carrier": "carrier"},
    follows="shipped_at",
)
ARRIVED = Fact(
    "orders.arrived",
    _("parcels delivered"),
    lambda: Parcel.objects.filter(track__state=TrackState.SIGNED),
    "track__latest_at",
    {"carrier": "carrier"},
)
LEFT = Fact(
    "orders.left",
    _("parcels shipped"),
    lambda: Parcel.objects.filter(shipped_at__isnull=False),
    "shipped_at",
    {"carrier": "carrier"},
)
STRAY = ("trouble", "lost", "refused", "returning", "returned")


def _recalled_goods_due() -> QuerySet[RecalledGoods]:
    """Recalled goods at customers' whose follow-up should be over by now."""
    due_at = ExpressionWrapper(F("traced_at") + FOLLOW_RECALL_WITHIN, output_field=DateTimeField())
    return RecalledGoods.objects.annotate(due_at=due_at).filter(due_at__lte=now())


def _orders_of_recalls(rows: QuerySet[RecalledGoods]) -> QuerySet[Order]:
    return Order.objects.filter(pk__in=rows.values("order"))


def _granted_cases_due() -> QuerySet[AfterSalesCase]:
    """Cases that were granted and whose money should be back by now."""
    granted = AfterSalesCase.objects.filter(status__in=["refunding", "refunded"])
    due_at = ExpressionWrapper(F("opened_at") + LAW_REFUNDS_WITHIN, output_field=DateTimeField())
    return granted.annotate(due_at=due_at).filter(due_at__lte=now())


RATED = Fact(
    "orders.rated",
    _("after-sales cases that customers judged"),
    lambda: Result.objects.standing().filter(sheet__form__use=ASKED_HOW_IT_WAS),
    "made_at",
)

Indicator(
    "orders.after_sales_satisfaction", _("after-sales satisfaction"),
    _("cases whose customers gave four of five points or more ÷ cases that customers judged"),
    "A4.2d", "service_supervisor", RATED, Count("pk", filter=Q(passed=True)), Count("pk"),
    unit=Unit.RATIO,
)  # fmt: skip
Indicator(
    "orders.refunded_fen", _("refunded amount"),
    _("money of orders that went back that day, by the time of the refund"), "A4.2d",
    "service_supervisor", REFUNDED, Coalesce(Sum("amount_fen"), 0), unit=Unit.FEN,
    better=Better.LOWER,
)  # fmt: skip
Indicator(
    "orders.net_fen", _("net amount"),
    _("paid amount − refunded amount of the day, each by its own time"), "B5.1.2",
    "operations_manager", MONEY, Coalesce(Sum("amount_fen"), 0), unit=Unit.FEN,
)  # fmt: skip
Indicator(
    "orders.refund_rate", _("refund rate"),
    _("refunded amount of the day ÷ paid amount of the day; no value without payments"), "A4.2d",
    "service_supervisor", MONEY, WENT_BACK, CAME_IN, unit=Unit.RATIO, better=Better.LOWER,
)  # fmt: skip
Indicator(
    "orders.orders", _("number of orders"), _("orders placed that day"), "B5.1.2",
    "operations_manager", PLACED, Count("pk"),
)  # fmt: skip
Indicator(
    "orders.ordered_amount", _("ordered amount"), _("payable amount of the orders placed that day"),
    "B5.1.2", "operations_manager", PLACED, Coalesce(Sum("payable_fen"), 0), unit=Unit.FEN,
)  # fmt: skip
Indicator(
    "orders.cancelled_share", _("cancelled orders"),
    _("orders placed that day and cancelled since ÷ orders placed that day"), "B5.1.2",
    "operations_manager", PLACED, Count("pk", filter=Q(status=Order.Status.CANCELLED)),
    Count("pk"), unit=Unit.RATIO, better=Better.LOWER,
)  # fmt: skip
Indicator(
    "orders.paid_amount", _("paid amount"), _("money received that day, by the time of payment"),
    "B5.1.2", "operations_manager", PAID, Coalesce(Sum("amount_fen"), 0), unit=Unit.FEN,
)  # fmt: skip
Indicator(
    "orders.paid_orders", _("paid orders"), _("orders paid that day"), "B5.1.2",
    "operations_manager", PAID, Count("order", distinct=True),
)  # fmt: skip
Indicator(
    "orders.buyers", _("buyers"), _("different customers who paid that day"), "B5.1.2",
    "operations_manager", PAID, Count("order__customer", distinct=True),
)  # fmt: skip
Indicator(
    "orders.new_buyers", _("new buyers"), _("customers who paid that day for the first time ever"),
    "B5.1.2", "promotion_specialist", PAID,
    Count("order__customer", filter=Q(is_first=True), distinct=True),
)  # fmt: skip
Indicator(
    "orders.amount_per_buyer", _("amount per buyer"), _("paid amount ÷ different buyers"), "B5.1.2",
    "operations_manager", PAID, Coalesce(Sum("amount_fen"), 0),
    Count("order__customer", distinct=True), unit=Unit.FEN,
)  # fmt: skip
Indicator(
    "orders.amount_per_order", _("amount per order"), _("paid amount ÷ paid orders"), "B5.1.2",
    "operations_manager", PAID, Coalesce(Sum("amount_fen"), 0), Count("order", distinct=True),
    unit=Unit.FEN,
)  # fmt: skip
Indicator(
    "orders.units", _("units sold"), _("units of the orders paid that day"), "B5.1.2",
    "operations_manager", SOLD, Coalesce(Sum("quantity"), 0),
)  # fmt: skip
Indicator(
    "orders.time_to_confirm", _("time to confirm"),
    _("time from payment to confirmation, mean of the orders confirmed that day"), "A4.2a",
    "service_supervisor", CONFIRMED,
    _milliseconds("paid_at", "confirmed_at"), Count("pk"), unit=Unit.SECONDS,
    better=Better.LOWER,
)  # fmt: skip
Indicator(
    "orders.push_lag", _("push lag"),
    _("time from payment to the desk, mean of the pushes that day"), "A4.2a",
    "technical_lead", PUSHED, _milliseconds("order__paid_at", "pushed_at"), Count("pk"),
    unit=Unit.SECONDS, better=Better.LOWER,
)  # fmt: skip
Indicator(
    "orders.shipped_on_time", _("on-time shipping"),
    _("orders shipped by the promised time ÷ orders whose promise fell due that day, shipped or"
      " not; called off before it fell due they do not count"), "A4.2b",
    "operations_manager", TO_SHIP, Count("pk", filter=IN_TIME), Count("pk"), unit=Unit.RATIO,
)  # fmt: skip

Control(
    "OR1.pushed", "OR1", "A4.2a",
    _("A paid order lies on the service and the warehouse desk within ten seconds."),
    "technical_lead",
    Fact(
        "orders.to_push",
        _("paid orders"),
        _due_on_the_desks,
        "due_at",
        follows="paid_at",
    ),
    kept=Q(in_time=len(DeskPush.Desk.values)), target_bp=9_990,
)  # fmt: skip

Control(
    "OR1.confirmed", "OR1", "A4.2a",
    _("A paid order is checked and confirmed within an hour of work."),
    "service_supervisor", TO_CONFIRM, kept=IN_TIME, target_bp=9_800, subjects=_their_orders,
)  # fmt: skip
Control(
    "OR1.held", "OR1", "A4.2a",
    _("An order that the automatic checks hold is decided within four hours of work."),
    "service_supervisor",
    Fact(
        "orders.held",
        _("held orders that fell due"),
        lambda: _promises(ORDER_HELD.promise),
        "breach_at",
    ),
    kept=IN_TIME, target_bp=9_800, subjects=_orders_of_cases,
)  # fmt: skip
Control(
    "OR1.sampled", "OR1", "A4.2a",
    _("What the policy confirmed is looked at within a working day, and was rightly confirmed."),
    "service_supervisor",
    Fact(
        "orders.sampled",
        _("sampled confirmations that fell due"),
        lambda: _promises(CONFIRMATION_SAMPLE.promise),
        "breach_at",
    ),
    kept=IN_TIME & Q(work_item__outcome="right"), target_bp=9_800, subjects=_orders_of_cases,
)  # fmt: skip
Indicator(
    "orders.confirmed_by_policy", _("confirmed by the policy"),
    _("orders that the policy confirmed that day ÷ orders confirmed that day"), "A4.2a",
    "service_supervisor", CONFIRMED,
    Count(
        "pk",
        filter=Q(confirmed_by__isnull=True, check_result__limits__sample_percent__gt=0),
    ),
    Count("pk"), unit=Unit.RATIO, better=Better.NEITHER,
)  # fmt: skip
Control(
    "OR2.shipped", "OR2", "A4.2b",
    _("A confirmed order leaves the warehouse within a working day."),
    "operations_manager", TO_SHIP, kept=IN_TIME, target_bp=9_500, subjects=_their_orders,
)  # fmt: skip
Control(
    "OR2.told", "OR2", "A4.2b",
    _("The customer hears the carrier and the waybill within ten minutes of the shipping."),
    "service_supervisor",
    Fact("orders.to_tell", _("parcels to be told of"), _parcels_to_tell, "latest_at",
         follows="shipped_at"),
    kept=Q(told_at__lte=F("latest_at")), target_bp=9_800,
)  # fmt: skip
Control(
    "OR2.wechat", "OR2", "A4.2b",
    _("WeChat knows of every parcel within 36 hours of the shipping, or has nothing to know."),
    "operations_specialist",
    Fact("orders.to_tell_wechat", _("parcels that WeChat must know of"), _uploads_due, "due_at"),
    kept=Q(told_at__lte=F("due_at")) | Q(status=ShippingUpload.Status.MOOT), target_bp=9_900,
    subjects=_their_parcels,
)  # fmt: skip
Indicator(
    "orders.delivery_time", _("time to deliver"),
    _("time from the shipping to the signature, mean of the parcels delivered that day"), "C7.1",
    "operations_manager", ARRIVED, _milliseconds("shipped_at", "track__latest_at"), Count("pk"),
    unit=Unit.SECONDS, better=Better.LOWER,
)  # fmt: skip
Indicator(
    "orders.stray_parcels", _("stray parcels"),
    _("parcels shipped that day and since in trouble, lost, refused or on their way back ÷ parcels"
      " shipped that day"), "C7.1",
    "operations_manager", LEFT, Count("pk", filter=Q(track__state__in=STRAY)), Count("pk"),
    unit=Unit.RATIO, better=Better.LOWER,
)  # fmt: skip
Control(
    "OR3.scanned", "OR3", "A4.2c",
    _("A parcel is scanned by its carrier within a day of the shipping."),
    "operations_manager", TO_SCAN, kept=Q(first_at__lte=F("due_at")), target_bp=9_700,
)  # fmt: skip
Control(
    "OR3.told", "OR3", "A4.2c",
    _("The customer hears within ten minutes that a parcel is out for delivery, signed for or was"
      " not delivered."),
    "service_supervisor",
    Fact("orders.scans_to_tell", _("scans to be told of"), _scans_to_tell, "latest_at",
         follows="heard_at"),
    kept=Q(told_at__lte=F("latest_at")), target_bp=9_800, subjects=_parcels_of_scans,
)  # fmt: skip
Control(
    "OR3.astray", "OR3", "A4.2c",
    _("A parcel that goes astray is seen to within four hours of work."),
    "service_supervisor",
    Fact(
        "orders.astray",
        _("cases of stray parcels that fell due"),
        lambda: _promises(PARCEL_TROUBLE.promise),
        "breach_at",
    ),
    kept=IN_TIME, target_bp=9_500, subjects=_orders_of_cases,
)  # fmt: skip
Control(
    "CA8.recalled", "CA8", "C3.3.3",
    _("Of goods of a recalled lot it is known within three days what became of them."),
    "service_supervisor",
    Fact("orders.recalled", _("orders that held a recalled lot"), _recalled_goods_due, "due_at"),
    kept=Q(settled_at__lte=F("due_at")), target_bp=9_500, subjects=_orders_of_recalls,
)  # fmt: skip
Control(
    "OR4.refunded", "OR4", "A4.2d",
    _("Money that is granted back is with the customer within seven days of the request."),
    "service_supervisor",
    Fact("orders.to_refund", _("requests granted"), _granted_cases_due, "due_at"),
    kept=Q(status=AfterSalesCase.Status.REFUNDED, closed_at__lte=F("due_at")), target_bp=9_900,
)  # fmt: skip
