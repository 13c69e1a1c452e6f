"""What reports do because of the clock."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from analytics.actions import establish_report, open_run, resume_run, retry_report_mail
from analytics.models import MAIL_RETRY, RUN_WAITS
from shop.identity.actors import Actor, Door
from shop.timing.jobs import clock_job
from shop.timing.models import Timer
from shop.timing.sweeper import fires


@clock_job(
    "analytics.send_daily_report",
    _("Send the daily report"),
    {"times": ["08:30"]},
    catch_up="latest_only",
)
def send_daily_report(slot_at: datetime) -> None:
    """A report once per slot; of slots that were missed the last one alone."""
    by = Actor.system("the report's slot has come", Door.CLOCK)
    open_run(establish_report(by=by), slot_at, by=by)


@fires(RUN_WAITS)
def ask_again_for_figures(timer: Timer) -> bool:
    """Ten minutes later the day before may be measured."""
    run_id = int(timer.subject.removeprefix("report_run:"))
    return resume_run(run_id, by=Actor.system("figures were missing", Door.CLOCK))


@fires(MAIL_RETRY)
def try_mail_again(timer: Timer) -> bool:
    """The mail server may take it now."""
    mail_id = int(timer.subject.removeprefix("report_mail:"))
    return retry_report_mail(mail_id, by=Actor.system("the server did not take it", Door.CLOCK))
