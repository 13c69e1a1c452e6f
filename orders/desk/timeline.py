"""How the figures of events of orders, cases and refunds read."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.events import (
    AddressRevealed,
    CaseAccepted,
    CaseOpened,
    CaseReturned,
    ExceptionOpened,
    MoneyAskedBack,
    OrderCancelled,
    OrderPaid,
    OrderPaidTwice,
    OrderPlaced,
    OrderPushed,
    OrderRefunded,
    OrderShipped,
    ParcelLabelled,
    ParcelMoved,
    ParcelPacked,
    ParcelStalled,
    ParcelUnpacked,
    PartShipped,
    PaymentDisputed,
    PickingCalledOff,
    RefundGranted,
    RefundSucceeded,
)
from orders.kinds import EXCEPTIONS, PARCEL_TROUBLES, REVEALS
from orders.models import AfterSalesCase, DeskPush, Order, Parcel, PickTask, TrackState
from orders.notices import DIFFERENCES
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
    return _(", ").join(str(DIFFERENCES.get(name, name)) for name in event.fields)


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


@in_words(PickingCalledOff)
def called_off(event: PickingCalledOff) -> str:
    return str(PickTask.Why(event.why).label)


@in_words(ParcelPacked)
def packed(event: ParcelPacked) -> str:
    return _("%(units)d units") % {"units": event.units}


@in_words(ParcelUnpacked)
def unpacked(event: ParcelUnpacked) -> str:
    return event.waybill


@in_words(OrderShipped)
def shipped(event: OrderShipped) -> str:
    return _waybill(event)


@in_words(PartShipped)
def part_shipped(event: PartShipped) -> str:
    return _waybill(event)


@in_words(ParcelLabelled)
def labelled(event: ParcelLabelled) -> str:
    return _waybill(event)


def _waybill(event: OrderShipped | PartShipped | ParcelLabelled) -> str:
    return f"{Parcel.Carrier(event.carrier).label} {event.waybill}"


@in_words(ParcelMoved)
def parcel_moved(event: ParcelMoved) -> str:
    return str(TrackState(event.state).label)


@in_words(ParcelStalled)
def parcel_stalled(event: ParcelStalled) -> str:
    return str(PARCEL_TROUBLES[event.reason].label)


@in_words(CaseOpened)
def case_opened(event: CaseOpened) -> str:
    return f"{AfterSalesCase.Reason(event.reason).label}, {yuan(event.amount_fen)}"


RETURNED = {
    "closed": _lazy("WeChat Pay closed the refund"),
    "not_approved": _lazy("it was not approved"),
    "approval_expired": _lazy("nobody approved it in time"),
}


@in_words(CaseReturned)
def case_returned(event: CaseReturned) -> str:
    return str(RETURNED.get(event.why, event.why))


@in_words(MoneyAskedBack)
def asked_back(event: MoneyAskedBack) -> str:
    return yuan(event.amount_fen)


@in_words(OrderRefunded)
def given_back(event: OrderRefunded) -> str:
    return yuan(event.amount_fen)


@in_words(CaseAccepted)
def case_accepted(event: CaseAccepted) -> str:
    return yuan(event.amount_fen)


@in_words(RefundGranted)
def refund_granted(event: RefundGranted) -> str:
    return yuan(event.amount_fen)


@in_words(RefundSucceeded)
def refund_succeeded(event: RefundSucceeded) -> str:
    return yuan(event.amount_fen)


@in_words(AddressRevealed)
def revealed(event: AddressRevealed) -> str:
    return str(REVEALS.get(event.why, ""))
