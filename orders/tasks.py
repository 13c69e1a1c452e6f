"""What happens to orders because time passes."""

from celery import shared_task

from orders import actions, rules
from orders.models import Order
from shop.clock import now
from shop.identity.actors import Actor, Door


@shared_task(name="orders.complete_signed_orders")
def complete_signed_orders() -> None:
    """Complete every order whose return window has closed. Repeats find nothing left."""
    by = Actor.system("return window closed", Door.CLOCK)
    for order in Order.objects.signed_before(now() - rules.RETURN_WINDOW).iterator():
        actions.complete_order(order, by=by)
