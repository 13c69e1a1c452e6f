"""/hooks/tracking/{carrier}/ and the question of the clock job: from 快递100 to the order."""

import time
from datetime import timedelta

import pytest
from django.test import Client

from orders import actions, flows
from orders.models import Order, ParcelTrack, TrackingScan
from orders.tasks import ask_about_parcels
from shop.clock import SHANGHAI, now, turned_to
from shop.doors.health import refused
from shop.events.models import Delivery, EventLog, InboxMessage
from shop.events.relay import run_reactions
from shop.vendors.carriers.simulator.pushes import push_body
from tests import cast
from tests.carriers import SALT, carrier_settings
from tests.make import make_order
from tests.orders.wechat_money import buyer_of

HOOK = "/hooks/tracking/SF/"


@pytest.fixture
def parcel(db, settings):
    settings.CARRIERS = carrier_settings(key="")  # nobody is asked
    order = make_order("shipped")
    run_reactions()
    settings.CARRIERS = carrier_settings()
    return order.parcels.get()


def at_shanghai(hours=0.0):
    instant = now() + timedelta(hours=hours)
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def pushed(parcel, code="3", text="已签收", salt=SALT, **changes):
    scan = {"time": at_shanghai(), "context": text, "statusCode": code, "areaName": "浙江,杭州"}
    track = {"com": "shunfeng", "nu": parcel.waybill, "state": code[:1], "data": [scan]}
    return push_body(track | changes, salt)


def send(body, hook=HOOK):
    return Client().post(hook, body, content_type="application/x-www-form-urlencoded")


def test_a_push_is_kept_answered_and_applied(parcel, oracle):
    answer = send(pushed(parcel))
    assert (answer.status_code, answer.json()["returnCode"]) == (200, "200")
    message = InboxMessage.objects.get(source="tracking-SF")
    assert message.applied_at is None
    run_reactions()
    message.refresh_from_db()
    assert message.outcome == "recorded"
    assert Order.objects.get().status == "signed"


def test_the_same_push_again_is_one(parcel):
    body = pushed(parcel)
    for _ in range(3):
        assert send(body).json()["result"] is True
    run_reactions()
    assert InboxMessage.objects.get(source="tracking-SF").repeats == 2
    assert TrackingScan.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "hook", "status"),
    [
        (b"", HOOK, 401),
        (push_body({}, "another"), HOOK, 401),
        (push_body({}, SALT), HOOK, 400),
        (push_body({}, SALT), "/hooks/tracking/XX/", 404),
        (push_body({"nu": "SF1", "com": "ems", "data": []}, SALT), HOOK, 400),
        (b"x" * 300_000, HOOK, 413),
    ],
)
def test_what_is_not_believed_leaves_no_trace(parcel, body, hook, status):
    counted = refused("forged") + refused("bad")
    answer = send(body, hook)
    assert (answer.status_code, answer.json()["result"]) == (status, False)
    assert not InboxMessage.objects.filter(source__startswith="tracking").exists()
    assert (refused("forged") + refused("bad") > counted) == (status != 404)


def test_one_push_by_get_is_none(parcel):
    assert Client().get(HOOK).status_code == 405


def test_a_waybill_that_is_none_of_ours_changes_nothing(parcel):
    send(pushed(parcel, nu="SF9999999999999"))
    run_reactions()
    assert InboxMessage.objects.get(source="tracking-SF").outcome == "unknown"
    assert not TrackingScan.objects.exists()


def test_an_older_push_that_comes_last_changes_nothing(parcel):
    old = pushed(parcel, "1", "已揽收")
    with turned_to(now() + timedelta(hours=5)):
        send(pushed(parcel))
        run_reactions()
        send(old)
        run_reactions()
    assert ParcelTrack.objects.get().state == "signed"
    assert TrackingScan.objects.count() == 2


class TestAsking:
    @pytest.fixture
    def order(self, db, carriers):
        order = make_order("shipped")
        run_reactions()
        return order

    def parcel(self, order):
        return order.parcels.select_related("order").get()

    def ask(self, hours):
        with turned_to(now() + timedelta(hours=hours)):
            ask_about_parcels(now())

    def test_the_carrier_is_asked_to_push(self, order, carriers):
        [known] = carriers.waybills()
        assert known["number"] == self.parcel(order).waybill
        assert known["callback"].endswith("/hooks/tracking/SF/")
        assert ParcelTrack.objects.get().followed_at is not None

    def test_asked_again_it_follows_once(self, order, carriers):
        flows.follow_parcel(self.parcel(order), by=cast.SYSTEM)
        assert len(carriers.waybills()) == 1

    def test_a_lost_push_is_found_by_asking(self, order, carriers, oracle):
        carriers.scan("shunfeng", self.parcel(order).waybill, "3", "已签收", quiet=True)
        self.ask(hours=1)
        assert not TrackingScan.objects.exists()
        self.ask(hours=7)
        assert Order.objects.get().status == "signed"

    def test_what_does_not_answer_is_not_asked_at_once_again(self, order, carriers):
        carriers.set_faults(html=True)
        self.ask(hours=7)
        before = carriers.calls()["POST /poll/query.do"]
        self.ask(hours=8)
        assert carriers.calls()["POST /poll/query.do"] == before
        carriers.clear_faults()
        self.ask(hours=14)
        assert carriers.calls()["POST /poll/query.do"] == before + 1

    def test_what_left_before_anybody_followed_it_is_followed_when_it_is_asked_about(
        self, db, carriers, settings
    ):
        known = settings.CARRIERS
        settings.CARRIERS = carrier_settings(key="")
        order = make_order("shipped")
        run_reactions()
        assert ParcelTrack.objects.get().followed_at is None
        settings.CARRIERS = known
        self.ask(hours=7)
        [followed] = carriers.waybills()
        assert followed["number"] == self.parcel(order).waybill
        assert followed["callback"].endswith("/hooks/tracking/SF/")
        assert ParcelTrack.objects.get().followed_at is not None

    def test_what_was_asked_about_is_put_off(self, order):
        parcel = self.parcel(order)
        with turned_to(now() + timedelta(hours=7)):
            actions.put_off_question(parcel, by=cast.SYSTEM)
            assert not ParcelTrack.objects.to_ask_about(now())
            actions.record_following(parcel, by=cast.SYSTEM)  # again: the first time stays
        assert ParcelTrack.objects.get().followed_at < now() + timedelta(hours=1)

    def test_without_an_account_nobody_is_asked(self, order, carriers, settings):
        settings.CARRIERS = carrier_settings(key="")
        before = carriers.calls()
        self.ask(hours=7)
        flows.follow_parcel(self.parcel(order), by=cast.SYSTEM)
        assert carriers.calls() == before

    @pytest.mark.fault("F3")
    @pytest.mark.parametrize(
        "fault", [{"html": True}, {"other_waybill": True}, {"status": 502}, {"code": "601"}]
    )
    def test_an_odd_answer_says_nothing_of_the_parcel(self, order, carriers, fault):
        carriers.scan("shunfeng", self.parcel(order).waybill, "3", "已签收", quiet=True)
        carriers.set_faults(**fault)
        self.ask(hours=7)
        assert not TrackingScan.objects.exists()
        assert Order.objects.get().status == "shipped"

    def test_a_carrier_that_is_away_is_asked_later_to_push(self, db, carriers):
        carriers.set_faults(status=503)
        make_order("shipped")
        run_reactions()
        owed = Delivery.objects.get(reaction="orders.follow_parcel")
        assert (owed.state, owed.lane) == ("pending", "carriers")
        carriers.clear_faults()
        with turned_to(now() + timedelta(minutes=2)):
            run_reactions()
        owed.refresh_from_db()
        assert owed.state == "done"


@pytest.mark.django_db(transaction=True)
def test_from_the_couriers_scanner_to_the_customers_phone(phone, wechat, carriers):
    """All the way over HTTP: 快递100 pushes, the hook keeps, the relay applies, the phone reads."""
    ming = phone("ming")
    order = make_order("shipped", customer=buyer_of(wechat))
    run_reactions()
    waybill = order.parcels.get().waybill
    carriers.scan("shunfeng", waybill, "1", "已揽收", place="山东威海")
    assert_soon(lambda: InboxMessage.objects.filter(source="tracking-SF").exists())
    run_reactions()
    [told] = ming.get(f"orders/{order.number}/tracking/")
    assert (told["waybill"], told["state"]) == (waybill, "collected")
    [scanned] = told["scans"]
    assert (scanned["state"], scanned["text"], scanned["place"]) == (
        "collected",
        "已揽收",
        "山东威海",
    )
    assert EventLog.objects.filter(kind="orders.ParcelMoved").count() == 1


def assert_soon(is_so, seconds=60):
    give_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.05)
