"""What is measured because a night has passed."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from shop.clock import today
from shop.figures.actions import measure_days
from shop.identity.actors import Actor, Door
from shop.timing.jobs import clock_job

RESTATED_FOR = 35
"""Days back that are measured again: a refund or a signature may come late."""


@clock_job(
    "figures.measure_last_days",
    _("Measure the last five weeks again"),
    {"times": ["00:20"]},
    catch_up="latest_only",
    lease=timedelta(minutes=30),
)
def measure_last_days(slot_at: datetime) -> None:
    """Measure the last five weeks again; what has not changed is not written."""
    yesterday = today() - timedelta(days=1)
    by = Actor.system("measured by night", Door.CLOCK)
    measure_days(yesterday - timedelta(days=RESTATED_FOR - 1), yesterday, by=by)
