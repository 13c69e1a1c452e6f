"""reveal_address: who looks is remembered, and the look ends."""

from datetime import timedelta

import pytest
from django.urls import reverse

from orders.actions import reveal_address
from orders.selectors import sees_address
from shop.clock import now, turned_to
from shop.doors.desk.timeline import timeline
from shop.errors import NotAllowed
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
    client.post(f"/admin/desk/act/orders.reveal_address/{order.pk}/")
    assert all(word in page(client, order) for word in WHOLE)
    assert str(timeline(order.stream)[0].label) == "查看收货信息"


def test_nobody_else_sees_it_because_of_that():
    order = make_order("confirmed")
    reveal_address(order, by=cast.staff("warehouse"))
    assert not any(word in page(desk_of("service_agent"), order) for word in WHOLE)
    assert not sees_address(make_order("paid"), cast.staff("warehouse"))


def test_the_look_ends_after_five_minutes():
    order = make_order("confirmed")
    agent = cast.staff("service_agent")
    reveal_address(order, by=agent)
    assert sees_address(order, agent)
    with turned_to(now() + timedelta(minutes=5, seconds=1)):
        assert not sees_address(order, agent)


@pytest.mark.parametrize("role", ["finance", "data_analyst", "director", "technical_lead"])
def test_others_are_refused_and_offered_no_button(role):
    order = make_order("confirmed")
    with pytest.raises(NotAllowed):
        reveal_address(order, by=cast.staff(role))
    assert "显示收货信息" not in page(desk_of(role), order)
