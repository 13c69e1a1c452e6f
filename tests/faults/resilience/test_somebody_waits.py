"""Somebody waits for a vendor's answer: what they hear, and that trying again does it once (F1)."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from orders import flows
from orders.actions import pack_parcel
from orders.models import Parcel, Payment, WaybillOrder
from shop.doors.resilience import Dependency, Fault
from shop.events.relay import run_reactions
from shop.identity.actions import sign_in_customer
from shop.identity.models import Customer
from tests import cast
from tests.doors.conftest import desk_of
from tests.faults.resilience.staging import device, each_cell, heard, work
from tests.make import make_order, pick_order

pytestmark = pytest.mark.django_db


def sign_in(code):
    return Client().post("/api/v1/auth/wechat/", {"code": code}, content_type="application/json")


def openids():
    return [customer.openid for customer in Customer.objects.all()]


@pytest.mark.fault("F1")
@pytest.mark.fault("F10")
@each_cell(Dependency.LOGIN)
def test_signing_in(fault, outcome, wechat_stage, wechat):
    _customer, token = sign_in_customer("openid-of-hua", by=cast.SYSTEM)
    code, openid = wechat.login_code("ming")
    wechat_stage.fall_ill(fault)
    assert heard(sign_in(code)) == outcome.customer
    assert wechat_stage.was_met(fault)
    assert (openid in openids()) == (outcome.customer.status == 200)
    assert work() == outcome.work
    assert device(token).get("/api/v1/orders/").status_code == 200
    if fault not in (Fault.SLOW, Fault.TWICE):  # these two are followed on the same connection
        wechat_stage.heal()
    code, openid = wechat.login_code("qiang")
    assert sign_in(code).status_code == 200
    assert Customer.objects.latest("pk").openid == openid


def pay(customer, order):
    _customer, token = sign_in_customer(customer.openid, by=cast.SYSTEM)
    path = f"/api/v1/orders/{order.number}/pay/"
    key = {"Idempotency-Key": uuid4().hex}
    return device(token).post(path, {}, content_type="application/json", headers=key)


@pytest.mark.fault("F1")
@each_cell(Dependency.PAY)
def test_paying(fault, outcome, wechat_stage, wechat, oracle):
    customer, _token = sign_in_customer(wechat.login_code("ming")[1], by=cast.SYSTEM)
    order = make_order("unpaid", customer=customer)
    wechat_stage.fall_ill(fault)
    assert heard(pay(customer, order)) == outcome.customer
    assert wechat_stage.was_met(fault)
    assert work() == outcome.work
    if fault not in (Fault.SLOW, Fault.TWICE):
        wechat_stage.heal()
    again = pay(customer, order)
    assert again.status_code == 200, again.content
    wechat.set_faults(drop_notices=True)
    wechat.pay("ming", again.json())
    payment = Payment.objects.get(order=order)
    assert flows.ask_about_payment(payment, by=cast.SYSTEM) == "paid"
    taken = [t for t in wechat.transactions() if t["out_trade_no"].startswith(order.number)]
    assert [t["state"] for t in taken] == ["SUCCESS"]
    run_reactions()


def order_waybill(desk, parcel):
    path = reverse("desk:act", args=["orders.order_waybill", parcel.pk])
    return desk.post(path, {"carrier": "SF"}, headers={"Accept": "application/json"})


@pytest.mark.fault("F1")
@each_cell(Dependency.WAYBILLS)
def test_ordering_a_waybill(fault, outcome, carrier_stage, carriers):
    desk, hand = desk_of("warehouse"), cast.staff("warehouse")
    first, second = (
        pack_parcel(order, pick_order(order), by=hand)
        for order in (make_order("confirmed"), make_order("confirmed"))
    )
    carrier_stage.fall_ill(fault)
    assert heard(order_waybill(desk, first)) == outcome.customer
    assert carrier_stage.was_met(fault)
    assert work() == outcome.work
    if fault in (Fault.SLOW, Fault.TWICE):
        assert order_waybill(desk, second).status_code == 200
    else:
        carrier_stage.heal()
        assert order_waybill(desk, first).status_code == 200
    given = Parcel.objects.exclude(waybill="").values_list("waybill", flat=True)
    assert sorted(given) == sorted(known["number"] for known in carriers.waybills())
    assert WaybillOrder.objects.filter(status="given").count() == len(given)
