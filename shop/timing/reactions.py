"""What the clocks do about a new calendar."""

from shop.events.models import EventLog
from shop.events.outbox import reacts_to
from shop.identity.actors import Actor
from shop.timing.actions.clocks import recalculate_clock
from shop.timing.events import CalendarPublished
from shop.timing.models import Clock


@reacts_to(CalendarPublished, outside=True)  # a transaction per clock: they may be many
def recalculate_clocks(event: CalendarPublished, fact: EventLog) -> None:
    """Every running clock of the calendar; one cut short goes on where it stopped."""
    by = Actor.system("the calendar changed")
    outdated = Clock.objects.running().filter(
        calendar_id=event.calendar_id, version__number__lt=event.version
    )
    for clock in outdated.order_by("pk").iterator():
        recalculate_clock(clock, by=by)
