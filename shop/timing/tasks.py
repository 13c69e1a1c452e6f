"""What falls due for clocks."""

from shop.identity.actors import Actor, Door
from shop.timing.actions.clocks import TIMER, judge_clock
from shop.timing.models import Timer
from shop.timing.sweeper import fires


@fires(TIMER)
def warn_or_breach(timer: Timer) -> bool:
    """A clock's time is nearly up, or up."""
    clock_id = int(timer.subject.removeprefix("clock:"))
    return judge_clock(clock_id, by=Actor.system("a clock fell due", Door.CLOCK))
