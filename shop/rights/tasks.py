"""What happens to customers' requests because time passes."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from shop.identity.actors import Actor, Door
from shop.rights.actions import erase_customer
from shop.rights.models import COOLING_OVER, DataRequest
from shop.rights.remembered import remember_the_missing
from shop.timing.jobs import clock_job
from shop.timing.models import Timer
from shop.timing.sweeper import fires


@fires(COOLING_OVER)
def erase_after_cooling(timer: Timer) -> bool:
    """Nothing is due any more once it was called off."""
    request = DataRequest.objects.get(pk=timer.subject.removeprefix("data_request:"))
    if not request.is_open:
        return False
    erase_customer(request, by=Actor.system("the cooling is over", Door.CLOCK))
    return True


@clock_job(
    "rights.retry_stopped_erasures",
    _("Try stopped erasures again"),
    {"times": ["02:17"]},
    catch_up="latest_only",
    lease=timedelta(minutes=10),
)
def retry_stopped_erasures(slot_at: datetime) -> None:
    """What stood in their way may be settled. Repeats find the same."""
    by = Actor.system("what stood in the way may be settled", Door.CLOCK)
    for request in DataRequest.objects.filter(status=DataRequest.Status.STOPPED):
        erase_customer(request, by=by)


@clock_job(
    "rights.complete_the_list_of_erased",
    _("Compare the list of erased customers"),
    {"times": ["02:29"]},
    catch_up="latest_only",
)
def complete_the_list_of_erased(slot_at: datetime) -> None:
    """Whoever was erased while the list could not be written stands there afterwards."""
    remember_the_missing()
