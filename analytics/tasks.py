"""What reports do because of the clock."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from analytics.actions import establish_report, open_run, resume_run, retry_report_mail
from analytics.models import MAIL_RETRY, MONTHLY, RUN_WAITS, WEEKLY
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


@clock_job(
    "analytics.send_weekly_report",
    _("Send the weekly report"),
    {"times": ["08:30"], "weekdays": [0]},
    catch_up="latest_only",
)
def send_weekly_report(slot_at: datetime) -> None:
    """The week that ended on Sunday, once; on a holiday it waits for the next workday."""
    by = Actor.system("the weekly report's slot has come", Door.CLOCK)
    open_run(establish_report(WEEKLY, by=by), slot_at, by=by)


@clock_job(
    "analytics.send_monthly_report",
    _("Send the monthly report"),
    {"times": ["09:00"], "month_days": [1]},
    catch_up="latest_only",
)
def send_monthly_report(slot_at: datetime) -> None:
    """The month that is over, once, on the first workday."""
    by = Actor.system("the monthly report's slot has come", Door.CLOCK)
    open_run(establish_report(MONTHLY, by=by), slot_at, by=by)


@fires(RUN_WAITS)
def ask_again_for_figures(timer: Timer) -> bool:
    """Ten minutes later its days may be measured; or the workday has come."""
    run_id = int(timer.subject.removeprefix("report_run:"))
    return resume_run(run_id, by=Actor.system("figures were missing", Door.CLOCK))


@fires(MAIL_RETRY)
def try_mail_again(timer: Timer) -> bool:
    """The mail server may take it now."""
    mail_id = int(timer.subject.removeprefix("report_mail:"))
    return retry_report_mail(mail_id, by=Actor.system("the server did not take it", Door.CLOCK))
