"""What work does about facts: what the machine cannot mend opens an item; time makes it late."""

from shop.events.events import DeliveryMended, DeliveryParked, DeliverySkipped
from shop.events.models import EventLog
from shop.events.outbox import reacts_to
from shop.identity.actors import Actor
from shop.identity.events import StaffUserDismissed
from shop.identity.models import User
from shop.timing.events import ClockBreached, ClockWarned, TimerDied, TimerReplayed
from shop.work.actions.hand_overs import release_items_of
from shop.work.actions.items import Matter, escalate_item, open_item, settle_items, warn_of_item
from shop.work.kinds import DEAD_TIMER, PARKED_DELIVERY
from shop.work.models import WorkItem


@reacts_to(DeliveryParked)
def open_parked_delivery(event: DeliveryParked, fact: EventLog) -> None:
    """Somebody must look why it does not go through."""
    matter = Matter(
        f"delivery:{event.delivery_id}",
        figures={"reaction": event.reaction, "about": event.about},
    )
    open_item(PARKED_DELIVERY, matter, by=Actor.system("a delivery was parked"))


@reacts_to(DeliveryMended)
def close_mended_delivery(event: DeliveryMended, fact: EventLog) -> None:
    """It went through after all."""
    _settle_delivery(event.delivery_id)


@reacts_to(DeliverySkipped)
def close_skipped_delivery(event: DeliverySkipped, fact: EventLog) -> None:
    """It was given up."""
    _settle_delivery(event.delivery_id)


def _settle_delivery(delivery_id: int) -> None:
    by = Actor.system("the delivery is parked no more")
    settle_items(PARKED_DELIVERY, f"delivery:{delivery_id}", by=by)


@reacts_to(TimerDied)
def open_dead_timer(event: TimerDied, fact: EventLog) -> None:
    """Somebody must look why it does not fire."""
    matter = Matter(
        f"timer:{event.timer_id}", figures={"timer": event.timer, "about": event.subject}
    )
    open_item(DEAD_TIMER, matter, by=Actor.system("a timer failed for good"))


@reacts_to(TimerReplayed)
def close_replayed_timer(event: TimerReplayed, fact: EventLog) -> None:
    """It is armed again; should it die again, that is a new item."""
    settle_items(DEAD_TIMER, f"timer:{event.timer_id}", by=Actor.system("the timer runs again"))


@reacts_to(ClockWarned)
def warn_of_work(event: ClockWarned, fact: EventLog) -> None:
    """A quarter of an item's time is left."""
    if item := _timed_by(event):
        warn_of_item(item, by=Actor.system("time is running out"))


@reacts_to(ClockBreached)
def escalate_work(event: ClockBreached, fact: EventLog) -> None:
    """An item's time is up: the supervising post must know."""
    if item := _timed_by(event):
        escalate_item(item, by=Actor.system("the time is up"))


def _timed_by(event: ClockWarned | ClockBreached) -> WorkItem | None:
    return WorkItem.objects.open().filter(clock_id=event.clock_id).first()


@reacts_to(StaffUserDismissed)
def release_work(event: StaffUserDismissed, fact: EventLog) -> None:
    """Nothing stays with somebody who has left."""
    release_items_of(User.objects.get(pk=event.user_id), by=Actor.system("a colleague left"))
