"""How the figures of an order's events read."""

from django.utils.translation import gettext as _

from orders.events import (
    AddressRevealed,
    ExceptionOpened,
    OrderCancelled,
    OrderPaid,
    OrderPaidTwice,
    OrderPlaced,
    OrderPushed,
    OrderShipped,
    PaymentDisputed,
)
from orders.kinds import EXCEPTIONS, REVEALS
from orders.models import DeskPush, Order, Parcel
from shop.books.money import yuan
from shop.doors.desk.timeline import in_words


@in_words(OrderPlaced)
def placed(event: OrderPlaced) -> str:
    return _("%(units)d units, %(amount)s") % {
        "units": event.units,
        "amount": yuan(event.payable_fen),
    }


@in_words(OrderPaid)
def paid(event: OrderPaid) -> str:
    return yuan(event.amount_fen)


@in_words(PaymentDisputed)
def disputed(event: PaymentDisputed) -> str:
    return ", ".join(event.fields)


@in_words(OrderPaidTwice)
def paid_twice(event: OrderPaidTwice) -> str:
    return _("%(amount)s due back") % {"amount": yuan(event.due_back_fen)}


@in_words(OrderCancelled)
def cancelled(event: OrderCancelled) -> str:
    known = event.why in Order.CancelReason.values
    return str(Order.CancelReason(event.why).label) if known else event.why


@in_words(ExceptionOpened)
def exception_opened(event: ExceptionOpened) -> str:
    return str(EXCEPTIONS[event.reason].label) if event.reason in EXCEPTIONS else event.reason


@in_words(OrderPushed)
def pushed(event: OrderPushed) -> str:
    return str(DeskPush.Desk(event.desk).label)


@in_words(OrderShipped)
def shipped(event: OrderShipped) -> str:
    return f"{Parcel.Carrier(event.carrier).label} {event.waybill}"


@in_words(AddressRevealed)
def revealed(event: AddressRevealed) -> str:
    return str(REVEALS.get(event.why, ""))
