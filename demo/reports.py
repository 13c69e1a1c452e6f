"""Who gets the daily report in the demo: the first one comes with the next half past eight."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import partial

from analytics.actions import add_recipient, establish_report
from demo import rhythm
from demo.timeline import Act, Cast
from shop.identity.actors import Actor, Door

READERS = ("zongjian", "yunying", "shuju1", "kefu", "bumen1")


def reports(present: datetime, cast: Cast) -> Iterator[Act]:
    """A week ago the director named those who get it."""
    day = rhythm.day_of(present) - timedelta(days=7)
    yield Act(rhythm.at(day, time(10)), partial(name_readers, cast))


def name_readers(cast: Cast) -> None:
    report = establish_report(by=Actor.system("the demo opens its shop", Door.COMMAND))
    for username in READERS:
        user = cast.staff[username].user
        assert user is not None
        add_recipient(report, user, by=cast.staff["zongjian"])
