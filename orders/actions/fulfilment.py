"""From a paid order to a completed one, and the cases on the way."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from orders import rules
from orders.actions.books import OF_THE_BOOKS, book_sale
from orders.actions.call_off import call_off_picking
from orders.actions.promises import OF_THE_ORDER, keep_promise, make_promise
from orders.events import (
    AddressRevealed,
    ExceptionOpened,
    LooksPiledUp,
    OrderCompleted,
    OrderConfirmed,
    OrderPushed,
    OrderSigned,
)
from orders.kinds import CONFIRM, EXCEPTIONS, ORDER_EXCEPTION, REVEALS, SHIP
from orders.models import CONFIRM_CLOCK, SHIP_CLOCK, DeskPush, Order, PickTask
from orders.selectors import looks_of, require_free
from shop.clock import now
from shop.errors import IllegalTransition, InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.records.models import AuditEntry
from shop.records.trail import record
from shop.work.actions.items import Matter, open_item
from shop.work.actions.logs import note_item
from shop.work.models import WorkItem

LOOK_AT_CONSIGNEE = gettext_noop("the consignee's whole address and phone")


def push_order(order: Order, desk: str, *, by: Actor) -> None:
    """Lay a paid order on a desk, once however often this is asked (A4.2a, OR1)."""
    by.require("orders.push_order")
    with transaction.atomic():
        _push, is_new = DeskPush.objects.get_or_create(
            order=order, desk=desk, defaults={"pushed_at": now()}
        )
        if is_new:
            publish(OrderPushed(order.pk, desk), by=by)


def confirm_order(order: Order, *, by: Actor) -> Order:
    """Accept a paid order: the promise to deliver runs (A4.2a, E-Commerce Law art. 20).

    Raises StepHeld while an exception case holds it.
    """
    by.require("orders.confirm_order")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        advance(order, "confirm")
        require_free(order, CONFIRM)
        order.confirmed_at = now()
        order.confirmed_by = by.user
        order.save(update_fields=["status", "confirmed_at", "confirmed_by"])
        publish(OrderConfirmed(order.pk), by=by)
        keep_promise(order, CONFIRM_CLOCK, by=OF_THE_ORDER)
        make_promise(order, SHIP_CLOCK, by=OF_THE_ORDER)
    return order


def open_exception(order: Order, reason: str, note: str = "", *, by: Actor) -> WorkItem:
    """Open a case about an order between payment and signature, with its contact log (A4.2a).

    It holds the steps that its reason names until it is closed; the same reason again adds to
    the log of the case that is open. Raises IllegalTransition in any other state.
    """
    by.require("orders.open_exception")
    if reason not in EXCEPTIONS:
        raise InvalidValue(fields={"reason": [_("Choose a reason.")]})
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        if order.status not in Order.MAY_GO_WRONG:
            raise IllegalTransition
        is_new = not WorkItem.objects.open().about(ORDER_EXCEPTION.code, order.stream, reason)
        matter = Matter(order.stream, reason, {"number": order.number, "reason": reason})
        case = open_item(ORDER_EXCEPTION, matter, by=by)
        if SHIP in EXCEPTIONS[reason].holds:
            call_off_picking(order, PickTask.Why.HELD, by=OF_THE_ORDER)
        if note.strip():
            note_item(case, note, by=by)
        if is_new:
            publish(ExceptionOpened(order.pk, case.pk, reason), by=by)
    return case


def reveal_address(order: Order, why: str, *, by: Actor) -> None:
    """Let this person see the consignee's whole address for a few minutes, and remember that they
    looked and why (Personal Information Protection Law art. 51).

    `why` is a code of `kinds.REVEALS`. Whoever looks at more than thirty within an hour is seen to.
    """
    by.require("orders.reveal_address")
    if why not in REVEALS:
        raise InvalidValue(fields={"why": [_("Choose a reason.")]})
    with transaction.atomic():
        publish(AddressRevealed(order.pk, why), by=by)
        record(AuditEntry.Kind.LOOK, order.stream, LOOK_AT_CONSIGNEE, by=by)
        if by.user is not None and (looks := looks_of(by.user)) > rules.LOOKS_AN_HOUR:
            publish(LooksPiledUp(by.user.pk, looks), by=by)


def sign_order(order: Order, *, by: Actor) -> Order:
    """Record that the consignee has the goods: delivered (E-Commerce Law art. 51), and sold."""
    by.require("orders.sign_order", owner=order.customer_id)
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        advance(order, "sign")
        order.signed_at = now()
        order.save(update_fields=["status", "signed_at"])
        publish(OrderSigned(order.pk), by=by)
        book_sale(order, by=OF_THE_BOOKS)
    return order


def complete_order(order: Order, *, by: Actor) -> Order:
    """Close a signed order whose return window has passed (Consumer Protection Law art. 25)."""
    by.require("orders.complete_order")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        advance(order, "complete")
        order.completed_at = now()
        order.save(update_fields=["status", "completed_at"])
        publish(OrderCompleted(order.pk), by=by)
    return order
