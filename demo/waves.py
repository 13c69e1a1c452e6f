"""The warehouse's days: a wave before each pick-up, and one that is under way right now."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from demo import rhythm
from demo.plan import LIVED_DAYS
from demo.timeline import Act, Cast
from orders import actions
from orders.errors import NothingToPick
from orders.models import Order, Parcel, PickTask
from orders.selectors.waves import ready_to_pick, units_at_packing
from shop.identity.actors import Actor

BEFORE_THE_PICK_UP = timedelta(minutes=2)
LEFT_FOR_THE_NEXT_WAVE = 1


def waves(present: datetime, cast: Cast) -> Iterator[Act]:
    """Twice a day what is confirmed is released; a visitor finds a wave half picked."""
    by = cast.staff["cangku1"]
    for ago in range(LIVED_DAYS, -1, -1):
        day = rhythm.day_of(present) - timedelta(days=ago)
        for _until, begins in rhythm.PICK_UPS:
            released_at = rhythm.at(day, begins) - BEFORE_THE_PICK_UP
            yield Act(released_at, partial(release_what_is_ready, by))
    yield Act(rhythm.opening_hours_back(present, 8), partial(release_some, by))
    yield Act(rhythm.opening_hours_back(present, 4), partial(pack_the_first, cast))


def release_what_is_ready(by: Actor) -> None:
    ready = list(ready_to_pick())
    if ready:
        actions.release_wave(ready, by=by)


def release_some(by: Actor) -> None:
    """All but the latest, which waits for the next wave."""
    ready = list(ready_to_pick())
    try:
        actions.release_wave(ready[:-LEFT_FOR_THE_NEXT_WAVE], "SF", by=by)
    except NothingToPick:
        return


def pack_the_first(cast: Cast) -> None:
    """One order of the open wave stands at the dock with its label."""
    waiting = Order.objects.to_ship().filter(
        pick_tasks__status="picking", pick_tasks__wave__carrier="SF"
    )
    if order := waiting.order_by("pk").first():
        parcel = pack(order, cast.staff["cangku2"])
        actions.label_parcel(parcel, "SF", f"SF{order.number[:13]}", by=cast.staff["cangku2"])


def pack(order: Order, by: Actor) -> Parcel:
    """Picked from the paper list and packed in one parcel."""
    actions.pick_as_listed(PickTask.objects.live().get(order=order), by=by)
    return actions.pack_parcel(order, units_at_packing(order), by=by)


def send(order: Order, carrier: str, waybill: str, by: Actor) -> Parcel:
    """Out of the house: from its wave, or at once where a case had taken it out of it."""
    if not PickTask.objects.live().filter(order=order).exists():
        return actions.ship_order(order, carrier, waybill, by=by)
    return actions.ship_parcel(pack(order, by), carrier, waybill, by=by)
