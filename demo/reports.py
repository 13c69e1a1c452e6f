"""A week of daily reports in the demo's archive: measured by night, sent in the morning."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from functools import partial

import matplotlib.figure  # noqa: F401 - seconds of loading; a transaction may not rest so long
from django.db import connection

from analytics.actions import add_recipient, establish_report
from analytics.flows import SEND
from analytics.tasks import send_daily_report
from demo import rhythm
from demo.timeline import Act, Cast
from shop.clock import SHANGHAI, now
from shop.figures.tasks import measure_last_days
from shop.identity.actors import Actor, Door
from shop.timing.actions.jobs import establish_jobs
from shop.vendors.mail import Mail, MailUnanswered

DAYS = 7
COUNTED = (
    "orders_order",
    "orders_orderline",
    "orders_payment",
    "orders_deskpush",
    "analytics_visitor",
    "analytics_visit",
    "analytics_pageevent",
    "timing_clock",
    "work_workitem",
    "figures_measuredvalue",
)
READERS = ("zongjian", "yunying", "shuju1", "kefu", "bumen1")
UNANSWERED = "bumen1@"
SILENT_DAYS_AGO = 2


def reports(present: datetime, cast: Cast) -> Iterator[Act]:
    """Nights that measure, mornings that send; before the first of them the readers are named."""
    today = rhythm.day_of(present)
    establish_jobs(by=Actor.system("the demo opens its shop", Door.COMMAND))
    first = rhythm.at(today - timedelta(days=DAYS), time(0, 10))
    yield Act(first, partial(name_readers, cast))
    for ago in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=ago)
        night, morning = rhythm.at(day, time(0, 20)), rhythm.at(day, time(8, 30))
        yield Act(night, partial(measure, night))
        yield Act(morning, partial(send_daily_report, morning), is_news=True)


def measure(night: datetime) -> None:
    """The planner knows nothing yet of rows that the seed's one transaction has written."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(COUNTED)}")
    measure_last_days(night)


def name_readers(cast: Cast) -> None:
    by = cast.staff["zongjian"]
    report = establish_report(by=Actor.system("the demo opens its shop", Door.COMMAND))
    for username in READERS:
        user = cast.staff[username].user
        assert user is not None
        add_recipient(report, user, by=by)


@contextmanager
def delivered_long_ago(present: datetime) -> Iterator[None]:
    """Within the block every mail counts as taken, but for one that the server never answered."""
    silent_on = rhythm.day_of(present) - timedelta(days=SILENT_DAYS_AGO)

    def as_it_was(mail: Mail) -> None:
        if mail.to.startswith(UNANSWERED) and now().astimezone(SHANGHAI).date() == silent_on:
            raise MailUnanswered("mail", "no answer")

    before = SEND["mail"]
    SEND["mail"] = as_it_was
    try:
        yield
    finally:
        SEND["mail"] = before
