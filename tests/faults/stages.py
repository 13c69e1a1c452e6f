"""How each kind of background work comes about: states of the shop in which it is due.

A new reaction to a fact named here, a new timer kind or task of the clock is staged and killed by
`test_tasks.py` by itself; a fact that nothing here brings about must be given its line.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from django.db import transaction

from catalog.actions import quarantine_lot, receive_stock
from catalog.models import LOT_AGE, Lot
from orders import flows
from orders.actions import (
    begin_payment,
    cancel_order,
    hear_of_receipt,
    let_payment_time_out,
    note_words,
    settle_payment,
)
from orders.models import PAYMENT_TIMEOUT
from orders.rules import RETURN_WINDOW
from shop.clock import now, turned_to
from shop.events.actions import receive_message
from shop.events.outbox import publish
from shop.events.relay import run_reactions
from shop.identity.actions import dismiss_staff_user, join_if_new
from shop.identity.actors import Actor
from shop.timing.actions.calendars import edit_calendar_day, publish_calendar_version
from shop.timing.actions.clocks import TIMER, start_clock
from shop.timing.events import TimerDied
from shop.timing.rules import SpecialDay
from shop.vendors.wechat.simulator.notices import sealed_notice
from shop.vendors.wechat.simulator.remote import Remote
from shop.work.actions.approvals import (
    EXPIRY,
    approve,
    expire_approval,
    reject,
    request_approval,
)
from shop.work.kinds import BIG_EXPORT
from tests import cast
from tests import wechat as account
from tests.catalog.goods import stocked
from tests.make import make_calendar, make_order, make_sku, receipt_for
from tests.orders.wechat_money import paid_at_wechat
from tests.wechat import Keys


@dataclass(frozen=True)
class World:
    """What lies outside of the shop: WeChat, and the keys it signs with."""

    wechat: Remote
    keys: Keys


Stage = Callable[[World], object]
HOUR = timedelta(hours=1)
_numbers = count(1)


def paid(world):
    order = make_order("unpaid")
    return settle_payment(receipt_for(begin_payment(order, by=cast.shopper())), by=cast.SYSTEM)


def asked_to_pay(world):
    """An order of somebody whom WeChat knows; WeChat Pay has its prepay."""
    _code, openid = world.wechat.login_code("ming")
    ming = join_if_new(openid, by=cast.SYSTEM)
    order = make_order("unpaid", customer=ming)
    flows.pay_order(order, by=Actor.shopper(ming))
    return order


def timed_out(world):
    order = asked_to_pay(world)
    let_payment_time_out(order, by=cast.SYSTEM)


def notice_received(world):
    payment = begin_payment(make_order("unpaid"), by=cast.shopper())
    number = next(_numbers)
    said = {
        "appid": account.APPID,
        "mchid": account.MCHID,
        "out_trade_no": payment.out_trade_no,
        "transaction_id": f"42000{number:023d}",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "bank_type": "OTHERS",
        "success_time": "2026-11-22T12:00:00+08:00",
        "payer": {"openid": payment.order.customer.openid},
        "amount": {"total": payment.amount_fen, "currency": "CNY"},
    }
    raw, _headers = sealed_notice(
        said,
        at=datetime.now(UTC),
        key=world.keys.platform,
        serial=account.PUBLIC_KEY_ID,
        api_v3_key=account.API_V3_KEY,
    )
    receive_message("wechatpay", f"notice {number}", raw, by=cast.SYSTEM)


def calendar_published(world):
    """While a promise runs by the calendar's older version."""
    number = next(_numbers)
    calendar = make_calendar()
    start_clock("orders.confirm", f"order:{number}", calendar, 4 * HOUR, by=cast.SYSTEM)
    day = SpecialDay((now() + timedelta(days=number)).date(), "holiday", "店庆")
    by = cast.staff("hr")
    publish_calendar_version(edit_calendar_day(calendar, day, "管理层", by=by), by=by)


def called_off(world):
    return cancel_order(make_order("unpaid"), "timeout", by=cast.SYSTEM)


def disputed(world):
    payment = begin_payment(make_order("unpaid"), by=cast.shopper())
    settle_payment(replace(receipt_for(payment), amount_fen=1), by=cast.SYSTEM)


def words_unchecked(world):
    """Of somebody whom WeChat knows, while its content check was away."""
    order = make_order(
        "unpaid", customer=join_if_new(world.wechat.login_code("ming")[1], by=cast.SYSTEM)
    )
    note_words(order, None, "unchecked", by=cast.SYSTEM)


def receipt_told(world):
    """Of an order that WeChat knows as paid and shipped, and its customer confirmed there."""
    order = paid_at_wechat(world.wechat, "shipped")
    hear_of_receipt(str(order.payments.get().transaction_id), by=cast.SYSTEM)


def left(world):
    user = cast.staff("service_agent", str(next(_numbers))).user
    dismiss_staff_user(user, by=cast.staff("hr"))


def said(make):
    """The fact by itself, of a subject that nobody has heard of before."""

    def stage(world):
        with transaction.atomic():
            publish(make(next(_numbers) + 900_000), by=cast.SYSTEM)

    return stage


def asked_to_export(world):
    return request_approval(
        BIG_EXPORT, "list:customers", {"persons": 2_000}, version=next(_numbers), reason="回访",
        by=cast.staff("data_analyst"),
    )  # fmt: skip


def ran_out(world):
    with turned_to(now() - BIG_EXPORT.expires - HOUR):
        approval = asked_to_export(world)
    expire_approval(approval.pk, by=cast.SYSTEM)


def lot_in_store() -> Lot:
    """A lot that is good for two hundred days, and all that came before it is carried."""
    sku = stocked((f"D2-{next(_numbers)}", 5, 200))
    run_reactions()
    return sku.lots.get()


def lot_withdrawn(world):
    return quarantine_lot(lot_in_store(), "quality", by=cast.staff("warehouse"))


FACTS: dict[str, Stage] = {
    "catalog.LotQuarantined": lot_withdrawn,
    "work.ApprovalRequested": asked_to_export,
    "work.ApprovalGranted": lambda world: approve(
        asked_to_export(world), by=cast.staff("director")
    ),
    "work.ApprovalRefused": lambda world: reject(
        asked_to_export(world), comment="不需要", by=cast.staff("director")
    ),
    "work.ApprovalExpired": ran_out,
    "identity.StaffUserDismissed": left,
    "orders.OrderCancelled": called_off,
    "orders.OrderShipped": lambda world: make_order("shipped"),
    "orders.OrderSigned": lambda world: make_order("signed"),
    "orders.PaymentDisputed": disputed,
    "orders.ReceiptTold": receipt_told,
    "orders.WordsUnchecked": words_unchecked,
    "timing.TimerDied": said(lambda n: TimerDied(n, "a.timer", f"order:{n}")),
    "catalog.RevisionPublished": lambda world: make_sku(),
    "catalog.SkuPriced": lambda world: make_sku(),
    "catalog.StockReceived": lambda world: receive_stock(
        make_sku(stock=0), 5, f"GR-D2-{next(_numbers)}", by=cast.staff("warehouse")
    ),
    "events.MessageReceived": notice_received,
    "orders.OrderPaid": paid,
    "orders.OrderPlaced": lambda world: make_order("unpaid"),
    "orders.PaymentTimedOut": timed_out,
    "timing.CalendarPublished": calendar_published,
}
"""Kind of fact → what brings it about; its deliveries are left waiting."""


def window_over(world):
    with turned_to(now() - HOUR):
        make_order("unpaid")
        run_reactions()


def promise_overdue(world):
    with turned_to(now() - timedelta(days=30)):
        start_clock("orders.confirm", f"order:{next(_numbers)}", make_calendar(), HOUR,
                    by=cast.SYSTEM)  # fmt: skip


def approval_overdue(world):
    with turned_to(now() - BIG_EXPORT.expires - HOUR):
        asked_to_export(world)


def lot_grown_old(world):
    with turned_to(now() - timedelta(days=200) - HOUR):
        lot_in_store()


TIMERS: dict[str, Stage] = {
    LOT_AGE: lot_grown_old,
    PAYMENT_TIMEOUT: window_over,
    TIMER: promise_overdue,
    EXPIRY: approval_overdue,
}


def asked_for_money(world):
    """Prepaid a minute ago, and no notice came."""
    with turned_to(now() - timedelta(minutes=1)):
        asked_to_pay(world)


def long_signed(world):
    with turned_to(now() - RETURN_WINDOW - HOUR):
        make_order("signed")


TASKS: dict[str, Stage] = {
    "orders.ask_about_payments": asked_for_money,
    "orders.complete_signed_orders": long_signed,
}
"""Tasks of the clock that need more than a shop in which nothing is due."""

UNSTAGED = {
    "analytics.compose_report",
    "analytics.hand_over_report",
    "analytics.mail_retry",
    "analytics.run_waits",
    "analytics.send_daily_report",
    "catalog.show_expiry",
    "catalog.show_recall",
    "catalog.show_release",
    "catalog.show_returned",
    "doors.verify_audit",
    "figures.measure_last_days",
    "notices.release",
    "notices.send_mail_out",
    "notices.send_wechat_message",
    "notices.tell_of_ending_paper",
    "notices.tell_of_failed_long_work",
    "notices.tell_of_finished_long_work",
    "notices.tell_of_lapsed_paper",
    "notices.tell_of_parked_delivery",
    "notices.tell_receiver_of_work",
    "notices.tell_supervisor_of_overdue_work",
    "notices.write_group_message",
    "orders.apply_payment_notice",
    "orders.ask_about_refunds",
    "orders.close_late_payment",
    "orders.follow_part",
    "orders.give_waybill_back",
    "orders.open_late_case",
    "orders.open_late_order",
    "orders.open_many_looks",
    "orders.parcel_stalls",
    "orders.payment_reminder",
    "orders.refund_due",
    "orders.refund_what_was_approved",
    "orders.return_what_expired",
    "orders.return_what_was_refused",
    "orders.return_what_was_withdrawn",
    "orders.send_refund",
    "orders.shipping_upload_late",
    "orders.tell_customer_of_part",
    "orders.tell_customer_of_refund",
    "orders.tell_customer_of_refusal",
    "orders.tell_wechat_of_part",
    "orders.wait_for_news_of_part",
    "papers.ends",
    "rights.close_called_off_erasure",
    "rights.close_stopped_erasure",
    "rights.cooling_over",
    "rights.open_stopped_erasure",
    "rights.prepare_requested_copy",
    "rights.tell_customer_of_copy",
    "rights.tell_customer_of_erasure",
    "timing.recalculate_clocks",
    "work.begin_long_work",
    "work.close_mended_delivery",
    "work.close_published_year",
    "work.close_recovered_job",
    "work.close_replayed_timer",
    "work.close_skipped_delivery",
    "work.escalate_work",
    "work.go_on_with_long_work",
    "work.open_dead_timer",
    "work.open_failing_job",
    "work.open_parked_delivery",
    "work.open_provisional_year",
    "work.warn_of_work",
}
"""Work that is not staged yet: killed mid-way in tests of its own, or by nobody so far."""
