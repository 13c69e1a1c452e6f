"""An order is taken out of its wave: nothing of it stays kept, picked or packed (A4.2b)."""

from django.db import transaction

from catalog.actions import give_back_allotment
from orders.actions.parcels import unpack_order
from orders.actions.picking import OF_THE_WAREHOUSE
from orders.events import PickingCalledOff
from orders.models import Order, PickTask
from shop.clock import now
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor


def call_off_picking(order: Order, why: str, *, by: Actor) -> bool:
    """Take an order out of its wave: what was kept, picked or packed for it goes back to the
    shelf, and the pickers see it at once. `why`: PickTask.Why. False when there is none.
    """
    by.require("orders.call_off_picking")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        if order.status != Order.Status.CONFIRMED:
            return False
        unpack_order(order, by=OF_THE_WAREHOUSE)
        give_back_allotment(order.number, by=OF_THE_WAREHOUSE)
        task = PickTask.objects.live().filter(order=order).first()
        if task is None:
            return False
        advance(task, "call")
        task.called_off_at, task.why = now(), why
        task.save(update_fields=["status", "called_off_at", "why"])
        publish(PickingCalledOff(order.pk, task.wave_id, why), by=by)
    return True
