"""The two queues that a paid order joins at once, and that of money asked back (OR1, OR4)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from orders import selectors
from orders.desk.buttons import ACCEPT, CONFIRM, REFUSE, SHIP
from orders.models import Order
from shop.doors.desk.queues import Queue, register_queue

CHECKS = {
    "phone": (_("phone"), _("phone number looks wrong: ask the customer")),
    "address": (_("address"), _("address incomplete: ask the customer")),
    "amount": (_("lines add up"), _("lines do not add up to the amount: tell finance")),
    "quantity": (_("quantities"), _("unusually many of one item: ask the customer")),
    "value": (_("sum"), _("unusually high amount: ask the customer")),
    "repeat": (_("no double order"), _("several orders to this phone today: a double order?")),
}
"""Check → what its chip says when nothing is wrong, and what to do when something is."""

MARKED = _("This order is marked. Has the customer been asked, and is all of it meant?")


def found(orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    return selectors.found_by(orders, text)


def reviews(orders: Sequence[Order]) -> Mapping[int, Mapping[str, Any]]:
    """Each order's automatic checks in words, those that ask for a look first; and its cases."""
    same_phone = selectors.orders_to_same_phone(orders)
    cases = with_cases(orders, selectors.SERVICE_CASES)
    return {order.pk: {**_review(order, same_phone), **cases[order.pk]} for order in orders}


def with_cases(
    orders: Sequence[Order], kinds: Sequence[str] = selectors.WAREHOUSE_CASES
) -> Mapping[int, Mapping[str, Any]]:
    """Each order's open cases of these kinds: one query, and none while there are no cases."""
    cases = selectors.cases_of([order for order in orders if order.cases], kinds)  # type: ignore[attr-defined]
    return {order.pk: {"cases": cases.get(order.pk, [])} for order in orders}


def _review(order: Order, same_phone: Mapping[bytes, int]) -> dict[str, Any]:
    results = selectors.review_of(order, same_phone.get(bytes(order.phone_index), 0))
    return {
        "checks": [
            {"passed": check.passed, "text": CHECKS[check.code][0 if check.passed else 1]}
            for check in sorted(results, key=lambda check: check.passed)
        ],
        "question": "" if all(check.passed for check in results) else MARKED,
    }


SERVICE = register_queue(
    Queue(
        code="service",
        title=_("Service desk"),
        purpose=_("Paid orders to check and confirm. Ask the customer about whatever is marked."),
        empty=_("Every paid order is confirmed. New ones appear here by themselves."),
        icon="support_agent",
        rows=selectors.service_queue,
        find=found,
        about=reviews,
        since="paid_at",
        watched=("status", "paid_at", "due_at", "cases"),
        template="orders/desk/service_row.html",
        permission="orders.view_order",
        buttons=(CONFIRM,),
        search_hint=_("order number or whole phone number"),
        patience=timedelta(minutes=30),
    )
)

WAREHOUSE = register_queue(
    Queue(
        code="warehouse",
        title=_("Warehouse desk"),
        purpose=_("Confirmed orders to pack and ship: scan the waybill, the next row is ready."),
        empty=_("Everything has left the house. New orders appear here by themselves."),
        icon="warehouse",
        rows=selectors.warehouse_queue,
        find=found,
        about=with_cases,
        since="paid_at",
        watched=("status", "paid_at", "due_at", "cases", "wave"),
        template="orders/desk/warehouse_row.html",
        permission="orders.view_order",
        buttons=(SHIP,),
        search_hint=_("order number or whole phone number"),
        patience=timedelta(hours=4),
        remembers=("carrier",),
    )
)

AFTER_SALES = register_queue(
    Queue(
        code="after-sales",
        title=_("After-sales desk"),
        purpose=_("Money that customers ask back: grant it, or refuse it with an answer."),
        empty=_("Everybody has an answer. New cases appear here by themselves."),
        icon="assignment_return",
        rows=selectors.after_sales_queue,
        find=selectors.cases_found_by,
        since="opened_at",
        watched=("status", "version", "due_at"),
        template="orders/desk/case_row.html",
        permission="orders.view_aftersalescase",
        buttons=(ACCEPT, REFUSE),
        search_hint=_("case number or order number"),
        patience=timedelta(hours=8),
    )
)
