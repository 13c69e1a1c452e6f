"""Who gets the reports in the demo, and the week of daily ones that they have had, with the last
weekly and monthly one.

The past is measured once, when all of it is there; each morning's report is composed from that.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from django.db import connection

from analytics.actions import add_recipient, establish_report, open_run
from analytics.actions.mails import Outcome, begin_report_mail, settle_report_mail
from analytics.flows import compose
from analytics.models import DAILY, MONTHLY, RUN_WAITS, WEEKLY, ReportMail, ReportRun
from analytics.rules import span_before, span_compared
from demo import rhythm
from demo.timeline import Act, Cast
from shop.clock import turned_to
from shop.events.relay import run_reactions
from shop.figures.actions import measure_days
from shop.identity.actors import Actor, Door
from shop.timing.actions.jobs import establish_jobs
from shop.timing.actions.timers import cancel_timers

FIRST_READERS = ("zongjian", "yunying")
LATER_READERS = ("shuju1", "kefu", "bumen1")
DAYS = 7
UNANSWERED = "yunying"
SILENT_DAYS_AGO = 2
BY = Actor.system("the demo opens its shop", Door.COMMAND)


def reports(present: datetime, cast: Cast) -> Iterator[Act]:
    """A week ago the director named the first two who get it."""
    at = rhythm.at(rhythm.day_of(present) - timedelta(days=DAYS), time(10))
    yield Act(at, partial(name_readers, FIRST_READERS, cast))


def name_readers(readers: Sequence[str], cast: Cast, code: str = DAILY) -> None:
    report = establish_report(code, by=BY)
    for username in readers:
        user = cast.staff[username].user
        assert user is not None
        add_recipient(report, user, by=cast.staff["zongjian"])


def sent_of_week_and_month(present: datetime, cast: Cast) -> None:
    """The last whole week's and month's, at their slots, to the first two readers."""
    for code, clock in ((WEEKLY, time(8, 30)), (MONTHLY, time(9))):
        slot = last_slot(code, clock, present)
        with turned_to(slot - timedelta(days=1)):
            name_readers(FIRST_READERS, cast, code)
        with turned_to(slot):
            measure_two(code, rhythm.day_of(slot))
            send(slot, present, code)


def measure_two(code: str, day: date) -> None:
    """The days that the report of this day speaks of, and those it compares them with."""
    span = span_before(code, day)
    measure_days(span_compared(code, span).since, span.until, by=BY)


def last_slot(code: str, clock: time, present: datetime) -> datetime:
    """On the latest Monday, or the latest first of a month, whose slot has come."""
    day = rhythm.day_of(present)
    while not _is_day_of(code, day) or rhythm.at(day, clock) > present:
        day -= timedelta(days=1)
    return rhythm.at(day, clock)


def _is_day_of(code: str, day: date) -> bool:
    return day.weekday() == 0 if code == WEEKLY else day.day == 1


def sent_every_morning(present: datetime, cast: Cast) -> None:
    """The mornings since then, once everything is measured: one mail was never answered for, and
    before the last of them the others were named."""
    with connection.cursor() as cursor:  # drawing loads for seconds, in the seed's one transaction
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '2min'")
    establish_jobs(by=BY)
    today = rhythm.day_of(present)
    for ago in range(DAYS - 1, -1, -1):
        morning = rhythm.at(today - timedelta(days=ago), time(8, 30))
        if ago == 0:
            with turned_to(rhythm.at(today - timedelta(days=1), time(10))):
                name_readers(LATER_READERS, cast)
        if morning <= present:
            with turned_to(morning):
                send(morning, present, is_silent=ago == SILENT_DAYS_AGO)
    sent_of_week_and_month(present, cast)
    run_reactions()


def send(slot: datetime, present: datetime, code: str = DAILY, *, is_silent: bool = False) -> None:
    run = open_run(establish_report(code, by=BY), slot, by=BY)
    if run is None or run.due_at > present:  # a day off: none, or its timer sends it
        return
    with turned_to(run.due_at):
        cancel_timers(RUN_WAITS, run.stream, by=BY)  # what it waited for is now
        hand_over(run, is_silent=is_silent)


def hand_over(run: ReportRun, *, is_silent: bool) -> None:
    compose(run.pk, by=BY)
    for mail in ReportMail.objects.filter(run=run, status=ReportMail.Status.QUEUED):
        held = begin_report_mail(mail.pk, by=BY)
        if held is not None:
            is_lost = is_silent and held.recipient.username == UNANSWERED
            settle_report_mail(held, LOST if is_lost else Outcome("accept"), by=BY)


LOST = Outcome("lose", ReportMail.Reason.UNANSWERED)
