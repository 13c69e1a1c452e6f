"""What falls due for clocks, what timing itself does by the clock, and Celery's door to jobs."""

from datetime import datetime

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from shop.identity.actors import Actor, Door
from shop.timing import planner
from shop.timing.actions.calendars import remind_of_provisional_year
from shop.timing.actions.clocks import TIMER, judge_clock
from shop.timing.actions.jobs import forget_job_runs
from shop.timing.jobs import clock_job
from shop.timing.models import Calendar, Timer
from shop.timing.sweeper import fires


@fires(TIMER)
def warn_or_breach(timer: Timer) -> bool:
    """A clock's time is nearly up, or up."""
    clock_id = int(timer.subject.removeprefix("clock:"))
    return judge_clock(clock_id, by=Actor.system("a clock fell due", Door.CLOCK))


@clock_job(
    "timing.remind_of_provisional_years",
    _("Remind of years without published holidays"),
    {"times": ["09:00"], "weekdays": [0]},
    catch_up="latest_only",
)
def remind_of_provisional_years(slot_at: datetime) -> None:
    """Every Monday from November on, while next year's holidays are missing."""
    by = Actor.system("a year is near whose holidays are missing", Door.CLOCK)
    for calendar in Calendar.objects.all():
        remind_of_provisional_year(calendar, by=by)


@clock_job(
    "timing.forget_old_runs",
    _("Forget old runs of clock jobs"),
    {"times": ["03:53"]},
    catch_up="latest_only",
)
def forget_old_runs(slot_at: datetime) -> None:
    """Runs that ended well are shown for thirty days. Repeats find nothing left."""
    forget_job_runs(by=Actor.system("old runs are forgotten", Door.CLOCK))


@shared_task(name="timing.run_slot")
def run_slot(run_id: int) -> None:
    """Run one slot of a job. Repeats and strays find the lease taken or the work done."""
    planner.run_slot(run_id)


def ring(run_id: int) -> None:
    """Tell a worker, without waiting for a broker that is away."""
    run_slot.apply_async((run_id,), retry=False)
