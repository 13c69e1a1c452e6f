"""Where WeChat Pay must be asked: intent, call, record; no transaction open between."""

from django.conf import settings

from orders import actions
from orders.models import Order, Payment, Refund
from shop.identity.actors import Actor
from shop.vendors.errors import VendorRefused
from shop.vendors.wechat.errors import (
    NotEnoughFunds,
    OrderAlreadyPaid,
    OrderUnknown,
    RefundUnknown,
)
from shop.vendors.wechat.pay import get_pay
from shop.vendors.wechat.refunds import RefundReport
from shop.vendors.wechat.transactions import Transaction


def pay_order(order: Order, *, by: Actor) -> dict[str, str]:
    """What the mini-program hands to wx.requestPayment.

    May be asked again at any point: the payment's number stays, and WeChat Pay answers the same
    parameters with a fresh prepay id. Raises VendorError when WeChat Pay is away.
    """
    payment = actions.begin_payment(order, by=by)
    prepay_id = get_pay().prepay(
        payment.out_trade_no,
        amount_fen=payment.amount_fen,
        description=f"订单 {order.number}",
        openid=order.customer.openid,
        notify_url=f"{settings.PUBLIC_URL}/hooks/wechatpay/",
        expires_at=payment.expires_at,
    )
    actions.record_prepay(payment, prepay_id, by=by)
    return get_pay().client_parameters(prepay_id)


def cancel_order(order: Order, why: str, note: str = "", *, by: Actor) -> Order:
    """Close the payment at WeChat Pay first, so that no money can come, then call the order off.

    Should it turn out to be paid, it is paid, and stays. May be asked again at any point; raises
    VendorError when WeChat Pay is away. A person hears AlreadyPaid, or IllegalTransition when the
    order has gone on; the system's wish is simply over.
    """
    by.require("orders.cancel_order", owner=order.customer_id)
    for payment in order.payments.live():
        _close_or_settle(payment)
    order.refresh_from_db()
    is_person = by.customer is not None or by.user is not None
    if order.status == Order.Status.UNPAID or is_person:
        return actions.cancel_order(order, why, note, by=by)
    return order


def _close_or_settle(payment: Payment) -> None:
    by = Actor.system("asked before cancelling")
    if ask_about_payment(payment, by=by) == "paid":
        return
    try:
        get_pay().close(payment.out_trade_no)
    except OrderAlreadyPaid:  # between our question and our wish
        ask_about_payment(payment, by=by)


def ask_about_payment(payment: Payment, *, by: Actor) -> str:
    """Ask WeChat Pay and apply its answer as a notice would be; the outcome in its words."""
    try:
        transaction = get_pay().query(payment.out_trade_no)
    except OrderUnknown:  # our intent never reached it
        return "ignored"
    return actions.settle_payment(receipt_of(transaction), by=by)


def receipt_of(transaction: Transaction) -> actions.Receipt:
    """A vendor's transaction in our words."""
    return actions.Receipt(
        out_trade_no=transaction.out_trade_no,
        trade_state=transaction.trade_state,
        transaction_id=transaction.transaction_id,
        amount_fen=transaction.total_fen,
        currency=transaction.currency,
        payer_openid=transaction.payer_openid,
    )


def send_refund(refund: Refund, *, by: Actor) -> str:
    """Ask WeChat Pay for it, under the number it was granted with; the outcome in its words.

    May be asked again at any point: the number stays, so the money moves once. Raises VendorError
    when WeChat Pay is away or our account cannot cover it; the latter is finance's work too.
    """
    if refund.status != Refund.Status.REQUESTED:
        return "repeat"
    try:
        report = get_pay().refund(
            refund.out_refund_no,
            transaction_id=str(refund.captured.transaction_id),
            amount_fen=refund.amount_fen,
            total_fen=int(refund.captured.amount_fen or 0),
            reason="退款",
            notify_url=f"{settings.PUBLIC_URL}/hooks/wechatpay-refund/",
        )
    except NotEnoughFunds:
        actions.report_stuck_refund(refund, "not_enough", by=by)
        raise
    except VendorRefused:
        return _refused(refund, by)
    return actions.record_refund(news_of(report), by=by)


def _refused(refund: Refund, by: Actor) -> str:
    """An earlier attempt, whose answer was lost, may have got through: only then it goes on."""
    try:
        report = get_pay().query_refund(refund.out_refund_no)
    except RefundUnknown:
        actions.give_up_refund(refund, by=by)
        return "refused"
    return actions.record_refund(news_of(report), by=by)


def ask_about_refund(refund: Refund, *, by: Actor) -> str:
    """Ask WeChat Pay and apply its answer as a notice would be; the outcome in its words."""
    try:
        report = get_pay().query_refund(refund.out_refund_no)
    except RefundUnknown:  # it said before that it had it
        actions.report_stuck_refund(refund, "differs", by=by)
        return "disputed"
    return actions.record_refund(news_of(report), by=by)


def news_of(report: RefundReport) -> actions.RefundNews:
    """A vendor's refund in our words."""
    return actions.RefundNews(
        out_refund_no=report.out_refund_no,
        refund_id=report.refund_id,
        transaction_id=report.transaction_id,
        status=report.status,
        amount_fen=report.amount_fen,
        total_fen=report.total_fen,
        currency=report.currency,
    )
