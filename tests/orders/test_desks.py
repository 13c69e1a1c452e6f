"""The service desk and the warehouse desk: what is on them, how they poll, what they cost."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from shop.doors.desk.queues import MOST_ROWS, QUEUES
from shop.identity.actions import AddressText, save_address
from shop.identity.actors import Actor
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_order, make_sku

pytestmark = pytest.mark.django_db
SERVICE, WAREHOUSE = "/admin/desk/service/", "/admin/desk/warehouse/"
FULL_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def rows(client, desk, etag="", **query):
    headers = {"If-None-Match": etag} if etag else {}
    return client.get(f"{desk}rows/", query, headers=headers)


def keys(answer):
    return re.findall(r'data-key="(\d+)"', answer.content.decode())


def test_a_paid_order_is_on_both_desks_and_an_unpaid_one_on_none():
    make_order("unpaid")
    order = make_order("paid")
    assert keys(rows(desk_of("service_agent"), SERVICE)) == [str(order.pk)]
    assert keys(rows(desk_of("warehouse"), WAREHOUSE)) == [str(order.pk)]


def test_the_service_row_says_all_that_a_check_needs_and_no_phone():
    make_order("paid", quantity=30)
    page = desk_of("service_agent").get(SERVICE).content.decode()
    for word in ("颐禾牌深海鱼油软胶囊", "× 30", "¥3,840.00", "138****1234", "浙江省 杭州市",
                 "单品数量偏大", "确认订单"):  # fmt: skip
        assert word in page
    assert not FULL_PHONE.search(page)
    assert "文三路" not in page


def test_the_warehouse_sees_what_waits_for_service_and_cannot_ship_it():
    order = make_order("paid")
    client = desk_of("warehouse")
    page = rows(client, WAREHOUSE).content.decode()
    assert "待客服确认" in page
    assert 'name="waybill"' not in page
    shipped = client.post(
        f"/admin/desk/act/orders.ship_order/{order.pk}/",
        {"carrier": "SF", "waybill": "SF1234567890"},
        headers={"Accept": "application/json"},
    )
    assert shipped.status_code == 409
    assert "已付款" in shipped.json()["message"]


def test_a_confirmed_order_leaves_one_desk_and_is_ready_on_the_other():
    order = make_order("paid")
    agent, hand = desk_of("service_agent"), desk_of("warehouse")
    pressed = agent.post(
        f"/admin/desk/act/orders.confirm_order/{order.pk}/",
        headers={"Accept": "application/json"},
    )
    assert pressed.status_code == 200
    assert keys(rows(agent, SERVICE)) == []
    assert "可发货" in rows(hand, WAREHOUSE).content.decode()
    hand.post(
        f"/admin/desk/act/orders.ship_order/{order.pk}/",
        {"carrier": "ZTO", "waybill": "zt 1234-567890"},
        headers={"Accept": "application/json"},
    )
    assert Order.objects.get(pk=order.pk).parcels.get().waybill == "ZT1234567890"
    assert keys(rows(hand, WAREHOUSE)) == []


def test_an_unchanged_desk_answers_304_and_a_changed_one_does_not():
    order = make_order("paid")
    client = desk_of("service_agent")
    first = rows(client, SERVICE)
    again = rows(client, SERVICE, first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    client.post(f"/admin/desk/act/orders.confirm_order/{order.pk}/")
    assert rows(client, SERVICE, first["ETag"]).status_code == 200


def test_who_may_do_less_has_another_etag_and_no_button():
    make_order("paid")
    agent, analyst = rows(desk_of("service_agent"), SERVICE), rows(desk_of("data_analyst"), SERVICE)
    assert agent["ETag"] != analyst["ETag"]
    assert "确认订单" not in analyst.content.decode()


def test_another_language_has_another_etag():
    make_order("paid")
    client = desk_of("service_agent")
    chinese = rows(client, SERVICE)
    client.post("/i18n/setlang/", {"language": "en"})
    english = rows(client, SERVICE, chinese["ETag"])
    assert english.status_code == 200
    assert "Confirm order" in english.content.decode()


def test_an_empty_desk_says_something_useful():
    assert "已付款的订单都确认完了" in rows(desk_of("service_agent"), SERVICE).content.decode()
    assert "该发的都发出去了" in rows(desk_of("warehouse"), WAREHOUSE).content.decode()


def test_a_desk_one_may_not_see_is_404_and_an_ended_session_401(client):
    assert desk_of("designer").get(SERVICE).status_code == 404
    assert rows(desk_of("designer"), SERVICE).status_code == 404
    assert desk_of("service_agent").get("/admin/desk/nowhere/").status_code == 404
    assert rows(client, SERVICE).status_code == 401
    assert client.get("/admin/desk/cards/").status_code == 401


def test_search_looks_through_the_whole_queue_by_number_and_whole_phone():
    hua = cast.customer("hua")
    text = AddressText("李华", "13911112222", "江苏省", "苏州市", "姑苏区", "平江路 12 号 3 单元")
    save_address(hua, text, by=Actor.shopper(hua))
    theirs = make_order("paid", customer=hua)
    make_order("paid")
    client = desk_of("service_agent")
    assert keys(rows(client, SERVICE, q="139 1111 2222")) == [str(theirs.pk)]
    assert keys(rows(client, SERVICE, q=theirs.number)) == [str(theirs.pk)]
    assert keys(rows(client, SERVICE, q="1391111")) == []
    assert "没有与“苹果”相符的内容" in rows(client, SERVICE, q="苹果").content.decode()


@pytest.mark.parametrize(("role", "desk"), [("service_agent", SERVICE), ("warehouse", WAREHOUSE)])
def test_a_poll_costs_the_same_however_many_rows(role, desk, monkeypatch):
    sku = make_sku(stock=1000)
    make_order("paid", sku=sku)
    client = desk_of(role)
    rows(client, desk)
    with CaptureQueriesContext(connection) as one:
        etag = rows(client, desk)["ETag"]
    with CaptureQueriesContext(connection) as unchanged:
        assert rows(client, desk, etag).status_code == 304
    for name in "abcdefgh":
        make_order("paid", sku=sku, customer=cast.customer(name))
    with CaptureQueriesContext(connection) as many:
        assert len(keys(rows(client, desk))) == 9
    assert len(many) == len(one) <= 12
    assert len(unchanged) <= 7


def test_more_than_fit_are_cut_with_a_note(monkeypatch):
    monkeypatch.setattr("shop.doors.desk.queues.MOST_ROWS", 2)
    sku = make_sku()
    for name in "abc":
        make_order("paid", sku=sku, customer=cast.customer(name))
    answer = rows(desk_of("service_agent"), SERVICE)
    assert len(keys(answer)) == 2
    assert "共 3 单" in answer.content.decode()
    assert MOST_ROWS == 50


def test_the_homes_cards_count_and_answer_304():
    client = desk_of("service_agent")
    empty = client.get("/admin/desk/cards/")
    assert "全部办完" in empty.content.decode()
    known = {"If-None-Match": empty["ETag"]}
    assert client.get("/admin/desk/cards/", headers=known).status_code == 304
    make_order("paid")
    full = client.get("/admin/desk/cards/", headers=known)
    assert full.status_code == 200
    assert '<b class="desk-card-count">1</b>' in full.content.decode()


def test_every_queues_buttons_act_on_its_rows():
    for queue in QUEUES.values():
        assert all(button.model is queue.rows().model for button in queue.buttons)


def test_a_marked_order_asks_before_it_is_confirmed_and_a_clean_one_does_not():
    client = desk_of("service_agent")
    make_order("paid")
    assert "是否已联系顾客核实" not in rows(client, SERVICE).content.decode()
    make_order("paid", quantity=30)
    assert rows(client, SERVICE).content.decode().count("是否已联系顾客核实") == 1
