"""Channels: every order names the way it came by; a closed way takes none."""

import pytest
from django.db import IntegrityError, connection, transaction

from orders.actions import Basket, place_order
from orders.models import Order
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.records.actions.channels import close_channel, register_channel, reopen_channel
from shop.records.errors import ChannelClosed, OwnChannel
from shop.records.models import MINI_PROGRAM, Channel
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_address, make_order, make_sku

pytestmark = pytest.mark.django_db
LIST = "/admin/orders/order/"


def made(code="mall", kind="platform"):
    return register_channel(code, kind, "某平台旗舰店", by=cast.staff("operations_manager"))


def order_by(channel):
    sku, address = make_sku(), make_address(cast.customer())
    chosen = Basket(address.pk, 12_800, {sku.pk: 1}, channel=channel)
    return place_order(cast.customer(), chosen, by=cast.shopper())


def own():
    return Channel.objects.get_or_create(
        code=MINI_PROGRAM,
        defaults={"kind": MINI_PROGRAM, "name": "微信小程序", "created_at": "2026-01-01T00:00Z"},
    )[0]


def test_orders_of_the_mini_program_say_so_without_being_told():
    assert make_order().channel_id == MINI_PROGRAM
    assert own().status == "open"


def test_another_way_of_selling_is_registered_once_and_its_orders_are_found_by_it():
    channel = made()
    assert made().pk == channel.pk
    assert EventLog.objects.filter(kind="records.ChannelRegistered").count() == 1
    ours, theirs = make_order(), order_by("mall")
    assert theirs.channel == channel
    desk = desk_of("service_agent")
    listed = desk.get(LIST, {"channel": "mall"}).content.decode()
    assert theirs.number in listed
    assert ours.number not in listed
    assert "某平台旗舰店" in desk.get(f"{LIST}{theirs.pk}/change/").content.decode()


def test_a_closed_channel_takes_no_orders_until_it_is_opened_again():
    by = cast.staff("operations_manager")
    channel = close_channel(made(), by=by)
    with pytest.raises(ChannelClosed):
        order_by("mall")
    with pytest.raises(IllegalTransition):
        close_channel(channel, by=by)
    reopen_channel(channel, by=by)
    assert order_by("mall").channel_id == "mall"
    told = EventLog.objects.filter(stream="channel:mall").order_by("seq")
    assert [fact.kind for fact in told] == [
        "records.ChannelRegistered",
        "records.ChannelClosed",
        "records.ChannelReopened",
    ]


def test_a_channel_that_does_not_exist_takes_no_orders():
    with pytest.raises(ChannelClosed):
        order_by("nowhere")
    assert not Order.objects.exists()


def test_the_shops_own_channel_is_never_closed():
    with pytest.raises(OwnChannel):
        close_channel(own(), by=cast.staff("operations_manager"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Channel.objects.filter(code=MINI_PROGRAM).update(status="closed")


@pytest.mark.parametrize(
    "change", ["DELETE FROM records_channel", "UPDATE records_channel SET code = 'x'"]
)
def test_codes_stay_for_ever(change):
    made()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_only_operations_minds_channels():
    channel = made()
    for role in ("service_agent", "technical_lead", "director"):
        by = cast.staff(role)
        with pytest.raises(NotAllowed):
            register_channel("x", "agent", "x", by=by)
        with pytest.raises(NotAllowed):
            close_channel(channel, by=by)
        with pytest.raises(NotAllowed):
            reopen_channel(channel, by=by)
    with pytest.raises(InvalidValue):
        made("x", "smoke signals")
