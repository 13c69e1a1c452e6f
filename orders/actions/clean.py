"""What the checks found clean is confirmed by the policy, and sampled by people (A4.2a, OR1)."""

from datetime import date

from django.db import transaction

from orders import rules
from orders.actions.fulfilment import confirm_order
from orders.kinds import CONFIRMATION_SAMPLE
from orders.models import Order
from orders.selectors.checks import confirmed_by_policy, is_clean
from shop.identity.actors import Actor
from shop.work.actions.items import Matter, open_item


def confirm_clean_order(order: Order, *, by: Actor) -> bool:
    """Confirm a paid order in which the checks found nothing, where the policy it was checked
    under says so. False: a person confirms it, for there is something to read or to decide.
    """
    by.require("orders.confirm_clean_order")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        if order.status != Order.Status.PAID or not is_clean(order):
            return False
        confirm_order(order, by=by)
    return True


def sample_confirmations(day: date, *, by: Actor) -> int:
    """Put a share of what the policy confirmed on a day before people; how many. Once per order.

    The share is that of the limits each was checked by, and never less than one order of a day.
    """
    by.require("orders.sample_confirmations")
    with transaction.atomic():
        confirmed = list(confirmed_by_policy(day))
        chosen = rules.sampled({one.number: one.percent for one in confirmed})
        for order in confirmed:
            if order.number in chosen:
                matter = Matter(order.stream, figures={"number": order.number})
                open_item(CONFIRMATION_SAMPLE, matter, by=by)
    return len(chosen)
