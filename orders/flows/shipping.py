"""Telling WeChat of shippings (发货信息录入): intent, call, record."""

from dataclasses import replace

from orders import actions, rules
from orders.models import Order, Parcel, Payment, ShippingUpload
from shop.clock import now
from shop.identity.actors import Actor
from shop.identity.rules import masked_phone
from shop.vendors.errors import VendorRefused
from shop.vendors.wechat.errors import (
    AlreadyTold,
    NothingToShip,
    PaymentNotKnownYet,
    ShippingFinished,
)
from shop.vendors.wechat.shipping import (
    LONGEST_GOODS,
    ShippedParcel,
    Shipping,
    get_shipping,
    must_tell_shippings,
)

Status = ShippingUpload.Status
TOLD = (Status.DONE, Status.MOOT)


def upload_shipping(parcel: Parcel, *, by: Actor) -> str:
    """Tell WeChat of a parcel, once; what became of it (ShippingUpload.Status).

    May be asked again at any point: WeChat takes the same parcel once. A single parcel goes as
    unified shipping, several split, each by itself, the last of them as the end. What no repeat
    will mend goes before people. Raises VendorRetryable: the lane tries again.
    """
    payment = parcel.order.payments.filter(status=Payment.Status.SUCCEEDED).first()
    if payment is None or not must_tell_shippings():
        return ""
    upload = actions.owe_upload(parcel, by=by)
    if upload.status in TOLD:
        return upload.status
    try:
        get_shipping().upload(_shipping_of(parcel, payment))
    except AlreadyTold:  # by an attempt whose answer was lost, or by hand
        pass
    except PaymentNotKnownYet as unknown:
        if now() < upload.owed_since + rules.PAYMENT_KNOWN_WITHIN:
            raise
        return _stuck(upload, "unknown", unknown.code, by)
    except NothingToShip as nothing:
        return _nothing_to_ship(upload, nothing.code, by)
    except ShippingFinished as finished:
        if not _is_known(parcel, payment):
            return _stuck(upload, "refused", finished.code, by)
    except VendorRefused as refused:
        return _stuck(upload, "refused", refused.code, by)
    actions.record_upload(upload, by=by)
    return Status.DONE


def end_shipping(parcel: Parcel, *, by: Actor) -> str:
    """Tell WeChat that nothing more follows a parcel which it knows as one of several: what was
    left of the order was given back. May be asked again at any point; raises VendorRetryable.

    While another parcel is still to be told, that one will be the end.
    """
    payment = parcel.order.payments.filter(status=Payment.Status.SUCCEEDED).first()
    if payment is None or not must_tell_shippings():
        return ""
    told = _shipping_of(parcel, payment)
    if not told.is_whole:
        return ""
    try:
        get_shipping().upload(replace(told, is_split=True))
    except (AlreadyTold, ShippingFinished, NothingToShip):  # it knows, or has nothing to hold back
        pass
    except VendorRefused as refused:
        return _stuck(parcel.shipping_upload, "refused", refused.code, by)
    return Status.DONE


def ask_about_receipt(order: Order, *, by: Actor) -> bool:
    """Ask WeChat whether the customer confirmed in its own pages; then the order is signed for.

    Whoever pushed it to us need not be believed. False: not yet, or it was before. Raises
    VendorError.
    """
    payment = order.payments.filter(status=Payment.Status.SUCCEEDED).first()
    if payment is None or order.status != Order.Status.SHIPPED:
        return False
    if not get_shipping().is_received(str(payment.transaction_id)):
        return False
    return actions.record_receipt(order, by=by)


def _stuck(upload: ShippingUpload, reason: str, code: str, by: Actor) -> str:
    actions.report_stuck_upload(upload, reason, code, by=by)
    return Status.STUCK


def _nothing_to_ship(upload: ShippingUpload, code: str, by: Actor) -> str:
    """Given back in full it is moot; else WeChat knows something that we do not."""
    order = upload.parcel.order
    if sum(order.payments.values_list("refund_held_fen", flat=True)) < order.payable_fen:
        return _stuck(upload, "refused", code, by)
    actions.drop_upload(upload, code, by=by)
    return Status.MOOT


def _is_known(parcel: Parcel, payment: Payment) -> bool:
    return parcel.waybill in get_shipping().known_waybills(str(payment.transaction_id))


def _shipping_of(parcel: Parcel, payment: Payment) -> Shipping:
    order = parcel.order
    others = order.parcels.filter(shipped_at__isnull=False).exclude(pk=parcel.pk)
    has_left = order.status in (Order.Status.SHIPPED, Order.Status.SIGNED, Order.Status.COMPLETED)
    is_split = not has_left or others.exists()
    return Shipping(
        transaction_id=str(payment.transaction_id),
        openid=order.customer.openid,
        parcels=[_parcel(parcel)],
        is_split=is_split,
        is_whole=has_left and not others.exclude(shipping_upload__status__in=TOLD).exists(),
        at=now(),
    )


def _parcel(parcel: Parcel) -> ShippedParcel:
    packed = parcel.lines.select_related("line")
    lines = [(one.line.title, one.quantity) for one in packed]
    return ShippedParcel(
        waybill=parcel.waybill,
        company=parcel.carrier,  # ours are WeChat's own codes (get_delivery_list)
        goods=rules.goods_in_words(lines, LONGEST_GOODS),
        contact=masked_phone(parcel.order.phone),
    )
