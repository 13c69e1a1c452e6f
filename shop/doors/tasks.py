"""What the doors do because time passes."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from shop.doors.api import keys
from shop.timing.jobs import clock_job


@clock_job(
    "doors.forget_old_keys",
    _("Forget idempotency keys older than a week"),
    {"times": ["03:41"]},
    catch_up="latest_only",
)
def forget_old_keys(slot_at: datetime) -> None:
    """Keys older than a week go. Repeats find nothing left."""
    keys.forget_old_keys()
