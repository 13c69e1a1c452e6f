"""WeChat is told of every parcel (发货信息录入): owed with the shipping, kept until it knows."""

from django.db import transaction

from orders import rules
from orders.actions.fulfilment import sign_order
from orders.events import ReceiptTold
from orders.kinds import SHIPPING_UNTOLD
from orders.models import UPLOAD_LATE, Order, Parcel, Payment, ShippingUpload
from shop.clock import now
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.timing.actions.timers import arm_timer, cancel_timers
from shop.work.actions.items import Matter, open_item, settle_items

OF_THE_UPLOAD = Actor.system("shipping information for WeChat")


def owe_upload(parcel: Parcel, *, by: Actor) -> ShippingUpload:
    """WeChat must be told of this parcel: once, and before two days are over (A4.2b)."""
    by.require("orders.owe_upload")
    with transaction.atomic():
        upload, is_new = ShippingUpload.objects.get_or_create(
            parcel=parcel, defaults={"owed_since": now()}
        )
        if is_new:
            due = upload.owed_since + rules.TELL_WECHAT_WITHIN
            arm_timer(UPLOAD_LATE, _stream(parcel), due, by=OF_THE_UPLOAD)
    return upload


def record_upload(upload: ShippingUpload, *, by: Actor) -> None:
    """WeChat knows of it: nobody needs to see to it any more."""
    by.require("orders.record_upload")
    with transaction.atomic():
        upload = _locked(upload)
        if upload.status == ShippingUpload.Status.DONE:
            return
        advance(upload, "take")
        upload.told_at, upload.code = now(), ""
        upload.save(update_fields=["status", "told_at", "code"])
        _end(upload)


def drop_upload(upload: ShippingUpload, code: str, *, by: Actor) -> None:
    """There is nothing to tell: the payment was given back. `code`: WeChat's answer."""
    by.require("orders.drop_upload")
    with transaction.atomic():
        upload = _locked(upload)
        advance(upload, "drop")
        upload.code = code
        upload.save(update_fields=["status", "code"])
        _end(upload)


def report_stuck_upload(upload: ShippingUpload, reason: str, code: str, *, by: Actor) -> None:
    """No repeat of itself will mend it: people see to it. `reason`: kinds.UNTOLD."""
    by.require("orders.report_stuck_upload")
    with transaction.atomic():
        upload = _locked(upload)
        advance(upload, "stick")
        upload.code = code
        upload.save(update_fields=["status", "code"])
        _alarm(upload, reason)


def report_late_upload(upload: ShippingUpload, *, by: Actor) -> bool:
    """A day and a half are over and WeChat does not know; False when it does (A4.2b)."""
    by.require("orders.report_late_upload")
    with transaction.atomic():
        upload = _locked(upload)
        if upload.status in (ShippingUpload.Status.DONE, ShippingUpload.Status.MOOT):
            return False
        _alarm(upload, "late")
    return True


def _alarm(upload: ShippingUpload, reason: str) -> None:
    parcel = upload.parcel
    figures = {"number": parcel.order.number, "waybill": parcel.waybill, "reason": reason}
    matter = Matter(parcel.order.stream, reason, figures, key=f"{_stream(parcel)} {reason}")
    open_item(SHIPPING_UNTOLD, matter, by=OF_THE_UPLOAD)


def _end(upload: ShippingUpload) -> None:
    parcel = upload.parcel
    cancel_timers(UPLOAD_LATE, _stream(parcel), by=OF_THE_UPLOAD)
    for reason in SHIPPING_UNTOLD.reasons:
        key = f"{_stream(parcel)} {reason}"
        settle_items(SHIPPING_UNTOLD, parcel.order.stream, key=key, by=OF_THE_UPLOAD)


def _stream(parcel: Parcel) -> str:
    return f"parcel:{parcel.pk}"


def _locked(upload: ShippingUpload) -> ShippingUpload:
    """The upload behind its order's lock, which comes first everywhere."""
    Order.objects.locked().get(parcels__shipping_upload=upload)
    locked = ShippingUpload.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("parcel__order").get(pk=upload.pk)


def hear_of_receipt(transaction_id: str, *, by: Actor) -> str:
    """WeChat pushed that the customer confirmed, or that money is settled: it will be asked.

    Returns what became of it: `asked`, or `unknown` for a payment that is none of ours.
    """
    by.require("orders.hear_of_receipt")
    paid = Payment.objects.filter(transaction_id=transaction_id).order_by("pk").first()
    if paid is None:
        return "unknown"
    with transaction.atomic():
        publish(ReceiptTold(paid.order_id), by=by)
    return "asked"


def record_receipt(order: Order, *, by: Actor) -> bool:
    """The customer confirmed in WeChat itself: the order is signed for, unless it was before."""
    by.require("orders.record_receipt")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        if order.status != Order.Status.SHIPPED:
            return False
        sign_order(order, by=by)
    return True
