"""Figures against plain SQL; late facts; quiet days; controls that fall when a promise breaks."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from orders.indicators import PAID
from orders.models import DeskPush, Order
from shop.clock import SHANGHAI, now, today, turned_to
from shop.errors import NotAllowed
from shop.figures.actions import measure_days
from shop.figures.models import MeasuredValue
from shop.figures.registry import CONTROLS, FACTS, INDICATORS, Indicator
from shop.figures.selectors import control_figure, figure_of, measure, revisions, trend
from shop.identity.roles import BY_CODE
from tests import cast
from tests.make import make_order

pytestmark = pytest.mark.django_db
YESTERDAY_NOON = datetime.combine(today() - timedelta(days=1), time(12), SHANGHAI)


@pytest.fixture
def two_days():
    """Yesterday: two orders of one buyer. Today: one paid and one unpaid."""
    with turned_to(YESTERDAY_NOON):
        make_order("paid"), make_order("confirmed")
    make_order("paid", customer=cast.customer("hua"))
    make_order("unpaid")
    return today() - timedelta(days=1), today()


def sql(question):
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()


def value(code, day):
    return trend(INDICATORS[code], day, day)[day].value


def test_the_figures_are_what_plain_sql_says(two_days):
    yesterday, day = two_days
    measure_days(yesterday, day, by=cast.SYSTEM)
    for on in two_days:
        orders, ordered, paid, buyers, units = sql(f"""
            SELECT (SELECT count(*) FROM orders_order
                    WHERE (placed_at AT TIME ZONE 'Asia/Shanghai')::date = '{on}'),
                   (SELECT COALESCE(sum(payable_fen), 0) FROM orders_order
                    WHERE (placed_at AT TIME ZONE 'Asia/Shanghai')::date = '{on}'),
                   (SELECT COALESCE(sum(amount_fen), 0) FROM orders_payment
                    WHERE status = 'succeeded'
                      AND (succeeded_at AT TIME ZONE 'Asia/Shanghai')::date = '{on}'),
                   (SELECT count(DISTINCT o.customer_id) FROM orders_payment AS p
                    JOIN orders_order AS o ON o.id = p.order_id WHERE p.status = 'succeeded'
                      AND (p.succeeded_at AT TIME ZONE 'Asia/Shanghai')::date = '{on}'),
                   (SELECT COALESCE(sum(l.quantity), 0) FROM orders_orderline AS l
                    JOIN orders_order AS o ON o.id = l.order_id
                    WHERE (o.paid_at AT TIME ZONE 'Asia/Shanghai')::date = '{on}')
        """)
        assert value("orders.orders", on) == orders > 0
        assert value("orders.ordered_amount", on) == ordered
        assert value("orders.paid_amount", on) == paid > 0
        assert value("orders.buyers", on) == buyers == 1
        assert value("orders.units", on) == units
        assert value("orders.amount_per_buyer", on) == paid // buyers
    assert value("orders.new_buyers", yesterday) == 1


def test_a_buyer_is_new_once(two_days):
    make_order("paid")
    yesterday, day = two_days
    assert figure_of(INDICATORS["orders.new_buyers"], day, day).value == 1  # hua, not ming
    assert figure_of(INDICATORS["orders.new_buyers"], yesterday, day).value == 2


def test_people_are_counted_once_over_a_window_not_once_a_day(two_days):
    make_order("paid")  # ming, who paid yesterday too
    yesterday, day = two_days
    assert figure_of(INDICATORS["orders.buyers"], yesterday, day).value == 2


def test_all_indicators_of_a_fact_take_one_statement(two_days, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = list(measure(PAID, *two_days))
    assert len({one.indicator.code for one in found}) == 6


def test_the_members_of_a_dimension_add_up_to_the_whole(two_days):
    _yesterday, day = two_days
    measure_days(day, day, by=cast.SYSTEM)
    values = MeasuredValue.objects.latest().filter(indicator="orders.orders", day=day)
    whole = values.get(dimension="").numerator
    assert sum(values.filter(dimension="region").values_list("numerator", flat=True)) == whole


def test_a_quiet_day_counts_nothing_and_an_unmeasured_one_says_nothing():
    day = today()
    measure_days(day, day, by=cast.SYSTEM)
    assert value("orders.orders", day) == 0
    assert value("orders.amount_per_buyer", day) is None
    assert trend(INDICATORS["orders.orders"], day - timedelta(days=1), day).keys() == {day}


def test_measuring_again_writes_nothing_and_late_facts_write_a_revision(two_days):
    yesterday, day = two_days
    assert measure_days(yesterday, day, by=cast.SYSTEM) > 0
    assert measure_days(yesterday, day, by=cast.SYSTEM) == 0
    with turned_to(YESTERDAY_NOON):
        make_order("unpaid")
    assert measure_days(yesterday, day, by=cast.SYSTEM) > 0
    known = revisions(INDICATORS["orders.orders"], yesterday)
    assert [(one.revision, one.numerator, one.is_latest) for one in known] == [
        (1, 2, False),
        (2, 3, True),
    ]


def test_what_was_measured_is_never_changed_nor_taken_out(two_days):
    measure_days(*two_days, by=cast.SYSTEM)
    for walk_around in (
        lambda: MeasuredValue.objects.update(numerator=7),
        lambda: MeasuredValue.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            walk_around()


@pytest.mark.fault("E4")
def test_days_begin_at_midnight_in_shanghai():
    last = datetime(2026, 3, 31, 15, 59, 59, 999_000, tzinfo=UTC)
    for at in (last, last + timedelta(milliseconds=1)):
        Order.objects.filter(pk=make_order("unpaid").pk).update(placed_at=at)
    orders = INDICATORS["orders.orders"]
    march, april = last.date(), last.date() + timedelta(days=1)
    assert [figure_of(orders, d, d).value for d in (march, april)] == [1, 1]


def test_nobody_of_the_staff_measures_by_hand():
    with pytest.raises(NotAllowed):
        measure_days(today(), today(), by=cast.staff("data_analyst"))


def test_every_indicator_and_control_names_an_owner_who_exists():
    for one in (*INDICATORS.values(), *CONTROLS.values()):
        assert one.owner in BY_CODE, one.code
        assert one.article, one.code


def test_a_code_is_declared_once():
    existing = INDICATORS["orders.orders"]
    with pytest.raises(ValueError, match="twice"):
        Indicator(
            existing.code, "x", "x", "A1", "director", FACTS["orders.paid"], existing.numerator
        )


class TestPushed:
    """OR1: a paid order lies on both desks within ten seconds."""

    CONTROL = CONTROLS["OR1.pushed"]

    def seen(self):
        with turned_to(now() + timedelta(seconds=30)):
            return (
                control_figure(self.CONTROL, today(), today()),
                list(self.CONTROL.cases(today(), today())),
            )

    def test_without_an_order_there_is_no_case(self):
        figure, cases = self.seen()
        assert figure.value is None
        assert cases == []

    def test_with_pushed_orders_it_is_kept(self):
        make_order("paid"), make_order("confirmed")
        assert self.seen() == (type(self.seen()[0])(2, 2), [])

    @pytest.mark.parametrize("breach", ["late", "missing"])
    def test_broken_it_falls_and_names_the_order(self, breach):
        kept, broken = make_order("paid"), make_order("paid")
        push = DeskPush.objects.filter(order=broken, desk="warehouse")
        if breach == "late":
            push.update(pushed_at=broken.paid_at + timedelta(seconds=11))
        else:
            push.delete()
        figure, cases = self.seen()
        assert (figure.numerator, figure.denominator) == (1, 2)
        assert cases == [broken]
        assert kept not in cases

    def test_an_order_paid_this_moment_is_not_late_yet(self):
        order = make_order("paid")
        with turned_to(order.paid_at + timedelta(seconds=5)):
            assert control_figure(self.CONTROL, today(), today()).value is None
