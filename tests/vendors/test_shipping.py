"""订单发货管理: our client against the simulator, which refuses by the document's table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from shop.vendors.errors import UnreadableAnswer, VendorBusy, VendorRefused
from shop.vendors.wechat.errors import (
    AlreadyTold,
    NothingToShip,
    PaymentNotKnownYet,
    ShippingFinished,
)
from shop.vendors.wechat.shipping import ShippedParcel, Shipping, ShippingInfo
from tests.vendors.orders import new_number
from tests.vendors.orders import paid as pay_for_it
from tests.vendors.receiver import Receiver
from tests.wechat import wechat_settings

AT = datetime.now(UTC)


@pytest.fixture
def telling(simulator):
    return ShippingInfo(simulator.settings, cache)


@pytest.fixture
def paid(pay, simulator):
    """A payment that the buyer made: its transaction and the payer."""
    trade = pay_for_it(pay, simulator, "http://127.0.0.1:1/")
    return trade["transaction_id"], trade["payer"]["openid"]


def parcel(waybill="SF1000000000001", **changes):
    made = ShippedParcel(waybill, "SF", "鱼油×1", "138****1234")
    return replace(made, **changes)


def shipping(paid, *parcels, seconds=0, **changes):
    transaction_id, openid = paid
    told = Shipping(transaction_id, openid, parcels or [parcel()], False, True, AT)
    return replace(told, at=AT + timedelta(seconds=seconds), **changes)


def told_of(simulator, paid):
    [told] = [t for t in simulator.remote.shippings() if t["transaction_id"] == paid[0]]
    return told


def test_one_parcel_is_unified(telling, paid, simulator):
    telling.upload(shipping(paid))
    told = told_of(simulator, paid)
    assert (told["mode"], told["is_whole"], len(told["parcels"])) == (1, True, 1)
    assert telling.known_waybills(paid[0]) == {"SF1000000000001"}


def test_several_parcels_each_by_itself(telling, paid, simulator):
    split = {"is_split": True, "is_whole": False}
    telling.upload(shipping(paid, parcel("SF1"), **split))
    telling.upload(shipping(paid, parcel("SF2"), seconds=1, **split))
    assert not told_of(simulator, paid)["is_whole"]
    telling.upload(shipping(paid, parcel("SF3"), seconds=2, is_split=True))
    told = told_of(simulator, paid)
    assert (told["mode"], told["is_whole"], told["uploads"]) == (2, True, 3)
    assert telling.known_waybills(paid[0]) == {"SF1", "SF2", "SF3"}


def test_the_same_again_is_known(telling, paid):
    telling.upload(shipping(paid))
    with pytest.raises(AlreadyTold, match="10060023"):
        telling.upload(shipping(paid, seconds=1))


def test_one_change_and_no_second(telling, paid):
    telling.upload(shipping(paid))
    telling.upload(shipping(paid, parcel("SF2"), seconds=1))
    with pytest.raises(VendorRefused, match="10060003"):
        telling.upload(shipping(paid, parcel("SF3"), seconds=2))


def test_a_time_that_is_not_later_is_tried_again(telling, paid):
    telling.upload(shipping(paid))
    with pytest.raises(VendorBusy, match="268485216"):
        telling.upload(shipping(paid, parcel("SF2")))


def test_given_back(telling, paid, pay):
    pay.refund(new_number(), transaction_id=paid[0], amount_fen=9900, total_fen=9900,
               reason="退款", notify_url="http://127.0.0.1:1/")  # fmt: skip
    with pytest.raises(NothingToShip):
        telling.upload(shipping(paid))


def test_a_payment_that_nobody_made(telling, paid):
    with pytest.raises(PaymentNotKnownYet):
        telling.upload(shipping(("4200000000000000000000000000", paid[1])))
    with pytest.raises(PaymentNotKnownYet):
        telling.known_waybills("4200000000000000000000000000")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"openid": "o" * 28}, "10060031"),
        ({"parcels": [parcel(waybill="")]}, "268485226"),
        ({"parcels": [parcel(company="")]}, "268485227"),
        ({"parcels": [parcel(waybill="S" * 129)]}, "10060026"),
        ({"parcels": [parcel(goods="")]}, "10060008"),
        ({"parcels": [parcel(contact="")]}, "10060014"),
        ({"parcels": [parcel(contact="13800001234x")]}, "10060014"),
        ({"parcels": [parcel(), parcel("SF2")]}, "268485228"),
        ({"parcels": [parcel(f"SF{n}") for n in range(11)], "is_split": True}, "10060024"),
    ],
)
def test_refusals_of_the_table(telling, paid, changes, code):
    with pytest.raises(VendorRefused, match=code) as refused:
        telling.upload(shipping(paid, **changes))
    assert not isinstance(refused.value, VendorBusy)


def test_goods_are_never_longer_than_wechat_takes(telling, paid, simulator):
    telling.upload(shipping(paid, parcel(goods="长" * 500)))
    assert told_of(simulator, paid)["parcels"][0]["item_desc"] == "长" * 120


@pytest.mark.parametrize(
    ("errcode", "error"),
    [
        (-1, VendorBusy), (45009, VendorBusy), (10060012, VendorBusy), (10060019, VendorBusy),
        (10060001, PaymentNotKnownYet), (10060002, ShippingFinished), (10060004, NothingToShip),
        (10060023, AlreadyTold), (10060005, VendorRefused), (48001, VendorRefused),
    ],
)  # fmt: skip
def test_errcodes(telling, paid, simulator, errcode, error):
    simulator.remote.set_faults(shipping_errcode=errcode)
    with pytest.raises(error, match=str(errcode)):
        telling.upload(shipping(paid))


@pytest.mark.fault("F9")
def test_a_rejected_token_is_renewed_once(telling, paid, simulator):
    telling.upload(shipping(paid))
    simulator.remote.expire_token()
    before = simulator.remote.calls()["POST /cgi-bin/stable_token"]
    telling.known_waybills(paid[0])
    assert simulator.remote.calls()["POST /cgi-bin/stable_token"] == before + 1


@pytest.mark.fault("F3")
@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"order":{}}', b'{"order":{"shipping":[]}}'])
def test_odd_answers_say_nothing(keys, body):
    with Receiver(always=(200, {}, body)) as receiver:
        odd = ShippingInfo(wechat_settings(keys, receiver.base_url), cache)
        cache.set(f"wechat:access-token:{wechat_settings(keys, '').appid}", "token")
        with pytest.raises(UnreadableAnswer):
            odd.known_waybills("42")
