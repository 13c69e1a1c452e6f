"""OR3 in figures: broken, they fall, and the case is named; and each carrier's own record."""

from datetime import datetime, timedelta

import pytest

from orders.actions import ScanNews, record_following, record_scans
from shop.clock import SHANGHAI, turned_to
from shop.events.relay import run_reactions
from shop.figures.registry import CONTROLS, INDICATORS
from shop.figures.rules import Figure, is_kept
from shop.figures.selectors import control_figure, figure_of
from shop.timing.sweeper import sweep_timers
from shop.work.actions.items import close_item
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_order

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime(2026, 11, 18, 10, tzinfo=SHANGHAI)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SCANNED, ASTRAY = CONTROLS["OR3.scanned"], CONTROLS["OR3.astray"]


@pytest.fixture
def parcel():
    with turned_to(WEDNESDAY):
        order = make_order("shipped")
        run_reactions()
        parcel = order.parcels.get()
        record_following(parcel, by=cast.SYSTEM)
    return parcel


def seen(control):
    with turned_to(WEDNESDAY + 7 * DAY):
        span = WEDNESDAY.date(), (WEDNESDAY + 6 * DAY).date()
        return control_figure(control, *span), list(control.cases(*span))


def heard(parcel, state, after):
    with turned_to(WEDNESDAY + after):
        record_scans(parcel, [ScanNews(WEDNESDAY + after, state, "快件")], by=cast.SYSTEM)
        run_reactions()


@pytest.mark.parametrize("control", [SCANNED, ASTRAY], ids=lambda control: control.code)
def test_without_a_case_there_is_no_verdict(control):
    figure, cases = seen(control)
    assert (figure, is_kept(figure, control.target_bp), cases) == (Figure(0, 0), None, [])


@pytest.mark.article("OR3", "A4.2c")
def test_scanned_within_a_day_it_is_kept(parcel):
    heard(parcel, "collected", 23 * HOUR)
    assert seen(SCANNED) == (Figure(1, 1), [])


@pytest.mark.control("OR3")
@pytest.mark.article("OR3", "A4.2c")
@pytest.mark.parametrize("late", [None, 25 * HOUR])
def test_never_scanned_or_late_it_falls_and_is_named(parcel, late):
    if late:
        heard(parcel, "collected", late)
    figure, [case] = seen(SCANNED)
    assert (figure, is_kept(figure, SCANNED.target_bp)) == (Figure(0, 1), False)
    assert case.pk == parcel.pk


@pytest.mark.article("OR3", "A4.2c")
def test_a_stray_parcel_seen_to_in_time(parcel):
    heard(parcel, "trouble", 2 * HOUR)
    with turned_to(WEDNESDAY + 4 * HOUR):
        close_item(WorkItem.objects.get(), "goes_on", "已改约", by=cast.staff("service_agent"))
    assert seen(ASTRAY) == (Figure(1, 1), [])


@pytest.mark.control("OR3")
@pytest.mark.article("OR3", "A4.2c")
def test_a_stray_parcel_that_nobody_sees_to(parcel):
    heard(parcel, "lost", 2 * HOUR)
    with turned_to(WEDNESDAY + 2 * DAY):
        sweep_timers()
    figure, [case] = seen(ASTRAY)
    assert (figure, is_kept(figure, ASTRAY.target_bp)) == (Figure(0, 1), False)
    assert case.pk == parcel.order_id


@pytest.mark.article("OR5", "C7.1")
def test_each_carrier_by_its_record(parcel):
    heard(parcel, "signed", 30 * HOUR)
    with turned_to(WEDNESDAY + 7 * DAY):
        span = WEDNESDAY.date(), (WEDNESDAY + 6 * DAY).date()
        took = figure_of(INDICATORS["orders.delivery_time"], *span, carrier="SF")
        stray = figure_of(INDICATORS["orders.stray_parcels"], *span, carrier="SF")
        others = figure_of(INDICATORS["orders.delivery_time"], *span, carrier="EMS")
    assert (round(took.numerator / 3_600_000), took.denominator) == (30, 1)
    assert stray == Figure(0, 1)
    assert others == Figure(0, 0)
