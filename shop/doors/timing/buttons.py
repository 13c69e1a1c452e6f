"""What staff can do with a timer, a clock job and a run of one."""

from django.utils.translation import gettext_lazy as _

from shop.doors.desk.buttons import button
from shop.timing.actions.jobs import retry_job_run, run_job_now
from shop.timing.actions.timers import replay_timer
from shop.timing.models import JobRun, Timer

button(
    replay_timer,
    _("Fire after all"),
    _("It fires now; if it fails again it comes back here."),
    when=lambda timer: timer.state == Timer.State.DEAD,
    confirm=_("Has the cause been mended? What this timer sets off happens now, however late."),
    is_primary=True,
)
button(
    run_job_now,
    _("Run now"),
    _("It runs as soon as what it owes has run."),
    confirm=_("The job runs once now, beside its timetable."),
)
button(
    retry_job_run,
    _("Try this run again"),
    _("It is being tried again now."),
    when=lambda run: run.state == JobRun.State.FAILED,
    confirm=_("Has the cause been mended? The run is done for its own slot, however late."),
    is_primary=True,
)
