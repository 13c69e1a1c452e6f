"""What falls due for sheets."""

from shop.forms.actions.sheets import end_sheet_time
from shop.forms.models import TIME_OVER
from shop.identity.actors import Actor, Door
from shop.timing.models import Timer
from shop.timing.sweeper import fires


@fires(TIME_OVER)
def hand_in_late_sheet(timer: Timer) -> bool:
    """A sheet's time is up."""
    sheet_id = int(timer.subject.removeprefix("sheet:"))
    return end_sheet_time(sheet_id, by=Actor.system("a sheet's time is up", Door.CLOCK))
