"""What the orders do about facts."""

from orders import actions
from orders.events import OrderPaid
from orders.models import DeskPush, Order
from shop.events.actions import mark_applied
from shop.events.events import MessageReceived
from shop.events.models import EventLog, InboxMessage
from shop.events.outbox import reacts_to
from shop.identity.actors import Actor
from shop.vendors.wechat.notices import reopen_notice


@reacts_to(MessageReceived)
def apply_payment_notice(event: MessageReceived, fact: EventLog) -> None:
    """Read the stored notice again and apply what it says."""
    if event.source != "wechatpay":
        return
    by = Actor.system("payment notice")
    message = InboxMessage.objects.get(pk=event.message_id)
    transaction = reopen_notice(bytes(message.raw)).transaction
    receipt = actions.Receipt(
        out_trade_no=transaction.out_trade_no,
        transaction_id=transaction.transaction_id,
        trade_state=transaction.trade_state,
        amount_fen=transaction.total_fen,
        currency=transaction.currency,
        payer_openid=transaction.payer_openid,
    )
    mark_applied(message, actions.settle_payment(receipt, by=by), by=by)


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
