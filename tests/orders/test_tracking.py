"""record_scans and its kin: what carriers say of parcels, in whatever order and however often."""

import threading
from datetime import UTC, timedelta

import pytest
from django.db import connection

from orders import actions, rules
from orders.actions.tracking import (
    ScanNews,
    record_scans,
    report_stalled_parcel,
    rest_parcels,
    watch_parcel,
)
from orders.models import Order, ParcelTrack, TrackingScan, TrackState
from shop.clock import now, turned_to
from shop.errors import NotAllowed
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.timing.models import Timer
from shop.timing.sweeper import sweep_timers
from shop.work.actions.items import close_item
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_order, make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return make_order("shipped")


@pytest.fixture
def parcel(order):
    run_reactions()
    return order.parcels.get()


def scan(state, hours=1.0, text="", place=""):
    """So many hours after now."""
    return ScanNews(now() + timedelta(hours=hours), state, text or f"快件{state}", place)


def heard(parcel, *scans, hours=0.0):
    """The carrier tells of them, so many hours from now."""
    with turned_to(now() + timedelta(hours=hours)):
        return record_scans(parcel, scans, by=cast.SYSTEM)


def troubles(order):
    items = WorkItem.objects.filter(kind="parcel_trouble", subject=order.stream)
    return {item.reason: item.status for item in items}


def fresh(order):
    return Order.objects.get(pk=order.pk)


def test_the_latest_by_the_carriers_time_is_where_it_is(parcel, oracle):
    early, late = scan("collected", 1), scan("delivering", 20)
    assert heard(parcel, late, early, hours=21) == 2
    track = ParcelTrack.objects.get(parcel=parcel)
    assert (track.state, track.latest_at) == ("delivering", late.at)
    assert [one.state for one in parcel.scans.all()] == ["delivering", "collected"]


@pytest.mark.parametrize("order_of_news", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_in_whatever_order_they_come(parcel, order, order_of_news):
    told = [scan("collected", 1), scan("delivering", 9), scan("signed", 10)]
    for place in order_of_news:
        heard(parcel, told[place], hours=11)
    assert ParcelTrack.objects.get(parcel=parcel).state == "signed"
    assert fresh(order).status == "signed"
    assert TrackingScan.objects.count() == 3


def test_the_same_told_again_is_nothing_new(parcel):
    told = scan("collected")
    assert heard(parcel, told, told, hours=2) == 1
    facts = EventLog.objects.count()
    assert heard(parcel, told, hours=3) == 0
    assert EventLog.objects.count() == facts


def test_each_new_state_is_told_once(parcel, order):
    heard(parcel, scan("collected", 1), hours=2)
    heard(parcel, scan("moving", 3), hours=4)
    heard(parcel, scan("moving", 5), hours=6)
    moved = EventLog.objects.filter(kind="orders.ParcelMoved", stream=order.stream)
    assert [fact.data["state"] for fact in moved.order_by("seq")] == ["collected", "moving"]


def test_of_one_second_the_later_in_life_counts(parcel):
    at = now() + timedelta(hours=1)
    heard(parcel, ScanNews(at, "signed", "已签收"), ScanNews(at, "delivering", "派送"), hours=2)
    assert ParcelTrack.objects.get(parcel=parcel).state == "signed"


@pytest.mark.parametrize("days", [-400, -3, 1])
def test_what_cannot_be_of_this_parcel_is_left_out(parcel, order, days):
    """A number that was another parcel's a year ago; a clock of the carrier's that runs ahead."""
    assert heard(parcel, scan("signed", days * 24)) == 0
    assert fresh(order).status == "shipped"


def test_a_scan_before_we_said_that_it_left(parcel):
    assert heard(parcel, scan("collected", -5)) == 1


class TestSigning:
    def test_the_carriers_signature_signs_the_order(self, parcel, order, oracle):
        heard(parcel, scan("signed"), hours=2)
        assert fresh(order).signed_at is not None
        signed = EventLog.objects.get(kind="orders.OrderSigned", stream=order.stream)
        assert (signed.user_id, signed.customer_id) == (None, None)

    def test_whom_the_customer_told_first(self, parcel, order, oracle):
        actions.sign_order(order, by=cast.shopper())
        assert heard(parcel, scan("signed"), hours=2) == 1
        assert EventLog.objects.filter(kind="orders.OrderSigned").count() == 1

    def test_a_locker_is_no_signature(self, parcel, order):
        heard(parcel, scan("to_pick_up"), hours=2)
        assert fresh(order).status == "shipped"

    def test_signed_and_then_signed_again_elsewhere(self, parcel, order):
        heard(parcel, scan("signed", 1), hours=2)
        heard(parcel, scan("signed", 3), hours=4)
        assert EventLog.objects.filter(kind="orders.OrderSigned").count() == 1


class TestTroubles:
    @pytest.mark.parametrize(
        "state", ["trouble", "lost", "refused", "returning", "returned", "cancelled"]
    )
    def test_opens_a_case_by_itself(self, parcel, order, state):
        heard(parcel, scan(state), hours=2)
        assert troubles(order) == {state: "open"}
        heard(parcel, scan(state, 3), hours=4)
        assert troubles(order) == {state: "open"}

    def test_trouble_that_is_over_closes_by_itself(self, parcel, order):
        heard(parcel, scan("trouble"), hours=2)
        heard(parcel, scan("delivering", 3), hours=4)
        assert troubles(order) == {"trouble": "closed"}

    def test_news_that_come_late_open_nothing(self, parcel, order):
        heard(parcel, scan("delivering", 3), hours=4)
        heard(parcel, scan("trouble", 1), hours=5)
        assert troubles(order) == {}

    def test_one_case_leads_to_the_next(self, parcel, order):
        heard(parcel, scan("refused"), hours=2)
        heard(parcel, scan("returning", 3), hours=4)
        assert troubles(order) == {"refused": "closed", "returning": "open"}

    def test_the_customer_has_it_after_all(self, parcel, order):
        heard(parcel, scan("trouble"), hours=2)
        actions.sign_order(fresh(order), by=cast.shopper())
        run_reactions()
        assert troubles(order) == {"trouble": "closed"}
        assert ParcelTrack.objects.get(parcel=parcel).ask_at is None


class TestSilence:
    def sweep(self, hours):
        with turned_to(now() + timedelta(hours=hours)):
            sweep_timers()
            run_reactions()

    def test_a_day_without_a_first_scan(self, parcel, order):
        self.sweep(23)
        assert troubles(order) == {}
        self.sweep(25)
        assert troubles(order) == {"not_collected": "open"}
        heard(parcel, scan("collected", 26), hours=27)
        assert troubles(order) == {"not_collected": "closed"}

    def test_three_days_without_a_scan(self, parcel, order):
        heard(parcel, scan("moving", 1), hours=2)
        self.sweep(72)
        assert troubles(order) == {}
        self.sweep(74)
        assert troubles(order) == {"stalled": "open"}

    def test_each_scan_winds_it_up_again(self, parcel, order):
        for hours in (10, 60, 120):
            heard(parcel, scan("moving", hours), hours=hours + 1)
        self.sweep(130)
        assert troubles(order) == {}

    def test_what_has_arrived_is_waited_for_no_more(self, parcel, order):
        heard(parcel, scan("signed", 1), hours=2)
        run_reactions()
        self.sweep(1000)
        assert troubles(order) == {}
        assert not Timer.objects.filter(subject=f"parcel:{parcel.pk}", state="armed").exists()

    def test_silent_on_it_is_seen_to_again(self, parcel, order):
        self.sweep(25)
        item = WorkItem.objects.get(kind="parcel_trouble")
        close_item(item, "goes_on", "找到了，明天派送", by=cast.staff("warehouse"))
        self.sweep(25 + 73)
        assert WorkItem.objects.filter(kind="parcel_trouble").count() == 2

    def test_nobody_is_bothered_about_what_the_customer_has(self, parcel, order):
        actions.sign_order(order, by=cast.shopper())
        assert report_stalled_parcel(parcel, by=cast.SYSTEM) is False
        rest_parcels(order, by=cast.SYSTEM)
        self.sweep(30)
        assert troubles(order) == {}


def test_watch_parcel_begins_once(parcel):
    before = Timer.objects.filter(subject=f"parcel:{parcel.pk}").count()
    track = watch_parcel(parcel, by=cast.SYSTEM)
    assert track.ask_at is not None
    assert Timer.objects.filter(subject=f"parcel:{parcel.pk}").count() == before == 1


def test_only_the_system_says_what_carriers_say(parcel):
    for by in (cast.shopper(), cast.staff("warehouse")):
        with pytest.raises(NotAllowed):
            record_scans(parcel, [scan("signed")], by=by)


def test_states_are_the_vendors_states():
    from shop.vendors.carriers.scans import State

    assert {state.value for state in State} == set(TrackState.values)


def test_when_it_stalls():
    at = now().astimezone(UTC)
    assert rules.stalls_at(at, None) == at + timedelta(days=1)
    assert rules.stalls_at(at, at + timedelta(days=1)) == at + timedelta(days=4)


@pytest.mark.django_db(transaction=True)
def test_two_who_tell_the_same_at_once():
    """The hook's reaction and the question of the clock job."""
    order = make_order("shipped", sku=make_sku(stock=100))
    run_reactions()
    parcel, told = order.parcels.get(), [scan("signed", -0.1), scan("delivering", -0.2)]
    start = threading.Barrier(4)

    def tell():
        try:
            start.wait(30)
            record_scans(parcel, told, by=cast.SYSTEM)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert TrackingScan.objects.count() == 2
    assert EventLog.objects.filter(kind="orders.OrderSigned").count() == 1


class TestSeveralParcels:
    @pytest.fixture
    def parcels(self):
        order, hand = make_order("confirmed", quantity=2), cast.staff("warehouse")
        sku = order.lines.get().sku_id
        for number in ("78000000000001", "78000000000002"):
            one = actions.pack_parcel(order, {sku: 1}, split=True, by=hand)
            actions.ship_parcel(one, "ZTO", number, by=hand)
            run_reactions()
        return list(order.parcels.order_by("pk"))

    def test_the_last_one_signed_signs_the_order(self, parcels, oracle):
        first, last = parcels
        heard(last, scan("signed", 1), hours=2)
        assert fresh(first.order).status == "shipped"
        heard(first, scan("signed", 3), hours=4)
        assert fresh(first.order).status == "signed"

    def test_each_is_watched_by_itself(self, parcels):
        first, last = parcels
        heard(first, scan("moving", 1), hours=2)
        with turned_to(now() + timedelta(hours=25)):
            sweep_timers()
        assert troubles(last.order) == {"not_collected": "open"}

    def test_signed_before_the_rest_has_left(self):
        order, hand = make_order("confirmed", quantity=2), cast.staff("warehouse")
        sku = order.lines.get().sku_id
        first = actions.pack_parcel(order, {sku: 1}, split=True, by=hand)
        actions.ship_parcel(first, "ZTO", "78000000000001", by=hand)
        heard(first, scan("signed", 1), hours=2)
        assert fresh(order).status == "confirmed"
