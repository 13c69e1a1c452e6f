"""An order that the automatic checks hold is refused: its money goes back (A4.2a)."""

from django.db import transaction
from django.utils.translation import gettext as _

from orders.actions.cases import open_case
from orders.actions.checks import OF_THE_CHECKS
from orders.actions.refunds import accept_case
from orders.errors import NotHeld
from orders.events import OrderRefused
from orders.kinds import ORDER_HELD
from orders.models import AfterSalesCase, Order
from orders.selectors.checks import held_by
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.work.actions.items import settle_items
from shop.work.actions.logs import note_item


def refuse_order(order: Order, why: str, *, by: Actor) -> AfterSalesCase:
    """Refuse a paid order that is held: all of its money goes back, as by any after-sales case.

    The reason is kept in the log of what held it, before staff alone. Over what one person grants
    in a day a second one is asked first. Raises NotHeld, InvalidValue without a reason.
    """
    by.require("orders.refuse_order")
    if not why.strip():
        raise InvalidValue(fields={"why": [_("Say why.")]})
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        held = held_by(order)
        if held is None:
            raise NotHeld
        note_item(held, why, by=by)
        units = dict(order.lines.values_list("sku", "quantity"))
        case = open_case(order, units, AfterSalesCase.Reason.OTHER, by=by)
        publish(OrderRefused(order.pk, case.pk), by=by)
        settle_items(ORDER_HELD, order.stream, by=OF_THE_CHECKS)
        return accept_case(case, by=by)
