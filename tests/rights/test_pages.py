"""Requests about data on the staff side."""

from datetime import timedelta

import pytest

from shop.clock import now, turned_to
from shop.rights.actions import request_copy, request_erasure
from shop.rights.models import DataRequest
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_order

pytestmark = pytest.mark.django_db
LIST = "/admin/rights/datarequest/"


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_service_takes_a_request_by_telephone_on_the_customers_page():
    client, ming = desk_of("service_agent"), cast.customer()
    shown = page(client, f"/admin/identity/customer/{ming.pk}/change/")
    assert "申请数据副本" in shown
    assert "申请注销账号" in shown
    done = client.post(
        f"/admin/desk/act/rights.request_copy/{ming.pk}/", {"identified": "phoned_back"}
    )
    assert done.status_code == 302
    request = DataRequest.objects.get()
    assert (request.customer, request.identified) == (ming, "phoned_back")
    assert request.asked_for_by.username == "service_agent"


def test_the_list_shows_who_asked_what_and_by_when_it_must_be_answered():
    with turned_to(now() - timedelta(days=16)):
        request_copy(cast.customer(), by=cast.shopper())
    shown = page(desk_of("service_supervisor"), LIST)
    assert f"C{cast.customer().pk:06d}" in shown
    assert "个人数据副本" in shown
    assert desk_of("finance").get(LIST).status_code == 403


def test_a_stopped_erasure_says_why_and_is_tried_again_by_a_button():
    ming = cast.customer()
    with turned_to(now() - timedelta(days=8)):
        request = request_erasure(ming, by=cast.shopper())
    order = make_order("paid", customer=ming)
    sweep_timers()
    client = desk_of("service_supervisor")
    shown = page(client, f"{LIST}{request.pk}/change/")
    assert f"订单 {order.number} 尚未完成" in shown
    assert "重新执行注销" in shown
    client.post(f"/admin/desk/act/rights.erase_customer/{request.pk}/")
    request.refresh_from_db()
    assert request.status == "stopped"
    assert "重新执行注销" not in page(desk_of("service_agent"), f"{LIST}{request.pk}/change/")


def test_nothing_is_asked_of_whoever_was_erased():
    ming = cast.customer()
    with turned_to(now() - timedelta(days=8)):
        request_erasure(ming, by=cast.shopper())
    sweep_timers()
    shown = page(desk_of("service_agent"), f"/admin/identity/customer/{ming.pk}/change/")
    assert f"C{ming.pk:06d}" in shown
    assert "申请注销账号" not in shown
