"""What falls due for work."""

from shop.identity.actors import Actor, Door
from shop.timing.models import Timer
from shop.timing.sweeper import fires
from shop.work.actions.approvals import EXPIRY, expire_approval


@fires(EXPIRY)
def end_approval(timer: Timer) -> bool:
    """Nobody decided or carried it out in time."""
    approval_id = int(timer.subject.removeprefix("approval:"))
    return expire_approval(approval_id, by=Actor.system("an approval ran out", Door.CLOCK))
