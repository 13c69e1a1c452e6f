"""What stands before the first order: staff, rules in force, shelves, licences."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from functools import partial

from demo import rhythm
from demo.large.size import DAYS
from demo.listing import FIRST_LISTING_DAYS_AGO, put_up_shelves
from demo.notices import sent_long_ago
from demo.papers import file_those_of_the_house
from demo.policies import rules
from demo.seed import appoint_staff, at_one_go, nobody_asked
from demo.timeline import Act, Cast, live_through
from shop.doors.management.commands.prepare import Command as Prepare

PREPARED_FOR = timedelta(days=DAYS + 60)
"""So long before the present the shop was where the demo is on its last day."""


def prepare() -> None:
    """An empty database as a release leaves it."""
    release = Prepare()
    for step in (release.migrate, release.sync_roles, release.establish_calendar,
                 release.establish_jobs):  # fmt: skip
        step()


def found(present: datetime) -> Cast:
    """By the actions that people use, some weeks before the first order."""
    opens = present - PREPARED_FOR
    with at_one_go(), sent_long_ago(), nobody_asked():
        cast = Cast(staff=appoint_staff(opens))
        live_through(_acts(opens, present, cast), until=present)
    return cast


def _acts(opens: datetime, present: datetime, cast: Cast) -> Iterator[Act]:
    today = rhythm.day_of(opens)
    yield from rules(today, cast)
    first = today - timedelta(days=FIRST_LISTING_DAYS_AGO)
    yield Act(rhythm.at(first, time(9, 30)), partial(put_up_shelves, cast))
    licences = partial(file_those_of_the_house, rhythm.day_of(present), cast)
    yield Act(rhythm.at(first, time(14)), licences)
