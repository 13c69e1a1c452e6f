"""What is measured because a night has passed."""

from datetime import timedelta

from celery import shared_task

from shop.clock import today
from shop.figures.actions import measure_days
from shop.identity.actors import Actor, Door

RESTATED_FOR = 35
"""Days back that are measured again: a refund or a signature may come late."""


@shared_task(name="figures.measure_last_days")
def measure_last_days() -> None:
    """Measure the last five weeks again; what has not changed is not written."""
    yesterday = today() - timedelta(days=1)
    by = Actor.system("measured by night", Door.CLOCK)
    measure_days(yesterday - timedelta(days=RESTATED_FOR - 1), yesterday, by=by)
