"""The fortnight as planned: at whatever hour the demo is started, the desks have work."""

import re
from collections import Counter
from datetime import datetime, time, timedelta

import pytest

from demo import rhythm
from demo.carriers import CARRIERS
from demo.plan import DAYS, PlannedOrder, fortnight
from demo.supplies import SCARCE, supplies
from orders.models import Parcel
from orders.rules import PAYMENT_WINDOW, is_waybill
from shop.clock import SHANGHAI

MOMENTS = [
    datetime(2026, 11, 20, 16, 30, tzinfo=SHANGHAI),
    datetime(2026, 11, 22, 0, 10, tzinfo=SHANGHAI),
    datetime(2026, 11, 23, 3, 0, tzinfo=SHANGHAI),
    datetime(2026, 12, 31, 9, 5, tzinfo=SHANGHAI),
    datetime(2027, 1, 1, 12, 0, tzinfo=SHANGHAI),
    datetime(2027, 2, 17, 23, 50, tzinfo=SHANGHAI),
]
whenever = pytest.mark.parametrize("now", MOMENTS, ids=lambda now: f"{now:%m-%d %H:%M}")
STEPS = ("placed_at", "paid_at", "confirmed_at", "shipped_at", "signed_at")


def state_of(order: PlannedOrder, now: datetime) -> int:
    """How many steps it has taken by now."""
    instants = [getattr(order, step) for step in STEPS]
    return sum(instant is not None and instant <= now for instant in instants)


@whenever
def test_the_same_instant_gives_the_same_plan(now):
    assert fortnight(now) == fortnight(now)


@whenever
def test_every_queue_has_work(now):
    queues = Counter(state_of(order, now) for order in fortnight(now))
    assert queues[1] >= 3, "to be paid"
    assert 9 <= queues[2] <= 25, "to be confirmed"
    assert queues[3] >= 4, "to be shipped"
    assert queues[4] >= 5, "on the way"
    assert queues[5] >= 80, "signed for"


@whenever
def test_each_past_day_has_eight_to_twenty_five_orders(now):
    days = Counter(rhythm.day_of(order.placed_at) for order in fortnight(now))
    yesterday = rhythm.day_of(now) - timedelta(days=1)
    for ago in range(1, DAYS):
        assert 8 <= days[yesterday - timedelta(days=ago)] <= 25


@whenever
def test_steps_follow_one_another_at_the_hours_of_those_who_take_them(now):
    for order in fortnight(now):
        instants = [at for step in STEPS if (at := getattr(order, step)) is not None]
        assert instants == sorted(instants)
        if order.paid_at:
            assert order.paid_at - order.placed_at < PAYMENT_WINDOW
        if order.confirmed_at:
            confirmed = order.confirmed_at.astimezone(SHANGHAI).time()
            assert rhythm.OPENS <= confirmed <= rhythm.CLOSES
        if order.shipped_at:
            waited = rhythm.day_of(order.shipped_at) - rhythm.day_of(order.confirmed_at)
            assert waited <= timedelta(days=1)
        if order.signed_at:
            on_the_way = rhythm.day_of(order.signed_at) - rhythm.day_of(order.shipped_at)
            assert timedelta(days=1) <= on_the_way <= timedelta(days=4)


def test_lunch_and_evening_are_busy_and_weekends_busier():
    orders = [order for now in MOMENTS for order in fortnight(now)]
    hours = Counter(order.placed_at.astimezone(SHANGHAI).hour for order in orders)
    assert min(hours[12], hours[20], hours[21]) > max(hours[15], hours[16], 3 * hours[4])
    weekdays = Counter(rhythm.day_of(order.placed_at).weekday() for order in orders)
    assert weekdays[5] > weekdays[0]


FORMS = {
    "SF": r"SF\d{13}", "ZTO": r"78\d{12}", "YTO": r"YT\d{13}", "JD": r"JDVA\d{11}",
    "EMS": r"E[ABVZ]\d{9}CN",
}  # fmt: skip


def test_waybills_have_their_carriers_form_and_are_used_once():
    orders = fortnight(MOMENTS[0])
    assert {order.carrier.code for order in orders} == set(Parcel.Carrier)
    for order in orders:
        assert is_waybill(order.waybill)
        assert re.fullmatch(FORMS[order.carrier.code], order.waybill)
    assert len({order.waybill for order in orders}) == len(orders)
    assert sum(habits.share for habits in CARRIERS) == 100


@pytest.mark.parametrize(
    ("now", "minutes", "back"),
    [
        (time(15, 0), 30, (0, time(14, 30))),
        (time(9, 10), 30, (1, time(20, 40))),
        (time(3, 0), 30, (1, time(20, 30))),
        (time(22, 0), 30, (0, time(20, 30))),
    ],
)
def test_opening_hours_are_counted_back_over_the_night(now, minutes, back):
    day = MOMENTS[0].date()
    days, clock = back
    expected = rhythm.at(day - timedelta(days=days), clock)
    assert rhythm.opening_hours_back(rhythm.at(day, now), minutes) == expected


@whenever
def test_what_comes_in_always_covers_what_is_ordered(now):
    orders, (opening, restock) = fortnight(now), supplies(now, fortnight(now))
    stock = Counter(opening.units)
    for order in orders:
        if order.placed_at >= restock.arrives_at:
            break
        stock.subtract(dict(order.lines))
    assert min(stock.values()) >= 0
    total = Counter(opening.units) + Counter(restock.units)
    for order in orders:
        total.subtract(dict(order.lines))
    assert {sku: total[sku] for sku in SCARCE} == SCARCE
    assert min(left for sku, left in total.items() if sku not in SCARCE) > 10
