"""reveal_address: who looks is remembered, and the look ends."""

from datetime import timedelta

import pytest
from django.urls import reverse

from orders.actions import reveal_address
from orders.models import Order
from orders.selectors import sees_address
from shop.clock import now, turned_to
from shop.doors.desk.timeline import timeline
from shop.errors import InvalidValue, NotAllowed
from shop.events.relay import run_reactions
from shop.records.models import AuditEntry
from shop.work.models import WorkItem
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_order

pytestmark = pytest.mark.django_db
WHOLE = ("王明", "13800001234", "文三路 90 号 2 幢 301")


def page(client, order):
    return client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()


@pytest.mark.parametrize("role", ["service_agent", "service_supervisor", "warehouse"])
def test_whoever_asks_sees_all_of_it_and_is_on_the_timeline(role):
    order = make_order("confirmed")
    client = desk_of(role)
    assert not any(word in page(client, order) for word in WHOLE)
    client.post(f"/admin/desk/act/orders.reveal_address/{order.pk}/", {"why": "call"})
    assert all(word in page(client, order) for word in WHOLE)
    assert str(timeline(order.stream)[0].label) == "查看收货信息"


def test_nobody_else_sees_it_because_of_that():
    order = make_order("confirmed")
    reveal_address(order, "call", by=cast.staff("warehouse"))
    assert not any(word in page(desk_of("service_agent"), order) for word in WHOLE)
    assert not sees_address(make_order("paid"), cast.staff("warehouse"))


def test_the_look_ends_after_five_minutes():
    order = make_order("confirmed")
    agent = cast.staff("service_agent")
    reveal_address(order, "call", by=agent)
    assert sees_address(order, agent)
    with turned_to(now() + timedelta(minutes=5, seconds=1)):
        assert not sees_address(order, agent)


@pytest.mark.parametrize("role", ["finance", "data_analyst", "director", "technical_lead"])
def test_others_are_refused_and_offered_no_button(role):
    order = make_order("confirmed")
    with pytest.raises(NotAllowed):
        reveal_address(order, "call", by=cast.staff(role))
    assert "显示收货信息" not in page(desk_of(role), order)


@pytest.mark.fault("I3")
def test_nobody_looks_without_a_reason_and_the_reason_is_on_record():
    order = make_order("confirmed")
    agent = cast.staff("service_agent")
    for none in ("", "curious"):
        with pytest.raises(InvalidValue):
            reveal_address(order, none, by=agent)
    assert not sees_address(order, agent)
    reveal_address(order, "complaint", by=agent)
    look = timeline(order.stream)[0]
    assert "处理投诉或退货" in str(look.detail)
    assert AuditEntry.objects.filter(subject=order.stream, user_id=agent.user.pk).exists()


def look_at(orders, agent):
    for number in orders:
        reveal_address(Order(pk=number), "call", by=agent)


@pytest.mark.fault("I3")
def test_more_than_thirty_within_an_hour_raises_one_alarm():
    agent = cast.staff("service_agent")
    cast.staff("technical_lead")
    with turned_to(now() - timedelta(minutes=61)):
        look_at(range(100, 120), agent)
    look_at([1] * 40, agent)
    look_at(range(2, 31), agent)
    look_at(range(200, 230), cast.staff("warehouse"))
    run_reactions()
    assert not WorkItem.objects.filter(kind="many_looks").exists()
    look_at(range(31, 34), agent)
    run_reactions()
    alarm = WorkItem.objects.get(kind="many_looks")
    assert (alarm.subject, alarm.role) == (agent.user.stream, "technical_lead")
    assert alarm.figures == {"looks": 31}
