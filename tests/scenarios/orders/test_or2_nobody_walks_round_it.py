"""OR2: WeChat hears of every parcel, service sees the waybill; nobody walks round it."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from orders.actions import pack_parcel
from orders.models import Order, Parcel
from orders.tasks import tell_wechat_again
from shop.clock import now
from shop.events.relay import run_reactions
from shop.work.models import WorkItem
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_order, pick_order
from tests.orders.wechat_money import paid_at_wechat

pytestmark = [pytest.mark.django_db, pytest.mark.article("OR2", "A4.2b", "C7.2")]
JSON = {"Accept": "application/json"}


def press(client, name, row, **values):
    return client.post(f"/admin/desk/act/{name}/{row.pk}/", values, headers=JSON)


def told_of(wechat, order):
    number = order.payments.get(status="succeeded").transaction_id
    return [one for one in wechat.shippings() if one["transaction_id"] == number]


@pytest.fixture
def managed(wechat, settings):
    """The mini-program is under WeChat's 订单发货管理."""
    settings.WECHAT = replace(settings.WECHAT, is_trade_managed=True)
    return wechat


def test_what_leaves_is_known_to_service_and_to_wechat(managed):
    # Given an order that was really paid, and confirmed
    order = paid_at_wechat(managed, "confirmed")

    # When the warehouse hands it to the carrier
    assert press(desk_of("warehouse"), "orders.ship_order", order, carrier="SF",
                 waybill="SF778800112233").status_code == 200  # fmt: skip

    # Then service reads the waybill on the order's page at once
    page = desk_of("service_agent").get(f"/admin/orders/order/{order.pk}/change/")
    assert "SF778800112233" in page.content.decode()

    # And WeChat has heard of the parcel, as the last one
    run_reactions()
    [told] = told_of(managed, order)
    assert told["is_whole"] is True
    assert [one["tracking_no"] for one in told["parcels"]] == ["SF778800112233"]


def test_what_wechat_refuses_is_somebodys_work_until_it_knows(managed):
    # Given that WeChat refuses to hear of a shipping
    order = paid_at_wechat(managed, "confirmed")
    managed.set_faults(shipping_errcode=10060031)

    # When it leaves, then operations has a case about it
    press(desk_of("warehouse"), "orders.ship_order", order, carrier="SF", waybill="SF778800112244")
    run_reactions()
    case = WorkItem.objects.get(kind="shipping_untold", subject=order.stream)
    assert case.is_open

    # And when what was wrong is mended, WeChat is told again by itself and the case is closed
    managed.clear_faults()
    tell_wechat_again(now())
    assert told_of(managed, order)[0]["is_whole"] is True
    case.refresh_from_db()
    assert not case.is_open


def test_walked_round_at_the_desk_nothing_leaves_unconfirmed_unlabelled_or_by_a_strange_hand():
    hand, agent = desk_of("warehouse"), desk_of("service_agent")
    unconfirmed, order = make_order("paid"), make_order("confirmed")
    parcel = pack_parcel(order, pick_order(order), by=cast.staff("warehouse"))
    waybill = {"carrier": "SF", "waybill": "SF778800112255"}

    # Not before service has confirmed it, not by service, not without a waybill
    assert press(hand, "orders.ship_order", unconfirmed, **waybill).status_code == 409
    assert press(agent, "orders.ship_order", order, **waybill).status_code == 403
    assert press(hand, "orders.ship_order", order, carrier="SF", waybill="").status_code == 400
    leaving = {"parcels": [parcel.pk], "counted": 1}
    answer = hand.post("/admin/warehouse/leaving/SF/", leaving, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "not-labelled")
    assert set(Order.objects.values_list("status", flat=True)) == {"paid", "confirmed"}
    assert Parcel.objects.get().shipped_at is None


def test_walked_round_in_the_api_no_customer_ships(phone):
    """There is no address for it: what a customer sends there changes nothing."""
    ming = phone("ming")
    order = make_order("confirmed")
    for path in (f"orders/{order.number}/ship/", f"orders/{order.number}/parcels/"):
        ming.post(path, {"carrier": "SF", "waybill": "SF1"}, 404)
    ming.post(f"orders/{order.number}/confirm-receipt/", {}, 404)
    assert Order.objects.get().status == "confirmed"


@pytest.mark.parametrize(
    "lie",
    [
        "UPDATE orders_parcel SET status = 'shipped', shipped_at = now() WHERE waybill = ''",
        "UPDATE orders_shippingupload SET status = 'done'",
        "UPDATE orders_order SET status = 'shipped' WHERE shipped_at IS NULL",
    ],
)
def test_walked_round_in_plain_sql_the_database_refuses(managed, lie):
    # Given a parcel without a waybill, and one of which WeChat does not know
    order = paid_at_wechat(managed, "confirmed")
    managed.set_faults(shipping_errcode=-1)
    press(desk_of("warehouse"), "orders.ship_order", order, carrier="SF", waybill="SF778800112266")
    run_reactions()
    packed = make_order("confirmed", customer=cast.customer("hua"))
    pack_parcel(packed, pick_order(packed), by=cast.staff("warehouse"))

    # When somebody writes into the rows that it was done, then the database says no
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(lie)
