"""What the orders do about facts."""

from collections.abc import Callable

from catalog.events import LotRecalled
from catalog.models import Lot
from orders import actions, flows, notices, rules
from orders.actions.promises import LATE
from orders.events import (
    CaseRefused,
    HoldersTold,
    LooksPiledUp,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    OrderRevived,
    OrderShipped,
    OrderSigned,
    ParcelMoved,
    ParcelUnpacked,
    PartShipped,
    PaymentDisputed,
    PaymentTimedOut,
    ReceiptTold,
    RefundDue,
    RefundSucceeded,
    WordsUnchecked,
)
from orders.kinds import DECIDE, LATE_ORDER, MANY_LOOKS, PAYMENT_DISPUTE, REFUND_OVER_LIMIT
from orders.models import (
    DECIDE_CLOCK,
    PAYMENT_REMINDER,
    PAYMENT_TIMEOUT,
    AfterSalesCase,
    DeskPush,
    Order,
    Parcel,
    PaymentDispute,
    RecalledGoods,
    Refund,
)
from orders.selectors import approved_for, was_one_of_several
from shop.events.actions import mark_applied
from shop.events.events import MessageReceived
from shop.events.models import EventLog, InboxMessage
from shop.events.outbox import reacts_to
from shop.identity.actors import Actor
from shop.notices.actions.raising import Fact, send_notice
from shop.timing.actions.timers import arm_timer
from shop.timing.events import ClockBreached
from shop.timing.models import Clock
from shop.vendors.carriers.client import get_carrier
from shop.vendors.wechat.notices import reopen_notice, reopen_refund_notice
from shop.vendors.wechat.pushes import SETTLEMENT, reopen_push
from shop.work.actions.items import Matter, open_item, settle_items
from shop.work.events import (
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRefused,
    ApprovalWithdrawn,
)

OF_THE_SHIPPING = Actor.system("order shipped")


@reacts_to(MessageReceived)
def apply_payment_notice(event: MessageReceived, fact: EventLog) -> None:
    """Read the stored notice of a payment, or of a refund, again and apply what it says."""
    if event.source not in READERS:
        return
    by = Actor.system("payment notice")
    message = InboxMessage.objects.get(pk=event.message_id)
    mark_applied(message, READERS[event.source](bytes(message.raw), by), by=by)


def _paid(raw: bytes, by: Actor) -> str:
    transaction = reopen_notice(raw).transaction
    return actions.settle_payment(flows.receipt_of(transaction), by=by)


def _refunded(raw: bytes, by: Actor) -> str:
    return actions.record_refund(flows.news_of(reopen_refund_notice(raw).refund), by=by)


def _scanned(carrier: str) -> Callable[[bytes, Actor], str]:
    """What a carrier pushed about one of our parcels. A waybill that is none of ours says nothing:
    numbers are given out again, and whoever had ours before may still be followed.
    """

    def record(raw: bytes, by: Actor) -> str:
        push = get_carrier(carrier).reopen_push(raw)
        parcel = Parcel.objects.filter(carrier=carrier, waybill=push.waybill).first()
        if parcel is None:
            return "unknown"
        fresh = actions.record_scans(parcel, flows.scan_news(push.scans), by=by)
        return "recorded" if fresh else "repeat"

    return record


def _pushed(raw: bytes, by: Actor) -> str:
    """Of what the mini-program's message push may tell, we listen to receipts alone."""
    push = reopen_push(raw)
    if push.event != SETTLEMENT:
        return "ignored"
    return actions.hear_of_receipt(push.transaction_id, by=by)


READERS: dict[str, Callable[[bytes, Actor], str]] = {
    "wechat": _pushed,
    "wechatpay": _paid,
    "wechatpay-refund": _refunded,
    **{f"tracking-{carrier}": _scanned(carrier) for carrier in Parcel.Carrier.values},
}
"""Source of an incoming message → what it says, applied; the outcome."""


@reacts_to(RefundDue, lane="wechatpay", outside=True)
def send_refund(event: RefundDue, fact: EventLog) -> None:
    """WeChat Pay knows a repeat by the refund's own number."""
    refund = Refund.objects.get(pk=event.refund_id)
    flows.send_refund(refund, by=Actor.system("refund granted"))


@reacts_to(WordsUnchecked, lane="wechat", outside=True)
def check_words_later(event: WordsUnchecked, fact: EventLog) -> None:
    """WeChat judges the same words the same however often."""
    order = Order.objects.select_related("customer").get(pk=event.order_id)
    case = order.after_sales.filter(pk=event.case_id).first()
    flows.check_words(order, case, by=Actor.system("words taken unchecked"))


@reacts_to(OrderPlaced)
def let_payment_window_run(event: OrderPlaced, fact: EventLog) -> None:
    """The stock is kept for the payment window alone."""
    order = Order.objects.get(pk=event.order_id)
    due = order.placed_at + rules.PAYMENT_WINDOW
    by = Actor.system("order placed")
    arm_timer(PAYMENT_TIMEOUT, order.stream, due, by=by)
    arm_timer(PAYMENT_REMINDER, order.stream, due - rules.REMIND_BEFORE, by=by)


@reacts_to(PaymentTimedOut, lane="wechatpay", outside=True)
def close_unpaid_order(event: PaymentTimedOut, fact: EventLog) -> None:
    """WeChat Pay closes first, or says that it was paid: then it is paid."""
    order = Order.objects.get(pk=event.order_id)
    flows.cancel_order(order, "timeout", by=Actor.system("not paid in time"))


@reacts_to(OrderPaid)
def push_order_to_service(event: OrderPaid, fact: EventLog) -> None:
    """The paid order appears on the service desk (A4.2a)."""
    _push(event, DeskPush.Desk.SERVICE)


@reacts_to(OrderPaid)
def push_order_to_warehouse(event: OrderPaid, fact: EventLog) -> None:
    """The paid order appears on the warehouse desk (A4.2a)."""
    _push(event, DeskPush.Desk.WAREHOUSE)


def _push(event: OrderPaid, desk: str) -> None:
    order = Order.objects.get(pk=event.order_id)
    actions.push_order(order, desk, by=Actor.system("order paid"))


@reacts_to(OrderPaid)
def confirm_what_is_clean(event: OrderPaid, fact: EventLog) -> None:
    """Where the policy of its limits says so, nobody has to press for it (A4.2a)."""
    order = Order.objects.get(pk=event.order_id)
    actions.confirm_clean_order(order, by=Actor.system("the policy confirms what is clean"))


@reacts_to(ClockBreached)
def open_late_order(event: ClockBreached, fact: EventLog) -> None:
    """A supervisor sees to what was not confirmed or shipped in time, if it still is not."""
    step = LATE.get(event.promise)
    if step is None:
        return
    order = Order.objects.locked().get(pk=event.subject.removeprefix("order:"))
    if Clock.objects.filter(pk=event.clock_id, met_at__isnull=True).exists():
        matter = Matter(order.stream, step, {"number": order.number, "reason": step})
        open_item(LATE_ORDER, matter, by=Actor.system("the time is up"))


@reacts_to(ClockBreached)
def open_late_case(event: ClockBreached, fact: EventLog) -> None:
    """A supervisor sees to a request that was not answered in time, if it still is not."""
    if event.promise != DECIDE_CLOCK:
        return
    case = AfterSalesCase.objects.get(pk=event.subject.removeprefix("case:"))
    order = Order.objects.locked().get(pk=case.order_id)
    if Clock.objects.filter(pk=event.clock_id, met_at__isnull=True).exists():
        figures = {"number": order.number, "reason": DECIDE}
        matter = Matter(order.stream, DECIDE, figures, key=case.stream)
        open_item(LATE_ORDER, matter, by=Actor.system("the time is up"))


@reacts_to(LooksPiledUp)
def open_many_looks(event: LooksPiledUp, fact: EventLog) -> None:
    """Somebody asks why; while the case is open, further looks add nothing to it."""
    matter = Matter(fact.stream, figures={"looks": event.looks})
    open_item(MANY_LOOKS, matter, by=Actor.system("many addresses looked at"))


@reacts_to(OrderRevived)
def close_late_payment(event: OrderRevived, fact: EventLog) -> None:
    """Its goods were in stock again when WeChat Pay was asked again: nothing is due back."""
    order = Order.objects.get(pk=event.order_id)
    by = Actor.system("paid after all")
    settle_items(PAYMENT_DISPUTE, order.stream, reason="late", by=by)


@reacts_to(OrderPaid)
def tell_customer_of_payment(event: OrderPaid, fact: EventLog) -> None:
    """Their money has arrived."""
    order = Order.objects.get(pk=event.order_id)
    by = Actor.system("order paid")
    send_notice(notices.ORDER_PAID, order.customer, Fact(order.stream), by=by)


@reacts_to(OrderShipped, PartShipped)
def tell_customer_of_parcel(event: OrderShipped | PartShipped, fact: EventLog) -> None:
    """Each parcel, with its carrier and waybill (A4.2b)."""
    order = Order.objects.get(pk=event.order_id)
    by = Actor.system("order shipped")
    parcel = Fact(order.stream, {"parcel_id": event.parcel_id}, key=f"parcel:{event.parcel_id}")
    send_notice(notices.ORDER_SHIPPED, order.customer, parcel, by=by)


@reacts_to(ParcelMoved)
def tell_customer_of_scan(event: ParcelMoved, fact: EventLog) -> None:
    """Out for delivery, signed for, not delivered: each such scan once, and while it is so.

    What is told out of order, or told again, moves no parcel: nobody hears of it twice.
    """
    kind = notices.OF_SCANS.get(event.state)  # type: ignore[call-overload]
    if kind is None or not event.scan_id:
        return
    order = Order.objects.get(pk=event.order_id)
    figures = {"parcel_id": event.parcel_id, "state": event.state}
    scan = Fact(order.stream, figures, key=f"scan:{event.scan_id}")
    send_notice(kind, order.customer, scan, by=Actor.system("a carrier's scan"))


@reacts_to(OrderShipped, PartShipped)
def wait_for_news_of_parcel(event: OrderShipped | PartShipped, fact: EventLog) -> None:
    """A parcel of which nothing is heard is seen to (A4.2c)."""
    actions.watch_parcel(_parcel_of(event), by=OF_THE_SHIPPING)


@reacts_to(OrderShipped, PartShipped, lane="carriers", outside=True)
def follow_parcel(event: OrderShipped | PartShipped, fact: EventLog) -> None:
    """The carrier knows a repeat by the waybill."""
    flows.follow_parcel(_parcel_of(event), by=OF_THE_SHIPPING)


@reacts_to(OrderShipped, PartShipped, lane="wechat", outside=True)
def tell_wechat_of_shipping(event: OrderShipped | PartShipped, fact: EventLog) -> None:
    """WeChat takes the same parcel once; until it knows, the money is frozen.

    An order may end after its last parcel, when the rest of it is given back.
    """
    parcel = _parcel_of(event)
    told = flows.upload_shipping(parcel, by=OF_THE_SHIPPING)
    if told and isinstance(event, OrderShipped) and was_one_of_several(parcel):
        flows.end_shipping(parcel, by=OF_THE_SHIPPING)


@reacts_to(ReceiptTold, lane="wechat", outside=True)
def ask_wechat_about_receipt(event: ReceiptTold, fact: EventLog) -> None:
    """What was pushed is a hint; WeChat's own answer decides."""
    order = Order.objects.get(pk=event.order_id)
    flows.ask_about_receipt(order, by=Actor.system("WeChat told of a receipt"))


@reacts_to(ParcelUnpacked, lane="carriers", outside=True)
def give_waybill_back(event: ParcelUnpacked, fact: EventLog) -> None:
    """Nothing travels under it: the carrier is not to wait for the parcel."""
    parcel = Parcel.objects.get(pk=event.parcel_id)
    flows.give_waybill_back(parcel, by=Actor.system("parcel unpacked"))


def _parcel_of(event: OrderShipped | PartShipped) -> Parcel:
    return Parcel.objects.select_related("order__customer").get(pk=event.parcel_id)


@reacts_to(OrderSigned)
def leave_parcels_alone(event: OrderSigned, fact: EventLog) -> None:
    """Whatever their carriers still say."""
    order = Order.objects.get(pk=event.order_id)
    actions.rest_parcels(order, by=Actor.system("order signed for"))


@reacts_to(OrderCancelled)
def tell_customer_of_cancelling(event: OrderCancelled, fact: EventLog) -> None:
    """Who cancelled by their own hand knows it."""
    if event.why == "customer":
        return
    order = Order.objects.get(pk=event.order_id)
    by = Actor.system("order cancelled")
    send_notice(notices.ORDER_CANCELLED, order.customer, Fact(order.stream), by=by)


@reacts_to(PaymentDisputed)
def tell_finance_of_dispute(event: PaymentDisputed, fact: EventLog) -> None:
    """Money that does not fit is finance's to look at (C6.1.2)."""
    by = Actor.system("payment disputed")
    dispute = Fact(fact.stream, {"fields": event.fields}, key=f"{fact.stream}#{fact.seq}")
    send_notice(notices.PAYMENT_DISPUTED, "finance", dispute, by=by)


@reacts_to(RefundSucceeded)
def tell_customer_of_refund(event: RefundSucceeded, fact: EventLog) -> None:
    """Their money is on its way to the account it came from (A4.2d)."""
    refund = Refund.objects.get(pk=event.refund_id)
    if refund.order is None:
        return
    by = Actor.system("refund succeeded")
    told = Fact(refund.order.stream, {"refund_id": refund.pk}, key=refund.stream)
    send_notice(notices.ORDER_REFUNDED, refund.order.customer, told, by=by)


@reacts_to(CaseRefused)
def tell_customer_of_refusal(event: CaseRefused, fact: EventLog) -> None:
    """With what service answered (A4.2d)."""
    case = AfterSalesCase.objects.get(pk=event.case_id)
    by = Actor.system("case refused")
    told = Fact(case.order.stream, {"case_id": case.pk}, key=case.stream)
    send_notice(notices.CASE_REFUSED, case.order.customer, told, by=by)


@reacts_to(ApprovalGranted)
def refund_what_was_approved(event: ApprovalGranted, fact: EventLog) -> None:
    """A second person said yes: the money goes without anybody pressing again."""
    if event.kind != REFUND_OVER_LIMIT.code:
        return
    by = Actor.system("the refund was approved")
    subject = approved_for(event.subject)
    if isinstance(subject, PaymentDispute):
        actions.refund_approved_dispute(subject, by=by)
    elif subject.status == AfterSalesCase.Status.TO_APPROVE:  # the customer may have withdrawn it
        actions.refund_approved_case(subject, by=by)


@reacts_to(ApprovalRefused, ApprovalWithdrawn, ApprovalExpired)
def return_unapproved(
    event: ApprovalRefused | ApprovalWithdrawn | ApprovalExpired, fact: EventLog
) -> None:
    """Service finds another answer, or asks again.

    Disputed money stays where it was: before finance, whose item is still open.
    """
    if event.kind != REFUND_OVER_LIMIT.code:
        return
    subject = approved_for(event.subject)
    if isinstance(subject, AfterSalesCase):
        why = "approval_expired" if isinstance(event, ApprovalExpired) else "not_approved"
        by = Actor.system("the refund was not approved")
        actions.return_unapproved_case(subject, why, by=by)


@reacts_to(LotRecalled)
def trace_recalled_lot(event: LotRecalled, fact: EventLog) -> None:
    """Every order that holds some of it is written down (C3.3.3)."""
    actions.trace_recall(Lot.objects.get(pk=event.lot_id), by=Actor.system("a lot was recalled"))


@reacts_to(HoldersTold)
def tell_holder_of_recall(event: HoldersTold, fact: EventLog) -> None:
    """Each by the order that they bought it with."""
    rows = RecalledGoods.objects.filter(pk__in=event.recalled_ids).select_related("order__customer")
    for row in rows.order_by("pk"):
        told = Fact(row.order.stream, {"recalled_id": row.pk}, key=row.stream)
        by = Actor.system("a lot was recalled")
        send_notice(notices.LOT_RECALLED, row.order.customer, told, by=by)
