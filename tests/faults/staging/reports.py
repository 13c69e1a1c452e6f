"""Stages of the managers' mail and of the figures it tells."""

from datetime import timedelta

from analytics import flows
from analytics.actions import (
    await_figures,
    establish_report,
    put_back_report_mail,
    send_test_report,
)
from analytics.actions.mails import begin_report_mail
from analytics.models import (
    DAILY,
    MAIL_RETRY,
    MONTHLY,
    RUN_WAITS,
    WEEKLY,
    ReportMail,
    ReportRun,
)
from shop.clock import now, turned_to
from shop.figures.tasks import measure_last_days
from shop.timing.actions.jobs import establish_jobs
from tests import cast
from tests.faults.staging.worlds import DAY, HOUR, Stage, World
from tests.make import make_order


def run_due(world: World) -> ReportRun:
    """The director wants to see yesterday's report as it is."""
    establish_jobs(by=cast.SYSTEM)
    director = cast.staff("director")
    director.user.email = "jingli@shop.example"
    director.user.save()
    return send_test_report(establish_report(by=cast.SYSTEM), by=director)


def figures_missing(world: World) -> None:
    with turned_to(now() - HOUR):
        await_figures(run_due(world), by=cast.SYSTEM)


def server_was_busy(world: World) -> None:
    """It did not take the mail, twenty minutes ago."""
    with turned_to(now() - timedelta(minutes=20)):
        run = run_due(world)
        flows.compose(run.pk, by=cast.SYSTEM)
        mail = begin_report_mail(ReportMail.objects.get(run=run).pk, by=cast.SYSTEM)
        assert mail
        put_back_report_mail(mail, "451", by=cast.SYSTEM)


def not_opened_today(world: World) -> None:
    """Whatever an earlier stage opened of today's slot."""
    establish_jobs(by=cast.SYSTEM)
    for code in (DAILY, WEEKLY, MONTHLY):
        establish_report(code, by=cast.SYSTEM)
    ReportRun.objects.all().delete()


def another_order(world: World) -> None:
    """All is measured, then one more order of a month ago is in the books."""
    with turned_to(now() - 30 * DAY):
        make_order("paid")
    measure_last_days(now())
    with turned_to(now() - 30 * DAY):
        make_order("paid")


FACTS: dict[str, Stage] = {"analytics.RunDue": run_due}
TIMERS: dict[str, Stage] = {RUN_WAITS: figures_missing, MAIL_RETRY: server_was_busy}
TASKS: dict[str, Stage] = {
    "analytics.send_daily_report": not_opened_today,
    "analytics.send_weekly_report": not_opened_today,
    "analytics.send_monthly_report": not_opened_today,
    "figures.measure_last_days": another_order,
}
