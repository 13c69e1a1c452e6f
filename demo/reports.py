"""Who gets the daily report in the demo, and the week of reports that they have had.

The past is measured once, when all of it is there; each morning's report is composed from that.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from functools import partial

from django.db import connection

from analytics.actions import add_recipient, establish_report, open_run
from analytics.actions.mails import Outcome, begin_report_mail, settle_report_mail
from analytics.flows import compose
from analytics.models import ReportMail
from demo import rhythm
from demo.timeline import Act, Cast
from shop.clock import turned_to
from shop.events.relay import run_reactions
from shop.identity.actors import Actor, Door
from shop.timing.actions.jobs import establish_jobs

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


def name_readers(readers: Sequence[str], cast: Cast) -> None:
    report = establish_report(by=BY)
    for username in readers:
        user = cast.staff[username].user
        assert user is not None
        add_recipient(report, user, by=cast.staff["zongjian"])


def sent_every_morning(present: datetime, cast: Cast) -> None:
    """The mornings since then, once everything is measured: one mail was never answered for, and
    before the last of them the others were named."""
    with (
        connection.cursor() as cursor
    ):  # drawing loads for seconds, and the seed is one transaction
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
                send(morning, is_silent=ago == SILENT_DAYS_AGO)
    run_reactions()


def send(morning: datetime, *, is_silent: bool) -> None:
    run = open_run(establish_report(by=BY), morning, by=BY)
    if run is None:  # nobody gets it on a day off
        return
    compose(run.pk, by=BY)
    for mail in ReportMail.objects.filter(run=run, status=ReportMail.Status.QUEUED):
        held = begin_report_mail(mail.pk, by=BY)
        if held is not None:
            is_lost = is_silent and held.recipient.username == UNANSWERED
            settle_report_mail(held, LOST if is_lost else Outcome("accept"), by=BY)


LOST = Outcome("lose", ReportMail.Reason.UNANSWERED)
