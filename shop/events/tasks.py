"""Celery's door: a message carries a delivery's number and nothing else."""

from celery import shared_task

from shop.events import relay


@shared_task(name="events.deliver")
def deliver(delivery_id: int) -> None:
    """Run one delivery. Repeats and strays find the lease taken or the work done."""
    relay.deliver(delivery_id)


def ring(delivery_id: int) -> None:
    """Tell a worker, without waiting for a broker that is away."""
    deliver.apply_async((delivery_id,), retry=False)
