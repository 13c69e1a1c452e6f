"""What happens to notices because time passes."""

from shop.identity.actors import Actor, Door
from shop.notices.actions.sendings import release_sending
from shop.notices.models import RELEASE
from shop.timing.models import Timer
from shop.timing.sweeper import fires


@fires(RELEASE)
def end_quiet_hours(timer: Timer) -> bool:
    """What was held goes out now; nothing is due once it was withdrawn."""
    by = Actor.system("quiet hours are over", Door.CLOCK)
    return release_sending(int(timer.subject.removeprefix("sending:")), by=by)
