"""The clocks of a paid order: confirmed within an hour of work, shipped within a working day."""

from orders import rules
from orders.kinds import CONFIRM, LATE_ORDER, SHIP
from orders.models import CONFIRM_CLOCK, SHIP_CLOCK, Order
from shop.identity.actors import Actor
from shop.timing.actions.calendars import shop_calendar
from shop.timing.actions.clocks import cancel_clock, meet_clock, start_clock
from shop.timing.models import Clock
from shop.work.actions.items import settle_items

OF_THE_ORDER = Actor.system("an order's own clocks")
LATE = {CONFIRM_CLOCK: CONFIRM, SHIP_CLOCK: SHIP}
"""Promise → the step that is late when it is broken."""
TARGETS = {CONFIRM_CLOCK: rules.CONFIRM_WITHIN, SHIP_CLOCK: rules.SHIP_WITHIN}


def make_promise(order: Order, kind: str, *, by: Actor) -> Clock:
    """Start the clock of this kind; the caller holds the order's lock (A4.2a, A4.2b)."""
    by.require("orders.make_promise")
    return start_clock(kind, order.stream, shop_calendar(by=by), TARGETS[kind], by=by)


def keep_promise(order: Order, kind: str, *, by: Actor) -> None:
    """Stop the clock of this kind, and close the item that said it was late.

    The caller holds the order's lock. An order from before there were clocks has none.
    """
    by.require("orders.keep_promise")
    for clock in Clock.objects.of(order.stream).filter(kind=kind, met_at__isnull=True):
        if meet_clock(clock, by=by).status == Clock.Status.BREACHED:
            settle_items(LATE_ORDER, order.stream, reason=LATE[kind], by=by)


def drop_promises(order: Order, *, by: Actor) -> None:
    """Nothing of the order goes out any more: its clocks end, and so do the items about them.

    The caller holds the order's lock.
    """
    by.require("orders.drop_promises")
    for clock in Clock.objects.of(order.stream).open():
        if clock.kind in LATE:
            cancel_clock(clock, by=by)
    for step in LATE.values():
        settle_items(LATE_ORDER, order.stream, reason=step, by=by)
