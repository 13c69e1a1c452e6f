"""How each kind of background work comes about: states of the shop in which it is due.

A new reaction to a fact named here, a new timer kind or task of the clock is staged and killed by
`test_tasks.py` by itself; a fact that nothing here brings about must be given its line.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from catalog.actions import receive_stock
from catalog.kinds import LISTING_AUDIT
from catalog.models import LOT_AGE
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
from shop.events.relay import run_reactions
from shop.forms.actions.forms import (
    Draft,
    edit_form,
    establish_form,
    publish_form,
    revise_form,
)
from shop.forms.actions.sheets import start_sheet
from shop.forms.kinds import Terms
from shop.forms.models import TIME_OVER
from shop.identity.actions import dismiss_staff_user, join_if_new
from shop.identity.actors import Actor
from shop.timing.actions.calendars import edit_calendar_day, publish_calendar_version
from shop.timing.actions.clocks import TIMER, start_clock
from shop.timing.rules import SpecialDay
from shop.vendors.wechat.simulator.notices import sealed_notice
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
from tests.faults.staging import kernel, listing, orders, reports
from tests.faults.staging.worlds import HOUR, Stage, fresh_number
from tests.make import make_calendar, make_order, make_sku, receipt_for
from tests.orders.wechat_money import paid_at_wechat


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
    number = fresh_number()
    customer = cast.customer(f"d2-{number}")
    payment = begin_payment(make_order("unpaid", customer=customer), by=Actor.shopper(customer))
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
    number = fresh_number()
    calendar = make_calendar(f"d2-{number}")
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
    user = cast.staff("service_agent", str(fresh_number())).user
    dismiss_staff_user(user, by=cast.staff("hr"))


def asked_to_export(world):
    return request_approval(
        BIG_EXPORT, "list:customers", {"persons": 2_000}, version=fresh_number(), reason="回访",
        by=cast.staff("data_analyst"),
    )  # fmt: skip


def ran_out(world):
    with turned_to(now() - BIG_EXPORT.expires - HOUR):
        approval = asked_to_export(world)
    expire_approval(approval.pk, by=cast.SYSTEM)


FACTS: dict[str, Stage] = {
    **kernel.FACTS,
    **listing.FACTS,
    **orders.FACTS,
    **reports.FACTS,
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
    "catalog.RevisionPublished": lambda world: make_sku(),
    "catalog.SkuPriced": lambda world: make_sku(),
    "catalog.StockReceived": lambda world: receive_stock(
        make_sku(stock=0), 5, f"GR-D2-{fresh_number()}", by=cast.staff("warehouse")
    ),
    "events.MessageReceived": notice_received,
    "orders.OrderPaid": paid,
    "orders.OrderPlaced": lambda world: make_order("unpaid"),
    "orders.PaymentTimedOut": timed_out,
    "timing.CalendarPublished": calendar_published,
}
"""Kind of fact → what brings it about; its deliveries are left waiting."""

OF_REACTION: dict[tuple[str, str], Stage] = {
    **kernel.OF_REACTION,
    **listing.OF_REACTION,
    **orders.OF_REACTION,
}
"""(Reaction, kind of fact) → the same, where any such fact would leave the reaction idle."""


def window_over(world):
    with turned_to(now() - HOUR):
        make_order("unpaid")
        run_reactions()


def promise_overdue(world):
    with turned_to(now() - timedelta(days=30)):
        start_clock("orders.confirm", f"order:{fresh_number()}", make_calendar(), HOUR,
                    by=cast.SYSTEM)  # fmt: skip


def approval_overdue(world):
    with turned_to(now() - BIG_EXPORT.expires - HOUR):
        asked_to_export(world)


def sheet_overdue(world):
    """Begun when its form had a limit, and its time is over."""
    boss, by = cast.staff("operations_manager"), cast.staff("operations_specialist")
    first = establish_form(LISTING_AUDIT, by=cast.SYSTEM)
    draft = revise_form(first, by=boss)
    draft = edit_form(draft, Draft(draft.asks, Terms(minutes=30)), 0, by=boss)
    with turned_to(now() - HOUR):
        start_sheet(publish_form(draft, by=boss), "product:1", by=by)


TIMERS: dict[str, Stage] = {
    **kernel.TIMERS,
    **listing.TIMERS,
    **orders.TIMERS,
    **reports.TIMERS,
    LOT_AGE: orders.lot_grown_old,
    TIME_OVER: sheet_overdue,
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
    **listing.TASKS,
    **orders.TASKS,
    **reports.TASKS,
    "orders.ask_about_payments": asked_for_money,
    "orders.complete_signed_orders": long_signed,
}
"""Tasks of the clock that need more than a shop in which nothing is due."""

ELSEWHERE = {
    "catalog.look_at_copies": "catalog/test_delisting.py",
    "analytics.hand_over_report": "analytics/test_handing_over.py",
    "notices.send_mail_out": "notices/test_killed_between.py",
    "notices.send_wechat_message": "notices/test_killed_between.py",
    "notices.write_group_message": "notices/test_killed_between.py",
    "orders.send_refund": "orders/test_refund_races.py",
    "work.run_long_work": "faults/test_long_work.py",
}
"""Work that is killed by tests of its own, for what it does outside shows when it is repeated."""

EACH_RUN_COUNTS = {"doors.verify_audit", "timing.remind_of_provisional_years"}
"""Work that says something at each run and changes nothing else: twice is said twice. Its slots
see to it that it runs once."""
