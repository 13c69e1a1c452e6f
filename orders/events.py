"""What happens to orders, to after-sales cases, and to refunds."""

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
class WordsUnchecked(Event):
    """A customer's words were taken while WeChat's content check was away: the order's remark, or
    the words of one of its cases."""

    stream_kind = "order"
    label = _("words taken unchecked")
    order_id: int
    case_id: int = 0


@dataclass(frozen=True)
class OrderPaid(Event):
    """WeChat Pay proved that the whole amount came in (fen)."""

    stream_kind = "order"
    label = _("order paid")
    order_id: int
    payment_id: int
    amount_fen: int


@dataclass(frozen=True)
class LimitsSet(Event):
    """From now on paid orders are checked by these limits, which carry out a policy's version."""

    stream_kind = "order_limits"
    label = _("limits of orders set")
    order_limits_id: int
    policy_version_id: int


@dataclass(frozen=True)
class OrderHeld(Event):
    """The automatic checks hold a paid order for a person (`findings`: kinds.FINDINGS)."""

    stream_kind = "order"
    label = _("held by the automatic checks")
    order_id: int
    findings: list[str]


@dataclass(frozen=True)
class OrderRefused(Event):
    """A person refused an order that was held: its money goes back by this case."""

    stream_kind = "order"
    label = _("order refused")
    order_id: int
    case_id: int


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
class WaveReleased(Event):
    """So many orders are to be picked in one walk."""

    stream_kind = "wave"
    label = _("wave released")
    wave_id: int
    orders: int


@dataclass(frozen=True)
class ShortPicked(Event):
    """Units of a lot could not be picked (`reason`: rules.SHORT_PICKS)."""

    stream_kind = "wave"
    label = _("units could not be picked")
    wave_id: int
    lot_id: int
    missing: int
    reason: str


@dataclass(frozen=True)
class PickingBegun(Event):
    """The order is in a wave, and lots are kept for it (A4.2b)."""

    stream_kind = "order"
    label = _("released to be picked")
    order_id: int
    wave_id: int


@dataclass(frozen=True)
class OrderPicked(Event):
    """All of it was taken off the shelves."""

    stream_kind = "order"
    label = _("order picked")
    order_id: int
    wave_id: int


@dataclass(frozen=True)
class PickingCalledOff(Event):
    """The order was taken out of its wave; its goods are free again (`why`: PickTask.Why)."""

    stream_kind = "order"
    label = _("taken out of its wave")
    order_id: int
    wave_id: int
    why: str


@dataclass(frozen=True)
class ParcelPacked(Event):
    """What was scanned into a parcel is what belongs into it; it is closed (A4.2b)."""

    stream_kind = "order"
    label = _("parcel packed")
    order_id: int
    parcel_id: int
    units: int


@dataclass(frozen=True)
class ParcelUnpacked(Event):
    """A parcel that had not left was taken apart; `waybill` is void, if it had one."""

    stream_kind = "order"
    label = _("parcel unpacked again")
    order_id: int
    parcel_id: int
    waybill: str


@dataclass(frozen=True)
class ParcelLabelled(Event):
    """A parcel that is still in the house has its waybill."""

    stream_kind = "order"
    label = _("waybill put on a parcel")
    order_id: int
    parcel_id: int
    carrier: str
    waybill: str


@dataclass(frozen=True)
class PartShipped(Event):
    """One of an order's parcels is with the carrier; more of the order is to follow (A4.2b)."""

    stream_kind = "order"
    label = _("part of the order shipped")
    order_id: int
    parcel_id: int
    carrier: str
    waybill: str


@dataclass(frozen=True)
class HandedOver(Event):
    """A driver counted these parcels and took them away."""

    stream_kind = "hand-over"
    label = _("parcels handed over")
    hand_over_id: int
    carrier: str
    parcels: int


@dataclass(frozen=True)
class OrderShipped(Event):
    """The order's only or last parcel is with the carrier under its waybill (A4.2b)."""

    stream_kind = "order"
    label = _("order shipped")
    order_id: int
    parcel_id: int
    carrier: str
    waybill: str


@dataclass(frozen=True)
class ParcelMoved(Event):
    """A carrier's scan brought a parcel into another state (`state`: models.TrackState).

    Facts from before scans were told of name no `scan_id`.
    """

    stream_kind = "order"
    label = _("news of a parcel")
    order_id: int
    parcel_id: int
    state: str
    scan_id: int = 0


@dataclass(frozen=True)
class ParcelStalled(Event):
    """Nothing was heard of a parcel for longer than is usual (`reason`: orders/kinds.py)."""

    stream_kind = "order"
    label = _("no news of a parcel")
    order_id: int
    parcel_id: int
    reason: str


@dataclass(frozen=True)
class ReceiptTold(Event):
    """WeChat says that something became of an order's receipt or settlement."""

    stream_kind = "order"
    label = _("WeChat told of a receipt")
    order_id: int


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


@dataclass(frozen=True)
class OrderClosed(Event):
    """Everything is given back before anything was shipped: nothing of it goes out."""

    stream_kind = "order"
    label = _("given back before shipping")
    order_id: int


@dataclass(frozen=True)
class MoneyAskedBack(Event):
    """An after-sales case was opened for some of an order's units (fen)."""

    stream_kind = "order"
    label = _("money asked back")
    order_id: int
    case_id: int
    amount_fen: int


@dataclass(frozen=True)
class OrderRefunded(Event):
    """WeChat Pay has given money of this order back to the customer (fen)."""

    stream_kind = "order"
    label = _("money given back")
    order_id: int
    refund_id: int
    amount_fen: int


@dataclass(frozen=True)
class CaseOpened(Event):
    """Somebody asked for money back (`reason`: AfterSalesCase.Reason; fen)."""

    stream_kind = "case"
    label = _("case opened")
    case_id: int
    order_id: int
    reason: str
    amount_fen: int


@dataclass(frozen=True)
class CaseSubmitted(Event):
    """Service would grant it, and a second person is asked: it is over the limit (fen)."""

    stream_kind = "case"
    label = _("submitted for approval")
    case_id: int
    amount_fen: int


@dataclass(frozen=True)
class CaseAccepted(Event):
    """The money is granted, and its refund has its number (fen)."""

    stream_kind = "case"
    label = _("case granted")
    case_id: int
    refund_id: int
    amount_fen: int


@dataclass(frozen=True)
class CaseReturned(Event):
    """It lies before service again (`why`: closed, not_approved, approval_expired)."""

    stream_kind = "case"
    label = _("case returned to service")
    case_id: int
    why: str


@dataclass(frozen=True)
class CaseSettled(Event):
    """The money is back with the customer."""

    stream_kind = "case"
    label = _("case settled")
    case_id: int


@dataclass(frozen=True)
class CaseRefused(Event):
    """Service refused, with an answer to the customer."""

    stream_kind = "case"
    label = _("case refused")
    case_id: int


@dataclass(frozen=True)
class CaseWithdrawn(Event):
    """The customer does not ask any more."""

    stream_kind = "case"
    label = _("case withdrawn")
    case_id: int


@dataclass(frozen=True)
class RefundGranted(Event):
    """Money is to go back under a number that never changes (fen)."""

    stream_kind = "refund"
    label = _("refund granted")
    refund_id: int
    amount_fen: int


@dataclass(frozen=True)
class RefundDue(Event):
    """WeChat Pay is to be asked for it now."""

    stream_kind = "refund"
    label = _("refund due at WeChat Pay")
    refund_id: int


@dataclass(frozen=True)
class RefundAccepted(Event):
    """WeChat Pay took it on; it is not refunded yet."""

    stream_kind = "refund"
    label = _("refund with WeChat Pay")
    refund_id: int


@dataclass(frozen=True)
class RefundSucceeded(Event):
    """The money has gone back (fen)."""

    stream_kind = "refund"
    label = _("refund succeeded")
    refund_id: int
    amount_fen: int


@dataclass(frozen=True)
class RefundJammed(Event):
    """The customer's card or account takes no money: finance must see to it (ABNORMAL)."""

    stream_kind = "refund"
    label = _("refund abnormal")
    refund_id: int


@dataclass(frozen=True)
class RefundClosed(Event):
    """It will not be carried out, and holds no money any more: people decide."""

    stream_kind = "refund"
    label = _("refund closed")
    refund_id: int


@dataclass(frozen=True)
class RecallTraced(Event):
    """So many orders were found to hold units of a recalled lot."""

    stream_kind = "lot"
    label = _("customers of a recalled lot found")
    lot_id: int
    orders: int
    units: int


@dataclass(frozen=True)
class HoldersTold(Event):
    """Customers who hold units of a recalled lot are to hear of it (RecalledGoods ids)."""

    stream_kind = "lot"
    label = _("customers of a recalled lot told")
    lot_id: int
    recalled_ids: list[int]


@dataclass(frozen=True)
class RecalledGoodsSettled(Event):
    """What became of recalled goods at a customer's is known (RecalledGoods.Outcome)."""

    stream_kind = "recalled_goods"
    label = _("recalled goods settled")
    recalled_goods_id: int
    order_id: int
    outcome: str
