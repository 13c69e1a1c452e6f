"""What falls due for dated documents."""

from shop.identity.actors import Actor, Door
from shop.papers.actions import ENDS, tell_of_end
from shop.timing.models import Timer
from shop.timing.sweeper import fires


@fires(ENDS)
def end_paper(timer: Timer) -> bool:
    """A document ends in 60, 30 or 7 days, or has ended."""
    paper_id = int(timer.subject.removeprefix("paper:"))
    return tell_of_end(paper_id, timer.level, by=Actor.system("a document ends", Door.CLOCK))
