"""What the doors do because time passes."""

from celery import shared_task

from shop.doors.api import keys


@shared_task(name="doors.forget_old_keys")
def forget_old_keys() -> None:
    """Keys older than a week go. Repeats find nothing left."""
    keys.forget_old_keys()
