"""What the orders do about facts."""

from orders import actions, flows, rules
from orders.events import OrderPaid, OrderPlaced, PaymentTimedOut
from orders.models import PAYMENT_TIMEOUT, DeskPush, Order
from shop.events.actions import mark_applied
from shop.events.events import MessageReceived
from shop.events.models import EventLog, InboxMessage
from shop.events.outbox import reacts_to
from shop.identity.actors import Actor
from shop.timing.actions.timers import arm_timer
from shop.vendors.wechat.notices import reopen_notice


@reacts_to(MessageReceived)
def apply_payment_notice(event: MessageReceived, fact: EventLog) -> None:
    """Read the stored notice again and apply what it says."""
    if event.source != "wechatpay":
        return
    by = Actor.system("payment notice")
    message = InboxMessage.objects.get(pk=event.message_id)
    transaction = reopen_notice(bytes(message.raw)).transaction
    outcome = actions.settle_payment(flows.receipt_of(transaction), by=by)
    mark_applied(message, outcome, by=by)


@reacts_to(OrderPlaced)
def let_payment_window_run(event: OrderPlaced, fact: EventLog) -> None:
    """The stock is kept for the payment window alone."""
    order = Order.objects.get(pk=event.order_id)
    due = order.placed_at + rules.PAYMENT_WINDOW
    arm_timer(PAYMENT_TIMEOUT, order.stream, due, by=Actor.system("order placed"))


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
