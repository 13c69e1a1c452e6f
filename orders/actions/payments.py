"""Being paid, or not: intents, receipts, disputes, the order called off."""

from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.actions import release_stock, take_stock
from catalog.errors import SoldOut
from orders import rules
from orders.actions.books import OF_THE_BOOKS, book_dispute, book_payment
from orders.actions.checks import OF_THE_CHECKS, check_order
from orders.actions.promises import OF_THE_ORDER, make_promise
from orders.errors import AlreadyPaid
from orders.events import (
    OrderCancelled,
    OrderPaid,
    OrderPaidTwice,
    OrderRevived,
    PaymentDisputed,
    PaymentTimedOut,
)
from orders.kinds import PAYMENT_DISPUTE
from orders.models import CONFIRM_CLOCK, Order, Payment, PaymentDispute
from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.work.actions.items import Matter, open_item


def begin_payment(order: Order, *, by: Actor) -> Payment:
    """The intent to be paid, with a number that stays the same on every retry.

    A live attempt is used again until it expires; then a new number replaces it.
    """
    by.require("orders.pay_order", owner=order.customer_id)
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        if order.status != Order.Status.UNPAID:
            advance(order, "pay")  # says why not
        payment = order.payments.live().first()
        if payment is None:
            payment = Payment.objects.create(
                order=order,
                out_trade_no=rules.out_trade_no(order.number, order.payments.count() + 1),
                amount_fen=order.payable_fen,
                created_at=now(),
                expires_at=now() + rules.PAYMENT_WINDOW,
            )
    return payment


def record_prepay(payment: Payment, prepay_id: str, *, by: Actor) -> Payment:
    """WeChat Pay accepted the intent; the buyer can now pay it in the app."""
    by.require("orders.pay_order", owner=payment.order.customer_id)
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if payment.status != Payment.Status.SUCCEEDED:  # the notice may be faster than the answer
            advance(payment, "prepay")
            payment.prepay_id = prepay_id
            payment.save(update_fields=["status", "prepay_id"])
    return payment


def let_payment_time_out(order: Order, *, by: Actor) -> bool:
    """Say that the payment window closed on an order still unpaid; False when it is not."""
    by.require("orders.let_payment_time_out")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        if order.status != Order.Status.UNPAID:
            return False
        publish(PaymentTimedOut(order.pk), by=by)
    return True


def cancel_order(order: Order, why: str, note: str = "", *, by: Actor) -> Order:
    """Call off an unpaid order and free its stock (A4.2a). Staff give one of STAFF_REASONS.

    Whoever calls made sure that WeChat Pay can bring no more money for it (`flows.cancel_order`).
    Raises AlreadyPaid, IllegalTransition.
    """
    by.require("orders.cancel_order", owner=order.customer_id)
    if by.user is not None and why not in Order.STAFF_REASONS:
        raise InvalidValue(fields={"why": [_("Choose a reason.")]})
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        if order.paid_at is not None:
            raise AlreadyPaid
        advance(order, "cancel")
        order.cancelled_at, order.cancel_reason, order.cancel_note = now(), why, note.strip()
        order.save(update_fields=["status", "cancelled_at", "cancel_reason", "cancel_note"])
        for payment in order.payments.live().select_for_update(no_key=True):
            advance(payment, "close")
            payment.save(update_fields=["status"])
        publish(OrderCancelled(order.pk, why), by=by)
        release_stock(order.number, by=Actor.system("order cancelled"))
    return order


@dataclass(frozen=True)
class Receipt:
    """What WeChat Pay says of a payment; amounts in fen. Unless it is paid the rest is None."""

    out_trade_no: str
    trade_state: str
    transaction_id: str | None = None
    amount_fen: int | None = None
    currency: str | None = None
    payer_openid: str | None = None


def settle_payment(receipt: Receipt, *, by: Actor) -> str:
    """Apply a verified receipt field by field; returns the outcome for the inbox.

    `paid`, or `repeat` when it was applied before, or `disputed`: then nothing is marked paid,
    and the differing fields are kept for people. A receipt that is no success is `ignored`.
    """
    by.require("orders.settle_payment")
    if receipt.trade_state != "SUCCESS":
        return "ignored"
    with transaction.atomic():
        payment = Payment.objects.filter(out_trade_no=receipt.out_trade_no).first()
        if payment is None:
            return _dispute(None, receipt, ["out_trade_no"], by)
        order = Order.objects.locked().select_related("customer").get(pk=payment.order_id)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if payment.transaction_id == receipt.transaction_id:
            return "repeat"
        wrong = _differing(payment, order, receipt)
        if wrong:
            return _dispute(payment, receipt, wrong, by)
        _mark_paid(order, payment, receipt, by)
    return "paid"


def _differing(payment: Payment, order: Order, receipt: Receipt) -> list[str]:
    expected = {
        "amount_fen": payment.amount_fen,
        "currency": "CNY",
        "payer_openid": order.customer.openid,
    }
    wrong = rules.differing(expected, asdict(receipt))
    if order.status == Order.Status.CANCELLED:
        if _was_given_back(receipt):
            wrong.append("refunded")
        wrong += [] if wrong or _take_stock_again(order) else ["stock"]
    elif order.status != Order.Status.UNPAID:
        wrong.append("order_status")
    return wrong


def _was_given_back(receipt: Receipt) -> bool:
    """Finance gave this very money back as disputed: an old notice revives no order."""
    disputes = PaymentDispute.objects.filter(transaction_id=receipt.transaction_id)
    return disputes.filter(refund_held_fen__gt=0).exists()


def _take_stock_again(order: Order) -> bool:
    """Whether a cancelled order could have its units back, now that it is paid for after all."""
    wanted = dict(order.lines.values_list("sku_id", "quantity"))
    try:
        with transaction.atomic():
            take_stock(wanted, f"{order.number} again", by=Actor.system("paid after all"))
    except SoldOut:
        return False
    return True


def _dispute(payment: Payment | None, receipt: Receipt, wrong: list[str], by: Actor) -> str:
    """Keep what came, once however often we are told, as work for finance."""
    dispute, is_new = PaymentDispute.objects.get_or_create(
        out_trade_no=receipt.out_trade_no,
        transaction_id=receipt.transaction_id or "",
        defaults={
            "payment": payment,
            "amount_fen": receipt.amount_fen,
            "fields": wrong,
            "found_at": now(),
        },
    )
    if is_new:
        book_dispute(dispute, by=OF_THE_BOOKS)
        _owe_an_answer(dispute, rules.dispute_reason(wrong), by)
    return "disputed"


def _owe_an_answer(dispute: PaymentDispute, reason: str, by: Actor) -> None:
    order = dispute.payment.order if dispute.payment else None
    received_fen = dispute.amount_fen or 0
    due_back_fen = received_fen if reason in {"double", "late"} else 0
    if order is not None:
        publish(PaymentDisputed(order.pk, dispute.fields), by=by)
    if order is not None and reason == "double":
        publish(OrderPaidTwice(order.pk, dispute.pk, due_back_fen), by=by)
    figures = {
        "number": order.number if order else dispute.out_trade_no,
        "reason": reason,
        "received_fen": received_fen,
        "due_back_fen": due_back_fen,
        "dispute": dispute.pk,
    }
    subject = order.stream if order else dispute.stream
    matter = Matter(subject, reason, figures, key=f"dispute:{dispute.pk}")
    open_item(PAYMENT_DISPUTE, matter, by=Actor.system("a payment does not fit"))


def _mark_paid(order: Order, payment: Payment, receipt: Receipt, by: Actor) -> None:
    advance(payment, "succeed")
    payment.transaction_id = receipt.transaction_id
    payment.succeeded_at = now()
    payment.save(update_fields=["status", "transaction_id", "succeeded_at"])
    if order.status == Order.Status.CANCELLED:
        advance(order, "revive")
        publish(OrderRevived(order.pk), by=by)
    else:
        advance(order, "pay")
    order.paid_at = payment.succeeded_at
    order.save(update_fields=["status", "paid_at"])
    book_payment(payment, order.customer.party_id, by=OF_THE_BOOKS)
    make_promise(order, CONFIRM_CLOCK, by=OF_THE_ORDER)
    check_order(order, by=OF_THE_CHECKS)
    publish(OrderPaid(order.pk, payment.pk, payment.amount_fen), by=by)
