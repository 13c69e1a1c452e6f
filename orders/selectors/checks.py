"""What the automatic checks look at."""

from datetime import timedelta

from orders import rules
from orders.kinds import ORDER_HELD
from orders.models import Order, OrderCheck, OrderLimits
from shop.clock import now
from shop.work.models import WorkItem


def limits_in_force() -> OrderLimits | None:
    """The limits that were set last; None while there are none."""
    return OrderLimits.objects.order_by("-pk").first()


def facts_of(order: Order, same_phone: int = 0) -> rules.ReviewFacts:
    """What the checks look at of an order and its lines; `same_phone`: orders to it in a day."""
    lines = list(order.lines.all())
    return rules.ReviewFacts(
        phone=order.phone,
        recipient=order.recipient,
        street=order.street,
        payable_fen=order.payable_fen,
        line_fen=sum(line.payable_fen for line in lines),
        largest_quantity=max(line.quantity for line in lines),
        orders_to_same_phone=same_phone,
    )


def repeats_of(order: Order, address: bytes, window: timedelta) -> rules.Repeats:
    """How many orders to its phone and address and by its buyer were paid within the window.

    `address`: the keyed hash of its address, which it counts by from now on: itself is one.
    """
    recent = Order.objects.filter(paid_at__gte=now() - window)
    checked = OrderCheck.objects.filter(at__gte=now() - window, address_index=address)
    return rules.Repeats(
        to_phone=recent.filter(phone_index=order.phone_index).count(),
        to_address=checked.exclude(order=order).count() + 1,
        by_buyer=recent.filter(customer=order.customer_id).count(),
    )


def held_by(order: Order) -> WorkItem | None:
    """The work of deciding about an order that the automatic checks hold; None when none do."""
    return WorkItem.objects.open().of(order.stream).filter(kind=ORDER_HELD.code).first()
