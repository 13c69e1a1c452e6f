"""What the tests of reports share: readers, a measured day, a round of the relay."""

from datetime import datetime, timedelta

from analytics.actions import add_recipient, establish_report
from analytics.models import Report, ReportMail, ReportRun
from shop.clock import SHANGHAI, turned_to
from shop.events.relay import run_reactions
from shop.figures.actions import measure_days
from shop.timing.actions.jobs import establish_jobs
from shop.timing.models import ClockJob
from shop.timing.planner import run_due_jobs
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.make import make_order

THURSDAY = datetime(2026, 11, 19, 8, 30, tzinfo=SHANGHAI)
"""The slot most tests are about; it speaks of Wednesday."""
WEDNESDAY = THURSDAY - timedelta(days=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def reader(role="director", name="", report=None):
    """Somebody with an address who gets the report."""
    user = cast.staff(role, name).user
    user.email = f"{user.username}@shop.example"
    user.save()
    with turned_to(THURSDAY - 9 * DAY):
        return add_recipient(report or the_report(), user, by=cast.staff("director", "boss"))


def the_report() -> Report:
    with turned_to(THURSDAY - 10 * DAY):
        establish_jobs(by=cast.SYSTEM)
    return establish_report(by=cast.SYSTEM)


def a_wednesday():
    """Three orders paid on Wednesday, one on the Wednesday before; measured the night after."""
    with turned_to(WEDNESDAY - 7 * DAY):
        make_order("paid")
    with turned_to(WEDNESDAY):
        (
            make_order("confirmed"),
            make_order("paid"),
            make_order("paid", customer=cast.customer("hua")),
        )
    measure(THURSDAY - 8 * 60 * MINUTE)


def measure(at):
    with turned_to(at):
        until = (at.astimezone(SHANGHAI) - DAY).date()
        measure_days(until - 14 * DAY, until, by=cast.SYSTEM)


def nothing_measures():
    """The night's job is not there; what is measured, a test measures."""
    ClockJob.objects.filter(code="figures.measure_last_days").delete()


def tick(at):
    """All that clocks, timers and the relay do at an instant."""
    with turned_to(at):
        run_due_jobs()
        while run_reactions() + sweep_timers(100):
            pass


def run_of(day=WEDNESDAY) -> ReportRun:
    return ReportRun.objects.get(data_on=day.date(), report__code="daily", is_test=False)


def outcomes() -> list[tuple[str, str, str]]:
    """(who, state, why) of every mail."""
    mails = ReportMail.objects.select_related("recipient").order_by("pk")
    return [(mail.recipient.username, mail.status, mail.reason) for mail in mails]
