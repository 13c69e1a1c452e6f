"""What happens to orders."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class OrderPlaced(Event):
    """A contract was made; stock is taken, prices are frozen (fen)."""

    stream_kind = "order"
    label = _("order placed")
    order_id: int
    payable_fen: int
    units: int


@dataclass(frozen=True)
class OrderPaid(Event):
    """WeChat Pay proved that the whole amount came in (fen)."""

    stream_kind = "order"
    label = _("order paid")
    order_id: int
    payment_id: int
    amount_fen: int


@dataclass(frozen=True)
class PaymentTimedOut(Event):
    """The payment window closed on an unpaid order: WeChat Pay must close it before we may."""

    stream_kind = "order"
    label = _("payment window closed")
    order_id: int


@dataclass(frozen=True)
class OrderCancelled(Event):
    """An unpaid order was called off; its stock is free again (`why`: Order.CancelReason)."""

    stream_kind = "order"
    label = _("order cancelled")
    order_id: int
    why: str


@dataclass(frozen=True)
class OrderRevived(Event):
    """Money came for a cancelled order, and everything was still in stock: it goes on as paid."""

    stream_kind = "order"
    label = _("cancelled order paid after all")
    order_id: int


@dataclass(frozen=True)
class PaymentDisputed(Event):
    """A verified notice does not fit our payment; the order stays as it was (names of fields)."""

    stream_kind = "order"
    label = _("payment disputed")
    order_id: int
    fields: list[str]


@dataclass(frozen=True)
class OrderPaidTwice(Event):
    """A second payment came in for a paid order: kept, and due back in full (fen)."""

    stream_kind = "order"
    label = _("order paid twice")
    order_id: int
    dispute_id: int
    due_back_fen: int


@dataclass(frozen=True)
class ExceptionOpened(Event):
    """Something is wrong with an order: a case was opened (`reason`: orders/kinds.py)."""

    stream_kind = "order"
    label = _("exception case opened")
    order_id: int
    item_id: int
    reason: str


@dataclass(frozen=True)
class OrderPushed(Event):
    """The paid order lies on a desk (OR1)."""

    stream_kind = "order"
    label = _("laid on a desk")
    order_id: int
    desk: str


@dataclass(frozen=True)
class OrderConfirmed(Event):
    """Service found the order complete and correct; the promise to deliver runs (A4.2a)."""

    stream_kind = "order"
    label = _("order confirmed")
    order_id: int


@dataclass(frozen=True)
class OrderShipped(Event):
    """The parcel is with the carrier under its waybill (A4.2b)."""

    stream_kind = "order"
    label = _("order shipped")
    order_id: int
    parcel_id: int
    carrier: str
    waybill: str


@dataclass(frozen=True)
class OrderSigned(Event):
    """The consignee has the goods: delivered in the law's sense (E-Commerce Law art. 51)."""

    stream_kind = "order"
    label = _("order signed for")
    order_id: int


@dataclass(frozen=True)
class AddressRevealed(Event):
    """Somebody looked at the consignee's whole name, phone and address; `why` is a code of
    `kinds.REVEALS`."""

    stream_kind = "order"
    label = _("address looked at")
    order_id: int
    why: str = ""


@dataclass(frozen=True)
class LooksPiledUp(Event):
    """One of our staff looked at more consignees within an hour than the work wants."""

    stream_kind = "user"
    label = _("many addresses looked at")
    user_id: int
    looks: int


@dataclass(frozen=True)
class OrderCompleted(Event):
    """The return window closed without a claim."""

    stream_kind = "order"
    label = _("order completed")
    order_id: int
