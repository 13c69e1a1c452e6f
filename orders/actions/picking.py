"""An order of a wave is picked when nothing of it is left to pick (A4.2b)."""

from django.db import transaction

from catalog.actions import move_picked
from orders.events import OrderPicked
from orders.models import Order, PickTask
from orders.selectors.waves import is_all_picked, units_to_pick
from shop.clock import now
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor

OF_THE_WAREHOUSE = Actor.system("the warehouse's own steps")


def pick_as_listed(task: PickTask, *, by: Actor) -> PickTask:
    """Everything that the paper list names for one order was taken, lot by lot: picked.

    Raises IllegalTransition once it is picked or taken out, LotNotSellable.
    """
    by.require("orders.pick")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=task.order_id)
        task = PickTask.objects.get(pk=task.pk)
        if task.status != PickTask.Status.PICKING:
            advance(task, "pick")  # says why not
        move_picked(order.number, units_to_pick(order), by=by)
        end_picking(task, by=by)
    return task


def end_picking(task: PickTask, *, by: Actor) -> bool:
    """The order is picked when nothing of it is left to pick; False while something is.

    The caller holds the order's lock.
    """
    by.require("orders.pick")
    if not is_all_picked(task.order):
        return False
    advance(task, "pick")
    task.picked_at = now()
    task.save(update_fields=["status", "picked_at"])
    publish(OrderPicked(task.order_id, task.wave_id), by=by)
    return True
