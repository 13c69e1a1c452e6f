"""make_promise, keep_promise: paid → confirmed → shipped within working time (A4.2a, A4.2b)."""

from datetime import timedelta

import pytest

from orders import rules
from orders.actions import confirm_order, ship_order
from orders.actions.promises import keep_promise, make_promise
from orders.models import CONFIRM_CLOCK, SHIP_CLOCK
from orders.selectors import promise_of, service_queue, warehouse_queue
from shop.clock import now, turned_to
from shop.errors import NotAllowed
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.timing.models import Clock
from shop.timing.sweeper import sweep_timers
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_order

pytestmark = pytest.mark.django_db


def clocks(order):
    return dict(Clock.objects.of(order.stream).values_list("kind", "status"))


def test_each_step_keeps_one_promise_and_makes_the_next():
    order = make_order("unpaid")
    assert clocks(order) == {}
    order = make_order("paid")
    assert clocks(order) == {CONFIRM_CLOCK: "running"}
    assert promise_of(order).target == rules.CONFIRM_WITHIN
    assert service_queue().get().due_at == promise_of(order).breach_at
    confirm_order(order, by=cast.staff("service_agent"))
    assert clocks(order) == {CONFIRM_CLOCK: "met", SHIP_CLOCK: "running"}
    assert promise_of(order).target == rules.SHIP_WITHIN
    assert warehouse_queue().get().due_at == promise_of(order).breach_at
    ship_order(order, "SF", "SF1234567890", by=cast.staff("warehouse"))
    assert clocks(order) == {CONFIRM_CLOCK: "met", SHIP_CLOCK: "met"}
    assert promise_of(order) is None


def test_an_order_from_before_there_were_clocks_goes_its_way():
    order = make_order("paid")
    Clock.objects.of(order.stream).delete()
    keep_promise(order, CONFIRM_CLOCK, by=cast.SYSTEM)
    assert confirm_order(order, by=cast.staff("service_agent")).status == "confirmed"


def test_people_make_no_promises_by_hand():
    order = make_order("paid")
    for act in (make_promise, keep_promise):
        with pytest.raises(NotAllowed):
            act(order, SHIP_CLOCK, by=cast.staff("service_supervisor"))


def test_what_is_not_confirmed_in_time_goes_before_the_supervisor_until_it_is():
    supervisor = cast.staff("service_supervisor")
    order = make_order("paid")
    with turned_to(promise_of(order).breach_at + timedelta(minutes=1)):
        sweep_timers()
        run_reactions()
        item = WorkItem.objects.get(kind="late_order")
        assert (item.role, item.reason) == ("service_supervisor", "orders.confirm_order")
        assert item in WorkItem.objects.visible_to(supervisor)

        confirm_order(order, by=cast.staff("service_agent"))
        run_reactions()
    item.refresh_from_db()
    assert (item.status, item.outcome) == ("closed", "cause_gone")


def test_a_breach_found_only_when_it_is_done_opens_nothing():
    order = make_order("paid")
    with turned_to(now() + timedelta(days=20)):
        confirm_order(order, by=cast.staff("service_agent"))
        run_reactions()
    assert EventLog.objects.filter(kind="timing.ClockBreached").count() == 1
    assert not WorkItem.objects.filter(kind="late_order").exists()
