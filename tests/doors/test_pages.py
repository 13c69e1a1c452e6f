"""Every staff page for everybody who may see it; masked, read-only, in few queries."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import ProductRevision
from orders.models import Order
from shop.doors.desk.timeline import timeline
from shop.events.models import Delivery, EventLog, InboxMessage
from shop.identity.roles import ROLES
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_order

pytestmark = pytest.mark.django_db
FULL_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
OURS = {"catalog", "orders", "identity", "events", "records"}
PAGES = [model for model in admin.site._registry if model._meta.app_label in OURS]


def address(model, row=None):
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    return reverse(f"{name}_change", args=[quote(row.pk)]) if row else reverse(f"{name}_changelist")


@pytest.fixture
def world(db):
    """One row of most kinds, each with a past."""
    order = make_order("shipped")
    Delivery.objects.filter(pk=Delivery.objects.first().pk).update(
        state="parked", last_error="TimeoutError: no answer", done_at=None
    )
    InboxMessage.objects.create(
        source="wechatpay",
        external_id="N-1",
        raw="王明 13800001234".encode(),
        body_hash=b"x" * 32,
        received_at=order.placed_at,
    )
    return order


def may_view(role, model):
    return cast.staff(role).may(f"{model._meta.app_label}.view_{model._meta.model_name}")


@pytest.mark.parametrize("role", ["technical_lead", "service_supervisor", "designer"])
def test_lists_open_for_whoever_may_view_them_lead_to_rows_and_show_nobody(world, role):
    client = desk_of(role)
    for model in PAGES:
        answer = client.get(address(model))
        assert answer.status_code == (200 if may_view(role, model) else 403), model
        row = model._default_manager.first()
        if row is None or not may_view(role, model):
            continue
        if model is not Delivery:  # its list shows what is owed alone
            assert re.search(r'<a[^>]*href="' + address(model, row), answer.content.decode())
        for shown in (answer, client.get(address(model, row))):
            assert shown.status_code == 200, model
            text = shown.content.decode()
            assert not FULL_PHONE.search(text), model
            assert not {"文三路", "王明"} & set(re.findall("文三路|王明", text)), model


def test_nothing_is_added_changed_or_deleted_in_a_form(world):
    client = desk_of("technical_lead")
    for model in PAGES:
        row = model._default_manager.first()
        assert client.get(address(model) + "add/").status_code == 403
        if row is not None and may_view("technical_lead", model):
            delete = address(model, row).replace("/change/", "/delete/")
            assert client.post(delete, {"post": "yes"}).status_code == 403
            client.post(address(model, row), {"status": "completed", "name": "changed"})
    assert Order.objects.get().status == "shipped"


def test_a_stranger_to_the_kind_gets_nothing_of_a_row(world):
    client = desk_of("designer")
    assert client.get(address(Order, world)).status_code in {403, 404}


@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_home_shows_each_role_its_queues_and_shelves(world, role):
    page = desk_of(role).get("/admin/").content.decode()
    assert "我的工作台" in page
    assert ("客服工作台" in page) == cast.staff(role).may("orders.view_order")
    assert not FULL_PHONE.search(page)


def test_the_order_page_tells_the_whole_life_and_hides_the_address(world):
    page = desk_of("service_supervisor").get(address(Order, world)).content.decode()
    for word in ("下单", "付款成功", "客服确认", "推送到工作台", "发货", "王*", "138****1234"):
        assert word in page
    assert world.parcels.get().waybill in page


def test_money_is_for_those_who_may_see_payments(world):
    number = world.payments.get().out_trade_no
    assert number in desk_of("service_supervisor").get(address(Order, world)).content.decode()
    assert number not in desk_of("warehouse").get(address(Order, world)).content.decode()


@pytest.mark.parametrize(
    ("typed", "finds"),
    [
        (lambda order: order.number, True),
        (lambda order: order.number[:10], True),
        (lambda order: order.parcels.get().waybill.lower(), True),
        (lambda order: "138 0000 1234", True),
        (lambda order: "13800001235", False),
        (lambda order: "1380000", False),
        (lambda order: "'; --", False),
    ],
)
def test_orders_are_found_by_number_waybill_and_whole_phone(world, typed, finds):
    page = desk_of("service_agent").get(address(Order), {"q": typed(world)}).content.decode()
    assert (world.number in page.split("<tbody")[-1]) == finds


def test_a_list_costs_the_same_however_many_rows(world):
    client = desk_of("technical_lead")
    open_to_them = [model for model in PAGES if may_view("technical_lead", model)]

    def costs():
        found = {}
        for model in open_to_them:
            with CaptureQueriesContext(connection) as asked:
                client.get(address(model))
            found[model] = len(asked)
        return found

    costs()
    few = costs()
    for name in ("a", "b", "c"):
        make_order("signed", customer=cast.customer(name))
    assert costs() == few


def test_the_event_log_is_never_counted(world):
    client = desk_of("technical_lead")
    with CaptureQueriesContext(connection) as asked:
        client.get(address(EventLog))
    counts = [q["sql"] for q in asked if "COUNT(" in q["sql"] and "eventlog" in q["sql"]]
    assert not counts


def test_messages_never_show_what_they_say(world):
    message = InboxMessage.objects.get()
    page = desk_of("technical_lead").get(address(InboxMessage, message)).content.decode()
    assert "N-1" in page
    assert "138" not in page


def test_parked_deliveries_come_first_and_can_be_replayed_or_given_up(world):
    client = desk_of("technical_lead")
    parked = Delivery.objects.parked().get()
    listed = client.get(address(Delivery)).content.decode()
    assert "TimeoutError: no answer" in listed
    page = client.get(address(Delivery, parked)).content.decode()
    assert "重新投递" in page
    assert "放弃" in page
    client.post(f"/admin/desk/act/events.replay_delivery/{parked.pk}/")
    parked.refresh_from_db()
    assert parked.state == "pending"
    again = client.post(f"/admin/desk/act/events.skip_delivery/{parked.pk}/", follow=True)
    assert "系统会自动处理" in again.content.decode()
    parked.refresh_from_db()
    assert parked.state == "pending"
    page = client.get(address(Delivery, parked)).content.decode()
    assert "重新投递" not in page


def test_a_timeline_names_staff_customer_and_the_systems_reason(world):
    entries = timeline(world.stream)
    assert str(entries[0].label) == "发货"
    who = " ".join(str(entry.who) for entry in entries)
    assert "员工" in who
    assert "顾客" in who
    assert "系统 · 付款成功" in who
    assert any("¥" in str(entry.detail) for entry in entries)


def test_a_revision_page_marks_what_a_review_would_miss(desk):
    make_order("unpaid")
    revision = ProductRevision.objects.get()
    page = desk("compliance_reviewer").get(address(ProductRevision, revision)).content.decode()
    assert "保健食品不是药物，不能代替药物治疗疾病" in page
    assert "is-missing" not in page


def test_what_staff_cannot_use_is_not_there(desk):
    client = desk("technical_lead")
    for path in ("auth/group/", "axes/accessattempt/", "otp_totp/totpdevice/"):
        assert client.get(f"/admin/{path}").status_code == 404
