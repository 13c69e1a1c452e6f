"""What WeChat Pay says of a refund: taken on, succeeded, abnormal, closed; and what it refuses."""

from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import F

from orders import rules
from orders.actions.books import OF_THE_BOOKS, book_refund_closed, book_refund_paid
from orders.actions.cases import OF_THE_CASE, return_case
from orders.events import (
    CaseSettled,
    OrderRefunded,
    RefundAccepted,
    RefundClosed,
    RefundJammed,
    RefundSucceeded,
)
from orders.kinds import PAYMENT_DISPUTE, REFUND_STUCK
from orders.models import AfterSalesCase, Order, Payment, Refund
from shop.clock import now
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.work.actions.items import Matter, open_item, settle_items

OF_THE_REFUND = Actor.system("the way of a refund")


@dataclass(frozen=True)
class RefundNews:
    """What WeChat Pay says of a refund, in answer, notice or query; amounts in fen.

    A notice does not say the currency.
    """

    out_refund_no: str
    refund_id: str
    transaction_id: str
    status: str
    amount_fen: int
    total_fen: int
    currency: str | None = None


def record_refund(news: RefundNews, *, by: Actor) -> str:
    """Apply verified news field by field; returns the outcome for the inbox.

    `processing`, `succeeded`, `abnormal`, `closed`, or `repeat` when that was known; `disputed`
    when it does not fit what we asked for: then nothing changes, and finance has work; `unknown`
    for a refund that nobody here granted.
    """
    by.require("orders.record_refund")
    with transaction.atomic():
        refund = _behind_its_order(Refund.objects.filter(out_refund_no=news.out_refund_no).first())
        if refund is None:
            return _wonder(news)
        if _contradiction(refund, news):
            report_stuck_refund(refund, "differs", by=OF_THE_REFUND)
            return "disputed"
        return _apply(refund, news, by)


def _behind_its_order(refund: Refund | None) -> Refund | None:
    """Locked, the order first as everywhere."""
    if refund is None:
        return None
    if refund.order is not None:
        Order.objects.locked().get(pk=refund.order.pk)
    return Refund.objects.locked().select_related("case", "payment", "dispute").get(pk=refund.pk)


def _contradiction(refund: Refund, news: RefundNews) -> list[str]:
    """The names of what is not as we asked for it, or as we were told before."""
    receipt = refund.captured
    expected = {
        "transaction_id": receipt.transaction_id,
        "amount_fen": refund.amount_fen,
        "total_fen": receipt.amount_fen,
        "refund_id": refund.refund_id or news.refund_id,
        "currency": news.currency and "CNY",
    }
    wrong = rules.differing(expected, asdict(news))
    if refund.status == Refund.Status.CLOSED and news.status != "CLOSED":
        wrong.append("status")
    return wrong


def _wonder(news: RefundNews) -> str:
    """Money of ours went back, and nobody here granted it."""
    payment = Payment.objects.filter(transaction_id=news.transaction_id).first()
    if payment is not None:
        figures = {
            "number": news.out_refund_no,
            "reason": "unknown",
            "amount_fen": news.amount_fen,
        }
        matter = Matter(payment.order.stream, "unknown", figures, key=news.out_refund_no)
        open_item(REFUND_STUCK, matter, by=OF_THE_REFUND)
    return "unknown"


def _apply(refund: Refund, news: RefundNews, by: Actor) -> str:
    if refund.status in {Refund.Status.SUCCEEDED, Refund.Status.CLOSED}:
        return "repeat"
    refund.refund_id = news.refund_id
    if news.status == "SUCCESS":
        _succeed(refund, by)
        return "succeeded"
    if news.status == "CLOSED":
        _close(refund, by)
        return "closed"
    return _go_on(refund, is_abnormal=news.status == "ABNORMAL", by=by)


def _go_on(refund: Refund, *, is_abnormal: bool, by: Actor) -> str:
    """It has not ended: when to ask again."""
    if is_abnormal and refund.status != Refund.Status.ABNORMAL:
        advance(refund, "jam")
        publish(RefundJammed(refund.pk), by=by)
        report_stuck_refund(refund, "abnormal", by=OF_THE_REFUND)
    elif refund.status == Refund.Status.REQUESTED:
        advance(refund, "accept")
        publish(RefundAccepted(refund.pk), by=by)
    refund.ask_at = rules.next_question(refund.requested_at, now())
    refund.save(update_fields=["status", "refund_id", "ask_at"])
    return refund.status


def _succeed(refund: Refund, by: Actor) -> None:
    advance(refund, "succeed")
    refund.succeeded_at, refund.ask_at = now(), None
    refund.save(update_fields=["status", "refund_id", "succeeded_at", "ask_at"])
    publish(RefundSucceeded(refund.pk, refund.amount_fen), by=by)
    book_refund_paid(refund, by=OF_THE_BOOKS)
    settle_items(REFUND_STUCK, refund.stream, by=OF_THE_REFUND)
    if refund.case is not None:
        _settle_case(refund.case, refund, by)
    else:
        _settle_dispute(refund)


def _settle_case(case: AfterSalesCase, refund: Refund, by: Actor) -> None:
    advance(case, "settle")
    case.closed_at, case.version = now(), case.version + 1
    case.save(update_fields=["status", "closed_at", "version"])
    publish(CaseSettled(case.pk), by=by)
    publish(OrderRefunded(case.order_id, refund.pk, refund.amount_fen), by=by)


def _settle_dispute(refund: Refund) -> None:
    """Its work item has nothing left to ask for."""
    dispute = refund.dispute
    assert dispute is not None, "a refund without a case is of a dispute"
    subject = refund.order.stream if refund.order else dispute.stream
    settle_items(PAYMENT_DISPUTE, subject, key=f"dispute:{dispute.pk}", by=OF_THE_REFUND)


def give_up_refund(refund: Refund, *, by: Actor) -> None:
    """WeChat Pay refuses it and knows nothing of it: no money moved, people decide."""
    by.require("orders.give_up_refund")
    with transaction.atomic():
        found = _behind_its_order(refund)
        if found is not None and found.status == Refund.Status.REQUESTED:
            _close(found, by)
            report_stuck_refund(found, "refused", by=OF_THE_REFUND)


def _close(refund: Refund, by: Actor) -> None:
    """Its money is free again; its case lies before service, its dispute before finance."""
    advance(refund, "close")
    refund.closed_at, refund.ask_at = now(), None
    refund.save(update_fields=["status", "refund_id", "closed_at", "ask_at"])
    receipt = refund.captured
    rows = type(receipt).objects.filter(pk=receipt.pk)
    rows.update(refund_held_fen=F("refund_held_fen") - refund.amount_fen)
    publish(RefundClosed(refund.pk), by=by)
    for reason in ("abnormal", "not_enough"):
        settle_items(REFUND_STUCK, refund.stream, reason=reason, by=OF_THE_REFUND)
    if refund.case is not None:
        book_refund_closed(refund, refund.case.order, by=OF_THE_BOOKS)
        return_case(refund.case, "closed", by=OF_THE_CASE)
    else:
        report_stuck_refund(refund, "closed", by=OF_THE_REFUND)


def report_stuck_refund(refund: Refund, reason: str, *, by: Actor) -> None:
    """Make it finance's work, once however often it is stuck (`reason`: kinds.STUCK)."""
    by.require("orders.report_stuck_refund")
    figures = {
        "number": refund.out_refund_no,
        "reason": reason,
        "amount_fen": refund.amount_fen,
    }
    open_item(REFUND_STUCK, Matter(refund.stream, reason, figures), by=by)
