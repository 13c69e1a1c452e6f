"""A4.2a: a policy of the supervisor may confirm what is clean; then people look at a sample."""

from datetime import datetime, timedelta

import pytest

from orders.actions import confirm_clean_order, open_exception, sample_confirmations, set_limits
from orders.rules import Limits, sampled
from shop.clock import SHANGHAI, turned_to
from shop.errors import InvalidValue
from shop.events.relay import run_reactions
from shop.figures.registry import CONTROLS, INDICATORS
from shop.figures.rules import Figure, is_kept
from shop.figures.selectors import control_figure, figure_of
from shop.timing.sweeper import sweep_timers
from shop.work.actions.items import close_item
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_calendar, make_limits, make_order, make_policy, pay

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime(2026, 11, 18, 10, tzinfo=SHANGHAI)
DAY = timedelta(days=1)
OF_THE_SAMPLE = WorkItem.objects.filter(kind="confirmation_sample")


@pytest.mark.article("OR1", "A4.2a")
def test_what_is_clean_is_confirmed_and_a_sample_of_it_is_looked_at():
    with turned_to(WEDNESDAY):
        make_limits(most_units=2, most_orders=50, sample=10)
        clean = [make_order("paid") for _n in range(3)]
        held = make_order("paid", quantity=3)
    for order in clean:
        order.refresh_from_db()
    assert [(order.status, order.confirmed_by) for order in clean] == [("confirmed", None)] * 3
    assert held.status == "paid"

    with turned_to(WEDNESDAY + DAY):
        chosen = sample_confirmations(WEDNESDAY.date(), by=cast.SYSTEM)
        assert chosen == OF_THE_SAMPLE.count() >= 1
        assert sample_confirmations(WEDNESDAY.date(), by=cast.SYSTEM) <= 3 - chosen
    figure = figure_of(INDICATORS["orders.confirmed_by_policy"], WEDNESDAY.date(), WEDNESDAY.date())
    assert figure == Figure(3, 3)


@pytest.mark.article("OR1", "A4.2a")
def test_a_person_confirms_without_such_a_policy_and_what_is_to_be_read():
    make_limits()
    assert make_order("paid").status == "paid"
    order = make_order("unpaid")
    make_limits(sample=10)
    type(order).objects.filter(pk=order.pk).update(remark="请在周末送达")
    pay(order)
    order.refresh_from_db()
    assert order.status == "paid"
    assert confirm_clean_order(order, by=cast.SYSTEM) is False


@pytest.mark.article("OR1", "A4.2a")
def test_a_case_is_not_walked_round_by_the_policy():
    make_limits()
    order = make_order("paid")
    open_exception(order, "address_unclear", by=cast.staff("service_agent"))
    make_limits(sample=100)
    assert confirm_clean_order(order, by=cast.SYSTEM) is False


def test_of_any_at_least_one_is_sampled_and_always_the_same():
    numbers = {str(n): 1 for n in range(5)}
    assert len(sampled(numbers)) >= 1 and sampled(numbers) == sampled(numbers)
    assert sampled({}) == set()
    assert sampled(dict.fromkeys(numbers, 100)) == set(numbers)
    with pytest.raises(InvalidValue):
        set_limits(make_policy("x", "staff"), Limits(1, 1, 1), 24, 101, by=cast.SYSTEM)


@pytest.mark.control("OR1")
@pytest.mark.article("OR1", "A4.2a")
@pytest.mark.parametrize("outcome", ["right", "wrong", None])
def test_an_error_and_a_forgotten_sample_break_it_and_are_named(outcome):
    control = CONTROLS["OR1.sampled"]
    with turned_to(WEDNESDAY):
        make_calendar()
        boss = cast.staff("service_supervisor")
        make_limits(sample=100)
        order = make_order("paid")
    with turned_to(WEDNESDAY + DAY):
        sample_confirmations(WEDNESDAY.date(), by=cast.SYSTEM)
        if outcome:
            close_item(OF_THE_SAMPLE.get(), outcome, "已核对", by=boss)
    with turned_to(WEDNESDAY + 5 * DAY):
        sweep_timers()
        run_reactions()
        span = WEDNESDAY.date(), (WEDNESDAY + 4 * DAY).date()
        figure, cases = control_figure(control, *span), list(control.cases(*span))
    is_right = outcome == "right"
    assert figure == Figure(int(is_right), 1)
    assert is_kept(figure, control.target_bp) is is_right
    assert cases == ([] if is_right else [order])
