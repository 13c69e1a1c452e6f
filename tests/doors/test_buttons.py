"""A button is an action: its permission, its row's visibility, its refusals in words."""

import pytest
from django.urls import reverse

from orders.models import Order
from shop.doors.desk.buttons import BUTTONS, button
from shop.identity.roles import BY_CODE, ROLES
from tests import cast
from tests.make import make_order

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def act(client, name, row, values=None, **more):
    return client.post(reverse("desk:act", args=[name, row.pk]), values or {}, **more)


@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_each_role_can_press_exactly_what_its_permissions_say(desk, role):
    order = make_order("paid")
    client = desk(role)
    answer = act(client, "orders.confirm_order", order, headers=JSON)
    held = BY_CODE[role].permissions
    if "orders.view_order" not in held:
        assert answer.status_code == 404
    elif "orders.confirm_order" not in held:
        assert answer.status_code == 403
    else:
        assert answer.status_code == 200
    order.refresh_from_db()
    assert (order.status == "confirmed") == (answer.status_code == 200)


def test_a_row_nobody_has_is_404_as_is_a_button_nobody_made(desk):
    client = desk("service_agent")
    assert client.post("/admin/desk/act/orders.confirm_order/999999/").status_code == 404
    assert client.post("/admin/desk/act/orders.confirm_order/x'/").status_code == 404
    order = make_order("paid")
    assert client.post(f"/admin/desk/act/orders.burn_order/{order.pk}/").status_code == 404


def test_nobody_signed_in_is_sent_to_sign_in_and_changes_nothing(client):
    order = make_order("paid")
    answer = act(client, "orders.confirm_order", order)
    assert answer.status_code == 302
    assert "/admin/login/" in answer["Location"]
    order.refresh_from_db()
    assert order.status == "paid"


def test_a_page_pressed_twice_says_what_the_state_is_now(desk):
    order = make_order("confirmed")
    answer = act(desk("service_agent"), "orders.confirm_order", order, headers=JSON)
    assert answer.status_code == 409
    assert "已确认" in answer.json()["message"]


def test_from_a_page_it_redirects_back_with_a_message(desk):
    order = make_order("paid")
    client = desk("service_agent")
    answer = act(client, "orders.confirm_order", order, {"back": "/admin/"}, follow=True)
    assert answer.redirect_chain == [("/admin/", 302)]
    assert "已确认，仓库可以发货" in answer.content.decode()


def test_it_never_redirects_to_another_host(desk):
    order = make_order("paid")
    answer = act(
        desk("service_agent"), "orders.confirm_order", order, {"back": "https://evil.example/"}
    )
    assert answer["Location"] == reverse("admin:orders_order_change", args=[order.pk])


def test_missing_and_wrong_values_are_named_beside_their_fields(desk):
    order = make_order("confirmed")
    client = desk("warehouse")
    empty = act(client, "orders.ship_order", order, {"carrier": "SF", "waybill": ""}, headers=JSON)
    assert empty.status_code == 400
    assert list(empty.json()["errors"]) == ["waybill"]
    short = act(
        client, "orders.ship_order", order, {"carrier": "SF", "waybill": "12"}, headers=JSON
    )
    assert short.json()["errors"] == {"waybill": ["运单号应为 8 到 30 位字母或数字。"]}
    order.refresh_from_db()
    assert order.status == "confirmed"


def test_a_refused_form_comes_back_as_a_page_with_what_was_typed(desk):
    order = make_order("confirmed")
    answer = act(desk("warehouse"), "orders.ship_order", order, {"carrier": "SF", "waybill": "12"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "运单号应为 8 到 30 位字母或数字" in page
    assert 'value="12"' in page


def test_a_waybill_of_another_order_is_refused(desk):
    shipped = make_order("shipped")
    order = make_order("confirmed")
    waybill = shipped.parcels.get().waybill
    answer = act(
        desk("warehouse"),
        "orders.ship_order",
        order,
        {"carrier": "SF", "waybill": waybill},
        headers=JSON,
    )
    assert answer.status_code == 409
    assert "已用于其他订单" in answer.json()["message"]
    assert Order.objects.get(pk=order.pk).status == "confirmed"


def test_csrf_is_asked_for(desk):
    order = make_order("paid")
    client = desk("service_agent")
    client.handler.enforce_csrf_checks = True
    assert act(client, "orders.confirm_order", order).status_code == 403
    order.refresh_from_db()
    assert order.status == "paid"


PAGES_OF = {"rights": "identity", "orders": "catalog"}
"""What somebody may ask of us is asked on their own page; who holds a lot is told on the lot's."""


def test_every_button_has_a_permission_that_some_role_holds_and_words():
    held = set().union(*(role.permissions for role in ROLES))
    assert BUTTONS
    for name, made in BUTTONS.items():
        assert name == made.name
        assert name in held
        assert str(made.label)
        assert str(made.done)
        app = name.split(".")[0]
        assert made.model._meta.app_label in {app, PAGES_OF.get(app)}


def test_one_action_has_one_button():
    with pytest.raises(ValueError, match="has a button already"):
        button(BUTTONS["orders.confirm_order"].action, "again", "done")


def test_what_cannot_be_taken_back_asks_first(desk):
    final = {"orders.sign_order", "catalog.publish_revision", "events.skip_delivery"}
    assert all(BUTTONS[name].confirm for name in final)
    order = make_order("shipped")
    page = desk("service_agent").get(f"/admin/desk/act/orders.sign_order/{order.pk}/")
    assert "不能撤回" in page.content.decode()
    order.refresh_from_db()
    assert order.status == "shipped"


def test_only_the_buttons_that_fit_are_on_the_page(desk):
    client = desk("service_supervisor")
    for status, shown in (("paid", "确认订单"), ("shipped", "登记签收"), ("signed", "")):
        order = make_order(status, customer=cast.customer(status))
        page = client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
        for label in ("确认订单", "登记签收"):
            assert (f">{label}<" in page) == (label == shown)
