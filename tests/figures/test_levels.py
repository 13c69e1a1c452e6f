"""Levels: what stands at the end of a day, reckoned from rows that begin and end."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from orders.kinds import LATE_ORDER, ORDER_EXCEPTION
from shop.clock import SHANGHAI, turned_to
from shop.figures.actions import measure_days
from shop.figures.registry import INDICATORS
from shop.figures.rules import Figure
from shop.figures.selectors import by_member, figure_of, measure, revisions, trend, unmeasured
from shop.work.actions.items import Matter, close_item, open_item, take_item
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_order

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 16, 10, tzinfo=SHANGHAI)
DAY = timedelta(days=1)
OPEN, OVERDUE = INDICATORS["figures.open_work"], INDICATORS["figures.overdue_work"]


def opened(at, reason="other"):
    """A case that its post has four hours of work for."""
    cast.staff("service_agent"), cast.staff("warehouse")
    with turned_to(at):
        order = make_order("paid")
        matter = Matter(order.stream, reason, {"number": order.number, "reason": reason})
        return open_item(ORDER_EXCEPTION, matter, by=cast.SYSTEM)


def closed(item, at):
    with turned_to(at):
        take_item(item, by=cast.staff("service_agent"))
        close_item(item, "goes_on", "已处理", by=cast.staff("service_agent"))


def levels(indicator, since=MONDAY, days=4):
    """Its values at the ends of these days, as one statement finds them."""
    first = since.date()
    found = measure(indicator.fact, first, first + timedelta(days=days - 1))
    values = {one.day: one.figure.numerator for one in found if one.indicator is indicator}
    return [values.get(first + timedelta(days=n), 0) for n in range(days)]


def test_an_item_counts_at_the_end_of_each_day_on_which_it_stands():
    item = opened(MONDAY)
    opened(MONDAY + DAY)
    closed(item, MONDAY + 2 * DAY)
    assert levels(OPEN) == [1, 2, 1, 1]


def test_what_opens_and_closes_within_a_day_is_at_no_days_end():
    closed(opened(MONDAY), MONDAY + timedelta(hours=2))
    assert levels(OPEN) == [0, 0, 0, 0]


def test_midnight_belongs_to_the_day_that_begins():
    midnight = datetime(2026, 11, 17, tzinfo=SHANGHAI)
    item = opened(MONDAY)
    WorkItem.objects.filter(pk=item.pk).update(opened_at=midnight)
    assert levels(OPEN) == [0, 1, 1, 1]
    WorkItem.objects.filter(pk=item.pk).update(opened_at=midnight - timedelta(microseconds=1))
    assert levels(OPEN) == [1, 1, 1, 1]
    closed(item, MONDAY + 2 * DAY)
    WorkItem.objects.filter(pk=item.pk).update(closed_at=midnight)
    assert levels(OPEN) == [1, 0, 0, 0]


def test_overdue_begins_with_the_due_time_not_with_the_opening():
    item = opened(MONDAY + timedelta(hours=6))  # 16:00: two of its four hours lie on Tuesday
    assert levels(OPEN) == [1, 1, 1, 1]
    assert levels(OVERDUE) == [0, 1, 1, 1]
    closed(item, MONDAY + 2 * DAY)
    assert levels(OVERDUE) == [0, 1, 0, 0]


def test_work_without_a_clock_is_open_and_never_overdue():
    with turned_to(MONDAY):
        order = make_order("paid")
        reason = "orders.ship_order"
        matter = Matter(order.stream, reason, {"number": order.number, "reason": reason})
        open_item(LATE_ORDER, matter, by=cast.SYSTEM)
    assert levels(OPEN)[0] == 1
    assert levels(OVERDUE) == [0, 0, 0, 0]


def test_plain_sql_says_the_same():
    item = opened(MONDAY)
    opened(MONDAY + DAY, "damaged"), opened(MONDAY + 2 * DAY)
    closed(item, MONDAY + 3 * DAY)
    for n, level in enumerate(levels(OPEN)):
        day = (MONDAY + n * DAY).date()
        with connection.cursor() as cursor:
            cursor.execute(
                f"""SELECT count(*) FROM work_workitem
                    WHERE (opened_at AT TIME ZONE 'Asia/Shanghai')::date <= '{day}'
                      AND (closed_at IS NULL
                           OR (closed_at AT TIME ZONE 'Asia/Shanghai')::date > '{day}')"""
            )
            assert cursor.fetchone()[0] == level


def test_a_level_over_many_days_is_that_of_the_last():
    opened(MONDAY), opened(MONDAY + DAY, "damaged")
    since, until = MONDAY.date(), (MONDAY + 3 * DAY).date()
    assert figure_of(OPEN, since, until) == Figure(2)
    assert by_member(OPEN, "post", since, until) == [
        ("service_agent", Figure(1)),
        ("warehouse", Figure(1)),
    ]


def test_one_statement_measures_all_days(django_assert_num_queries):
    opened(MONDAY)
    with django_assert_num_queries(1):
        list(measure(OPEN.fact, MONDAY.date(), MONDAY.date() + 400 * DAY))


def test_what_is_closed_late_restates_the_days_between():
    """A colleague writes down today that a case was settled yesterday: the level was lower."""
    item = opened(MONDAY)
    day = (MONDAY + DAY).date()
    measure_days(day, day, by=cast.SYSTEM)
    closed(item, MONDAY + timedelta(hours=1))
    measure_days(day, day, by=cast.SYSTEM)
    known = revisions(OPEN, day)
    assert [(one.revision, one.numerator) for one in known] == [(1, 1), (2, 0)]


def test_a_day_unmeasured_once_it_was_measured_after_its_end():
    day = MONDAY.date()
    with turned_to(MONDAY):
        measure_days(day, day, by=cast.SYSTEM)
    assert trend(OPEN, day, day).keys() == {day}
    assert unmeasured(day, day) == [day], "it was not over yet"
    with turned_to(MONDAY + DAY):
        measure_days(day, day, by=cast.SYSTEM)
    assert unmeasured(day, day + DAY) == [day + DAY], "nobody measured that one"
