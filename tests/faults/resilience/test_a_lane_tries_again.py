"""Nobody waits for a vendor's answer: the customer notices nothing, a lane tries again (F1)."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from orders.actions import ship_order
from orders.models import Order, ShippingUpload, TrackingScan
from orders.notices import ORDER_PAID
from orders.tasks import ask_about_parcels, tell_wechat_again
from shop.clock import now, turned_to
from shop.doors.resilience import Dependency, Fault
from shop.events.relay import run_reactions
from shop.identity.actions import sign_in_customer
from shop.identity.actors import Actor
from shop.notices.actions.preferences import allow_messages
from shop.notices.actions.raising import Fact, send_notice
from shop.notices.kinds import Channel
from shop.notices.models import NoticeSending
from tests import cast
from tests.doors.conftest import desk_of
from tests.faults.resilience.mails import MailStage
from tests.faults.resilience.staging import device, each_cell, heard, work
from tests.make import make_order
from tests.notices.cases import TEMPLATES, WEDNESDAY
from tests.orders.wechat_money import buyer_of, paid_at_wechat

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F1")]


@pytest.fixture(autouse=True)
def _on_a_wednesday_at_ten(request):
    """Nothing waits for quiet hours to be over. Parcels live in their vendors' own time."""
    with ExitStack() as day:
        if request.node.originalname not in ("test_a_shipping", "test_where_a_parcel_is"):
            day.enter_context(turned_to(WEDNESDAY))
        yield


def later(**step):
    with turned_to(now() + timedelta(**step)):
        run_reactions()


def order_as_seen(order):
    """What the customer's phone says of the order, and how it was answered."""
    _customer, token = sign_in_customer(order.customer.openid, by=cast.SYSTEM)
    return device(token).get(f"/api/v1/orders/{order.number}/")


# WeChat messages


@pytest.fixture
def addressee(wechat, settings):
    settings.WECHAT_TEMPLATES = TEMPLATES
    name = f"收信人{uuid4().hex[:8]}"
    customer = buyer_of(wechat, name)
    wechat.subscribe(name, TEMPLATES["order_paid"])
    allow_messages(customer, [TEMPLATES["order_paid"]], by=Actor.shopper(customer))
    return customer


MESSAGE_ENDS = {Fault.GARBAGE: "unknown", Fault.KEY: "failed"}


@each_cell(Dependency.MESSAGES)
def test_a_message(fault, outcome, wechat_stage, wechat, addressee):
    wechat_stage.fall_ill(fault, "/cgi-bin/message/subscribe/send")
    order = make_order("paid", customer=addressee)
    seen = order_as_seen(order)
    assert (heard(seen), seen.json()["status"]) == (outcome.customer, "paid")
    assert wechat_stage.was_met(fault)
    sending = NoticeSending.objects.get(notice__kind=ORDER_PAID.code)
    if fault in (Fault.SLOW, Fault.TWICE):
        assert sending.status == "sent"
    wechat_stage.heal()
    later(hours=2)
    sending.refresh_from_db()
    assert sending.status == MESSAGE_ENDS.get(fault, "sent")
    read = [one for one in wechat.messages() if one["touser"] == addressee.openid]
    assert len(read) == (0 if fault is Fault.KEY else 1)
    assert work() == outcome.work


# WeChat shipping information


@each_cell(Dependency.SHIPPING)
def test_a_shipping(fault, outcome, wechat_stage, wechat, settings, simulator):
    settings.WECHAT = simulator.settings
    order = paid_at_wechat(wechat, "confirmed")
    wechat_stage.fall_ill(fault, "/wxa/sec/order/upload_shipping_info")
    settings.WECHAT = replace(settings.WECHAT, is_trade_managed=True)
    ship_order(order, "SF", f"SF{order.pk:012d}", by=cast.staff("warehouse"))
    run_reactions()
    seen = order_as_seen(order)
    assert (heard(seen), seen.json()["status"]) == (outcome.customer, "shipped")
    assert wechat_stage.was_met(fault)
    assert work() == outcome.work
    upload = ShippingUpload.objects.get()
    is_told = fault in (Fault.SLOW, Fault.TWICE)
    assert (upload.status == "done") == is_told
    wechat_stage.heal()
    settings.WECHAT = replace(settings.WECHAT, is_trade_managed=True)
    later(hours=2)
    tell_wechat_again(now())
    upload.refresh_from_db()
    assert upload.status == "done"
    assert work() == ""
    paid = order.payments.get(status="succeeded").transaction_id
    [told] = [one for one in wechat.shippings() if one["transaction_id"] == paid]
    assert [parcel["tracking_no"] for parcel in told["parcels"]] == [order.parcels.get().waybill]


# 快递100 tracking


@each_cell(Dependency.TRACKING)
def test_where_a_parcel_is(fault, outcome, carrier_stage, carriers):
    order = make_order("shipped")
    run_reactions()
    carriers.scan("shunfeng", order.parcels.get().waybill, "3", "已签收", quiet=True)
    carrier_stage.fall_ill(fault)
    with turned_to(now() + timedelta(hours=7)):
        ask_about_parcels(now())
        seen = order_as_seen(order)
    assert heard(seen) == outcome.customer
    assert carrier_stage.was_met(fault)
    is_known = fault in (Fault.SLOW, Fault.TWICE)
    assert TrackingScan.objects.count() == is_known
    assert seen.json()["status"] == ("signed" if is_known else "shipped")
    assert work() == outcome.work
    carrier_stage.heal()
    with turned_to(now() + timedelta(hours=14)):
        ask_about_parcels(now())
    assert TrackingScan.objects.count() == 1
    assert Order.objects.get().status == "signed"


# the mail server and the group's robot


@each_cell(Dependency.MAIL)
def test_a_mail(fault, outcome, postman, settings, monkeypatch, unknown_certificate, memo):
    with MailStage(postman, settings, monkeypatch, unknown_certificate) as stage:
        stage.fall_ill(fault)
        kind = memo(channels=(Channel.DESK, Channel.MAIL))
        notice_to_staff(kind)
        assert stage.was_met(fault)
        mail = NoticeSending.objects.get(channel="mail")
        is_sent = fault in (Fault.SLOW, Fault.TWICE)
        assert mail.status == ("sent" if is_sent else "queued")
        assert work() == outcome.work
        stage.heal()
        later(hours=2)
    mail.refresh_from_db()
    assert (mail.status, mail.repeats, len(postman.taken)) == ("sent", 0, 1)


def notice_to_staff(kind):
    """Told to the technical lead; they read it on their desk at once."""
    user = cast.staff("technical_lead").user
    user.email = "jishu@shop.example"
    user.save()
    send_notice(kind, "technical_lead", Fact("timer:7"), by=cast.SYSTEM)
    run_reactions()
    assert "Memo" in desk_of("technical_lead").get("/admin/desk/notices/").content.decode()


@each_cell(Dependency.ROBOT)
def test_a_word_in_the_group(fault, outcome, wechat_stage, wechat, settings, memo):
    key = str(uuid4())
    wechat_stage.fall_ill(fault)

    def lead(robot):
        settings.WECOM_ROBOT_URL = f"{wechat_stage.sick.url}/cgi-bin/webhook/send?key={robot}"

    lead("nobody's" if fault is Fault.KEY else key)
    notice_to_staff(memo(channels=(Channel.DESK, Channel.WECOM), is_urgent=True))
    assert wechat_stage.was_met(fault)
    word = NoticeSending.objects.get(channel="wecom")
    assert (word.status == "sent") == (fault in (Fault.SLOW, Fault.TWICE))
    assert work() == outcome.work
    wechat_stage.heal()
    lead(key)
    later(hours=2)
    word.refresh_from_db()
    read = [one for one in wechat.group_messages() if one["key"] == key]
    if fault is Fault.KEY:
        assert (word.status, word.code, read) == ("failed", "93000", [])
    else:
        assert word.status == "sent"
        assert len(read) == (2 if fault is Fault.GARBAGE else 1)
