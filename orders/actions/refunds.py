"""Money back is granted: held, booked, and given a number that never changes."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext

from catalog.actions import give_back_allotment, give_back_stock
from orders import rules
from orders.actions.books import OF_THE_BOOKS, book_refund
from orders.actions.cases import OF_THE_CASE, keep_answer_promise
from orders.actions.parcels import end_shipping
from orders.actions.promises import OF_THE_ORDER, drop_promises
from orders.errors import (
    NotInFen,
    RefundExceedsPayment,
    RefundTooLate,
    SomeHaveLeft,
    TooManyRefunds,
)
from orders.events import CaseAccepted, CaseSubmitted, OrderClosed, RefundDue, RefundGranted
from orders.kinds import ORDER_EXCEPTION, ORDER_HELD, REFUND_OVER_LIMIT
from orders.models import (
    REFUND_DUE,
    AfterSalesCase,
    Order,
    Payment,
    PaymentDispute,
    Refund,
)
from orders.selectors.goods import BOTH, HERE, units_here, whereabouts
from shop.clock import now
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.timing.actions.timers import arm_timer
from shop.work.actions.approvals import request_approval, spend_within_limit, use_approval
from shop.work.actions.items import settle_items

OF_THE_REFUND = Actor.system("the way of a refund")


def accept_case(case: AfterSalesCase, *, by: Actor) -> AfterSalesCase:
    """Grant what the case asks for: the refund gets its number, and its money is held (A4.2d).

    What had not been shipped goes back on sale; an order of which nothing is left is closed. Over
    what one person grants in a day a second one is asked first (C6.1.2). Raises
    RefundExceedsPayment, RefundTooLate, TooManyRefunds.
    """
    by.require("orders.accept_case")
    with transaction.atomic():
        order, case = _locked(case)
        case.decided_at, case.decided_by = now(), by.user
        if spend_within_limit(
            REFUND_OVER_LIMIT, case.stream, case.amount_fen, rules.APPROVAL_OVER_FEN, by=by
        ):
            _grant(order, case, by)
        else:
            _submit(case, by)
    return case


def _locked(case: AfterSalesCase) -> tuple[Order, AfterSalesCase]:
    order = Order.objects.locked().select_related("customer").get(pk=case.order_id)
    return order, AfterSalesCase.objects.locked().get(pk=case.pk)


def _submit(case: AfterSalesCase, by: Actor) -> None:
    advance(case, "submit")
    case.version += 1
    case.save(update_fields=["status", "decided_at", "decided_by", "version"])
    publish(CaseSubmitted(case.pk, case.amount_fen), by=by)
    request_approval(
        REFUND_OVER_LIMIT,
        case.stream,
        case.to_approve,
        version=case.version,
        reason=str(case.get_reason_display()),
        amount_fen=case.amount_fen,
        by=by,
    )


def refund_approved_case(case: AfterSalesCase, *, by: Actor) -> AfterSalesCase:
    """Carry out what a second person said yes to, once and exactly. Raises as `accept_case` does,
    and what `use_approval` raises where the yes is missing, too old or to something else."""
    by.require("orders.refund_approved_case")
    with transaction.atomic():
        order, case = _locked(case)
        version = case.version
        use_approval(REFUND_OVER_LIMIT, case.stream, case.to_approve, version=version, by=by)
        _grant(order, case, by)
    return case


def _grant(order: Order, case: AfterSalesCase, by: Actor) -> None:
    """The caller holds the locks of order and case; the hot stock rows come last."""
    advance(case, "accept")
    payment = order.payments.get(status=Payment.Status.SUCCEEDED)
    _hold(payment, case.amount_fen)
    number = rules.out_refund_no(case.number, case.refunds.count() + 1)
    refund = _write_refund(number, case.amount_fen, payment, by, case=case)
    goes_back = case.restocked_at is None and _is_in_house(order, case)
    case.restocked_at = now() if goes_back else case.restocked_at
    case.version += 1
    case.save(update_fields=["status", "decided_at", "decided_by", "restocked_at", "version"])
    publish(CaseAccepted(case.pk, refund.pk, refund.amount_fen), by=by)
    book_refund(refund, order, by=OF_THE_BOOKS)
    case.order = order
    keep_answer_promise(case, by=OF_THE_CASE)
    if goes_back:
        _take_back(order, case, by)


def _is_in_house(order: Order, case: AfterSalesCase) -> bool:
    where = whereabouts(order, dict(case.lines.values_list("line__sku", "quantity")))
    if where == BOTH:
        raise SomeHaveLeft
    return where == HERE


def _hold(receipt: Payment | PaymentDispute, fen: int) -> None:
    """One statement decides: no more is ever given back than came in."""
    rows = type(receipt).objects.filter(pk=receipt.pk, amount_fen__gte=F("refund_held_fen") + fen)
    if not rows.update(refund_held_fen=F("refund_held_fen") + fen):
        raise RefundExceedsPayment


def _write_refund(
    number: str,
    fen: int,
    receipt: Payment | PaymentDispute,
    by: Actor,
    case: AfterSalesCase | None = None,
) -> Refund:
    """The intent, behind the limits of WeChat Pay: a year, fifty parts, a minute between them."""
    earlier = receipt.refunds.live()
    if earlier.count() >= rules.MOST_REFUNDS:
        raise TooManyRefunds
    came_at = receipt.succeeded_at if isinstance(receipt, Payment) else receipt.found_at
    if came_at is None or now() > came_at + rules.REFUNDABLE_FOR:
        raise RefundTooLate
    last = earlier.order_by("-send_after").first()
    refund = Refund.objects.create(
        out_refund_no=number,
        case=case,
        payment=receipt if isinstance(receipt, Payment) else None,
        dispute=receipt if isinstance(receipt, PaymentDispute) else None,
        amount_fen=fen,
        requested_at=now(),
        requested_by=by.user,
        send_after=rules.send_refund_after(last.send_after if last else None, now()),
    )
    publish(RefundGranted(refund.pk, fen), by=by)
    if refund.send_after > now():
        arm_timer(REFUND_DUE, refund.stream, refund.send_after, by=OF_THE_REFUND)
    else:
        publish(RefundDue(refund.pk), by=OF_THE_REFUND)
    return refund


def _take_back(order: Order, case: AfterSalesCase, by: Actor) -> None:
    """What was not shipped is on sale again; of an order without any unit left nothing goes out."""
    if not any(units_here(order).values()) and not end_shipping(order, by=OF_THE_ORDER):
        advance(order, "close")
        order.closed_at = now()
        order.save(update_fields=["status", "closed_at"])
        publish(OrderClosed(order.pk), by=by)
        drop_promises(order, by=OF_THE_ORDER)
        settle_items(ORDER_EXCEPTION, order.stream, by=OF_THE_ORDER)
        settle_items(ORDER_HELD, order.stream, by=OF_THE_ORDER)
    units = dict(case.lines.values_list("line__sku", "quantity"))
    give_back_allotment(order.number, units, by=OF_THE_REFUND)
    give_back_stock(units, f"{order.number} {case.number}", by=OF_THE_REFUND)


def refund_dispute(dispute: PaymentDispute, *, by: Actor) -> Refund | None:
    """Give disputed money back in full: a second payment, a late one, one that does not fit.

    Over what one person gives back in a day a second one is asked first (C6.1.2); None then.
    Raises NotInFen, RefundExceedsPayment once it is on its way, RefundTooLate.
    """
    by.require("orders.refund_dispute")
    with transaction.atomic():
        dispute = _refundable(dispute)
        fen = dispute.to_approve["amount_fen"]
        limit = rules.APPROVAL_OVER_FEN
        if spend_within_limit(REFUND_OVER_LIMIT, dispute.stream, fen, limit, by=by):
            return _give_back(dispute, by)
        request_approval(
            REFUND_OVER_LIMIT,
            dispute.stream,
            dispute.to_approve,
            version=dispute.version,
            reason=gettext("money that is not owed to us"),
            amount_fen=fen,
            by=by,
        )
    return None


def refund_approved_dispute(dispute: PaymentDispute, *, by: Actor) -> Refund:
    """Give back what a second person said yes to, once and exactly. Raises as `refund_dispute`
    does, and what `use_approval` raises where the yes is missing, too old or to something else."""
    by.require("orders.refund_approved_dispute")
    with transaction.atomic():
        dispute = _refundable(dispute)
        asked = dispute.to_approve
        use_approval(REFUND_OVER_LIMIT, dispute.stream, asked, version=dispute.version, by=by)
        return _give_back(dispute, by)


def _refundable(dispute: PaymentDispute) -> PaymentDispute:
    """Locked; what WeChat Pay can give back, and has not been asked to."""
    rows = PaymentDispute.objects.select_for_update(of=("self",), no_key=True)
    dispute = rows.select_related("payment").get(pk=dispute.pk)
    if not dispute.amount_fen or "currency" in dispute.fields or not dispute.transaction_id:
        raise NotInFen
    if dispute.refund_held_fen:
        raise RefundExceedsPayment
    return dispute


def _give_back(dispute: PaymentDispute, by: Actor) -> Refund:
    fen = dispute.to_approve["amount_fen"]
    _hold(dispute, fen)
    number = rules.out_refund_no(f"D{dispute.pk}T{dispute.transaction_id}", dispute.version)
    return _write_refund(number, fen, dispute, by)


def let_refund_go(refund: Refund, *, by: Actor) -> bool:
    """Its minute is over: WeChat Pay takes it now. False when it has gone already."""
    by.require("orders.let_refund_go")
    with transaction.atomic():
        refund = Refund.objects.locked().get(pk=refund.pk)
        if refund.status != Refund.Status.REQUESTED:
            return False
        publish(RefundDue(refund.pk), by=by)
    return True
