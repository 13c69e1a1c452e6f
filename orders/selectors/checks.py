"""What the automatic checks look at."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from orders import rules
from orders.kinds import CONFIRMATION_SAMPLE, ORDER_HELD
from orders.models import Order, OrderCheck, OrderLimits
from shop.clock import SHANGHAI, now
from shop.work.models import WorkItem

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


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


def is_clean(order: Order) -> bool:
    """Nothing was found, nothing is to be read, nothing is open about it, and the limits it was
    checked by let the house confirm it."""
    clean = OrderCheck.objects.filter(order=order, findings=[], limits__sample_percent__gt=0)
    return (
        not order.remark
        and clean.exists()
        and not WorkItem.objects.open().of(order.stream).exists()
    )


class Sampled(TypedDict):
    """How many of a hundred orders like it people look at."""

    percent: int


def confirmed_by_policy(day: date) -> QuerySet[WithAnnotations[Order, Sampled]]:
    """What no person confirmed on a day in Shanghai and nobody was asked to look at yet."""
    first = datetime.combine(day, time(), SHANGHAI)
    mine = Order.objects.filter(confirmed_at__gte=first, confirmed_at__lt=first + timedelta(days=1))
    by_policy = mine.filter(confirmed_by=None, check_result__limits__sample_percent__gt=0)
    stream = Concat(Value("order:"), Cast(OuterRef("pk"), CharField()))
    asked = WorkItem.objects.filter(kind=CONFIRMATION_SAMPLE.code, subject=stream)
    fresh = by_policy.filter(~Exists(asked)).order_by("pk")
    return fresh.annotate(percent=F("check_result__limits__sample_percent"))  # type: ignore[return-value]
