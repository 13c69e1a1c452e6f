"""What work does about facts: what the machine cannot mend opens an item; time makes it late."""

from shop.events.events import DeliveryMended, DeliveryParked, DeliverySkipped
from shop.events.models import EventLog
from shop.events.outbox import reacts_to
from shop.identity.actors import Actor
from shop.identity.events import StaffUserDismissed
from shop.identity.models import User
from shop.timing.events import (
    CalendarPublished,
    CalendarStillProvisional,
    ClockBreached,
    ClockJobFailed,
    ClockJobRecovered,
    ClockWarned,
    TimerDied,
    TimerReplayed,
)
from shop.timing.models import Calendar
from shop.work.actions.hand_overs import release_items_of
from shop.work.actions.items import Matter, escalate_item, open_item, settle_items, warn_of_item
from shop.work.events import LongWorkContinued, LongWorkStarted
from shop.work.kinds import DEAD_TIMER, FAILING_JOB, PARKED_DELIVERY, PROVISIONAL_YEAR
from shop.work.models import WorkItem
from shop.work.runner import run_stretch


@reacts_to(DeliveryParked)
def open_parked_delivery(event: DeliveryParked, fact: EventLog) -> None:
    """Somebody must look why it does not go through."""
    matter = Matter(
        f"delivery:{event.delivery_id}",
        figures={"reaction": event.reaction, "about": event.about},
    )
    open_item(PARKED_DELIVERY, matter, by=Actor.system("a delivery was parked"))


@reacts_to(DeliveryMended, DeliverySkipped)
def close_parked_delivery(event: DeliveryMended | DeliverySkipped, fact: EventLog) -> None:
    """It went through after all, or was given up."""
    by = Actor.system("the delivery is parked no more")
    settle_items(PARKED_DELIVERY, f"delivery:{event.delivery_id}", by=by)


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


@reacts_to(ClockJobFailed)
def open_failing_job(event: ClockJobFailed, fact: EventLog) -> None:
    """Somebody must look why the house does not do by itself what it should."""
    matter = Matter(f"job:{event.job_id}", figures={"job": event.job})
    open_item(FAILING_JOB, matter, by=Actor.system("a clock job fails"))


@reacts_to(ClockJobRecovered)
def close_recovered_job(event: ClockJobRecovered, fact: EventLog) -> None:
    """A run has ended well again."""
    by = Actor.system("the clock job runs again")
    settle_items(FAILING_JOB, f"job:{event.job_id}", by=by)


@reacts_to(CalendarStillProvisional)
def open_provisional_year(event: CalendarStillProvisional, fact: EventLog) -> None:
    """Said every week; it is one piece of work per year until it is done."""
    matter = Matter(
        f"calendar:{event.calendar_id}", figures={"year": event.year}, key=str(event.year)
    )
    open_item(PROVISIONAL_YEAR, matter, by=Actor.system("the year is near"))


@reacts_to(CalendarPublished)
def close_published_year(event: CalendarPublished, fact: EventLog) -> None:
    """The year that was missing is on the calendar now."""
    years = Calendar.objects.get(pk=event.calendar_id).current().years
    subject = f"calendar:{event.calendar_id}"
    missing = WorkItem.objects.open().filter(kind=PROVISIONAL_YEAR.code, subject=subject)
    if all(item.figures["year"] in years for item in missing):
        by = Actor.system("the year is on the calendar")
        settle_items(PROVISIONAL_YEAR, subject, by=by)


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


@reacts_to(LongWorkStarted, LongWorkContinued, lane="long", outside=True)
def run_long_work(event: LongWorkStarted | LongWorkContinued, fact: EventLog) -> None:
    """In a lane of its own, a stretch at a time, with no transaction open between its batches."""
    run_stretch(event.job_id)
