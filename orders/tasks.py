"""What happens to orders because time passes."""

from datetime import datetime, timedelta

import structlog
from django.utils.translation import gettext_lazy as _

from orders import actions, flows, rules
from orders.models import (
    PARCEL_STALLS,
    PAYMENT_REMINDER,
    PAYMENT_TIMEOUT,
    REFUND_DUE,
    UPLOAD_LATE,
    Order,
    Parcel,
    ParcelTrack,
    Payment,
    Refund,
    ShippingUpload,
)
from orders.notices import PAYMENT_ENDING
from shop.clock import now, today
from shop.identity.actors import Actor, Door
from shop.notices.actions.raising import Fact, send_notice
from shop.timing.jobs import clock_job
from shop.timing.models import Timer
from shop.timing.sweeper import fires
from shop.vendors.carriers.client import follows_parcels
from shop.vendors.errors import VendorError

log = structlog.get_logger(__name__)
ASK_AT_ONCE = 100


@fires(PAYMENT_TIMEOUT)
def end_payment_window(timer: Timer) -> bool:
    """Nothing is due any more once the order is paid or cancelled."""
    order = Order.objects.get(pk=timer.subject.removeprefix("order:"))
    by = Actor.system("payment window closed", Door.CLOCK)
    return actions.let_payment_time_out(order, by=by)


@fires(PAYMENT_REMINDER)
def remind_of_payment(timer: Timer) -> bool:
    """Only of an order that still waits; whoever did not agree to reminders is not told."""
    order = Order.objects.get(pk=timer.subject.removeprefix("order:"))
    if order.status != Order.Status.UNPAID:
        return False
    by = Actor.system("the payment window is about to end", Door.CLOCK)
    send_notice(PAYMENT_ENDING, order.customer, Fact(order.stream), by=by)
    return True


@clock_job(
    "orders.ask_about_payments",
    _("Ask WeChat Pay about payments not heard of"),
    {"every": 1},
    catch_up="latest_only",
    lease=timedelta(minutes=2),
)
def ask_about_payments(slot_at: datetime) -> None:
    """A lost notice is found by asking: every payment that has waited for half a minute."""
    by = Actor.system("asked WeChat Pay", Door.CLOCK)
    for payment in Payment.objects.unheard_of(now()).select_related("order").iterator():
        try:
            flows.ask_about_payment(payment, by=by)
        except VendorError as error:  # the next minute asks again
            log.warning("payment_not_answered", payment=payment.pk, error=str(error))


@fires(REFUND_DUE)
def end_refunds_wait(timer: Timer) -> bool:
    """WeChat Pay takes the next refund of a payment a minute after the last."""
    refund = Refund.objects.get(pk=timer.subject.removeprefix("refund:"))
    by = Actor.system("a minute after the last refund", Door.CLOCK)
    return actions.let_refund_go(refund, by=by)


@clock_job(
    "orders.ask_about_refunds",
    _("Ask WeChat Pay about refunds not heard of"),
    {"every": 1},
    catch_up="latest_only",
    lease=timedelta(minutes=2),
)
def ask_about_refunds(slot_at: datetime) -> None:
    """A lost notice is found by asking, ever less often; an abnormal one until it has ended."""
    by = Actor.system("asked WeChat Pay", Door.CLOCK)
    for refund in Refund.objects.to_ask_about(now()).iterator():
        try:
            flows.ask_about_refund(refund, by=by)
        except VendorError as error:  # the next minute asks again
            log.warning("refund_not_answered", refund=refund.pk, error=str(error))


@fires(PARCEL_STALLS)
def see_to_stalled_parcel(timer: Timer) -> bool:
    """Nothing was heard of it for too long."""
    parcel = Parcel.objects.get(pk=timer.subject.removeprefix("parcel:"))
    by = Actor.system("no news of a parcel", Door.CLOCK)
    return actions.report_stalled_parcel(parcel, by=by)


@clock_job(
    "orders.ask_about_parcels",
    _("Ask carriers about parcels not heard of"),
    {"every": 10},
    catch_up="latest_only",
    lease=timedelta(minutes=5),
)
def ask_about_parcels(slot_at: datetime) -> None:
    """A lost push is found by asking: a hundred parcels at a time, the longest silent first."""
    if not follows_parcels():
        return
    by = Actor.system("asked the carrier", Door.CLOCK)
    silent = ParcelTrack.objects.to_ask_about(now()).select_related("parcel__order")
    for track in silent[:ASK_AT_ONCE]:
        try:
            flows.ask_about_parcel(track.parcel, by=by)
        except VendorError as error:  # in six hours again
            log.warning("parcel_not_answered", parcel=track.pk, error=str(error))


@fires(UPLOAD_LATE)
def alarm_of_late_upload(timer: Timer) -> bool:
    """WeChat reminds after two days; people know half a day before."""
    upload = ShippingUpload.objects.get(parcel=int(timer.subject.removeprefix("parcel:")))
    by = Actor.system("WeChat does not know of a shipping", Door.CLOCK)
    return actions.report_late_upload(upload, by=by)


@clock_job(
    "orders.tell_wechat_again",
    _("Tell WeChat again of shippings that it refused"),
    {"every": 60},
    catch_up="latest_only",
    lease=timedelta(minutes=10),
)
def tell_wechat_again(slot_at: datetime) -> None:
    """What was mended, or entered by hand in WeChat's console, is found by telling it again."""
    by = Actor.system("told WeChat again", Door.CLOCK)
    stuck = ShippingUpload.objects.filter(status=ShippingUpload.Status.STUCK)
    for upload in stuck.select_related("parcel__order__customer").order_by("pk")[:ASK_AT_ONCE]:
        try:
            flows.upload_shipping(upload.parcel, by=by)
        except VendorError as error:  # in an hour again
            log.warning("shipping_not_told", parcel=upload.parcel_id, error=str(error))


@clock_job(
    "orders.complete_signed_orders",
    _("Complete orders whose return window has closed"),
    {"every": 60, "window": ["00:07", "24:00"]},
    catch_up="latest_only",
)
def complete_signed_orders(slot_at: datetime) -> None:
    """Complete every order whose return window has closed. Repeats find nothing left."""
    by = Actor.system("return window closed", Door.CLOCK)
    for order in Order.objects.to_complete(now() - rules.RETURN_WINDOW).iterator():
        actions.complete_order(order, by=by)


@clock_job(
    "orders.sample_confirmations",
    _("Choose which confirmations of the policy people look at"),
    {"times": ["08:40"]},
    catch_up="latest_only",
)
def sample_confirmations(slot_at: datetime) -> None:
    """Yesterday's. Repeats choose the same, and ask nobody twice."""
    by = Actor.system("the daily sample", Door.CLOCK)
    actions.sample_confirmations(today() - timedelta(days=1), by=by)
