"""OR1 and OR2 in figures: broken, they fall, and the order is named with whoever answers."""

from datetime import datetime, timedelta

import pytest

from orders import actions
from orders.models import CONFIRM_CLOCK, SHIP_CLOCK
from shop.clock import SHANGHAI, turned_to
from shop.figures.registry import CONTROLS, INDICATORS
from shop.figures.rules import Figure, is_kept
from shop.figures.selectors import control_figure, figure_of
from shop.notices.models import Notice, NoticeSending
from shop.timing.actions.clocks import cancel_clock
from shop.timing.models import Clock
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.make import make_order

pytestmark = pytest.mark.django_db
WEDNESDAY = datetime(2026, 11, 18, 10, tzinfo=SHANGHAI)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CONFIRMED, SHIPPED, TOLD = (CONTROLS[f"OR{c}"] for c in ("1.confirmed", "2.shipped", "2.told"))


def seen(control, since=WEDNESDAY, days=1, at=None):
    """The control's figure and cases over these days, asked a week later."""
    with turned_to(at or WEDNESDAY + 7 * DAY):
        span = since.date(), (since + (days - 1) * DAY).date()
        return control_figure(control, *span), list(control.cases(*span))


def ordered(status="paid", at=WEDNESDAY):
    with turned_to(at):
        return make_order(status)


def confirm(order, at):
    with turned_to(at):
        return actions.confirm_order(order, by=cast.staff("service_agent"))


def ship(order, at):
    with turned_to(at):
        return actions.ship_order(order, "SF", f"SF{order.number}", by=cast.staff("warehouse"))


@pytest.mark.parametrize("control", [CONFIRMED, SHIPPED, TOLD], ids=lambda c: c.code)
def test_without_a_case_there_is_no_verdict(control):
    figure, cases = seen(control)
    assert figure == Figure(0, 0)
    assert is_kept(figure, control.target_bp) is None
    assert cases == []


@pytest.mark.article("OR1", "A4.2a")
def test_confirmed_within_the_hour_it_is_kept():
    order = ordered()
    confirm(order, WEDNESDAY + 59 * MINUTE)
    assert seen(CONFIRMED) == (Figure(1, 1), [])


@pytest.mark.control("OR1")
@pytest.mark.article("OR1", "A4.2a")
@pytest.mark.parametrize(
    "when", [61 * MINUTE, 3 * HOUR, None], ids=["by a minute", "late", "never"]
)
def test_confirmed_late_or_never_it_falls_and_names_the_order(when):
    kept, late = ordered(), ordered()
    confirm(kept, WEDNESDAY + 5 * MINUTE)
    if when:
        confirm(late, WEDNESDAY + when)
    figure, cases = seen(CONFIRMED)
    assert figure == Figure(1, 2)
    assert is_kept(figure, CONFIRMED.target_bp) is False
    assert cases == [late]


def test_a_promise_that_has_not_fallen_due_is_no_case():
    ordered()
    assert seen(CONFIRMED, at=WEDNESDAY + 30 * MINUTE)[0] == Figure(0, 0)
    assert seen(CONFIRMED, at=WEDNESDAY + 2 * HOUR)[0] == Figure(0, 1)


def test_nights_do_not_count():
    order = ordered(at=WEDNESDAY + 7.5 * HOUR)  # 17:30; half an hour is left for Thursday
    confirm(order, WEDNESDAY + 23.25 * HOUR)
    thursday = WEDNESDAY + DAY
    assert seen(CONFIRMED)[0] == Figure(0, 0), "it fell due on Thursday"
    assert seen(CONFIRMED, thursday)[0] == Figure(1, 1)


@pytest.mark.article("OR2", "A4.2b")
def test_shipped_within_a_working_day_it_is_kept():
    ship(ordered("confirmed"), WEDNESDAY + DAY - HOUR)
    assert seen(SHIPPED, days=2) == (Figure(1, 1), [])


@pytest.mark.control("OR2")
@pytest.mark.article("OR2", "A4.2b")
@pytest.mark.parametrize("when", [2 * DAY, None], ids=["late", "never"])
def test_what_is_not_shipped_counts_against_us(when):
    kept, late = ordered("confirmed"), ordered("confirmed")
    ship(kept, WEDNESDAY + HOUR)
    if when:
        ship(late, WEDNESDAY + when)
    figure, cases = seen(SHIPPED, days=2)
    assert (figure, cases) == (Figure(1, 2), [late])
    with turned_to(WEDNESDAY + 7 * DAY):
        on_time = INDICATORS["orders.shipped_on_time"]
        assert figure_of(on_time, WEDNESDAY.date(), (WEDNESDAY + DAY).date()) == figure


def test_a_promise_called_off_before_it_fell_due_is_no_case_and_one_after_it_is():
    early, late = ordered("confirmed"), ordered("confirmed")
    clocks = {clock.subject: clock for clock in Clock.objects.filter(kind=SHIP_CLOCK)}
    with turned_to(WEDNESDAY + HOUR):
        cancel_clock(clocks[early.stream], by=cast.SYSTEM)
    with turned_to(WEDNESDAY + 3 * DAY):
        cancel_clock(clocks[late.stream], by=cast.SYSTEM)
    assert seen(SHIPPED, days=2) == (Figure(0, 1), [late])


def test_moving_the_shipping_day_does_not_help():
    """Walk-round: the row says it left earlier than the clock was stopped."""
    order = ordered("confirmed")
    ship(order, WEDNESDAY + 3 * DAY)
    type(order).objects.filter(pk=order.pk).update(shipped_at=WEDNESDAY)
    assert seen(SHIPPED, days=2)[1] == [order]


def test_a_breach_that_no_sweeper_noticed_counts_all_the_same():
    order = ordered()
    assert Clock.objects.get(kind=CONFIRM_CLOCK).status == Clock.Status.RUNNING
    unnoticed = seen(CONFIRMED)
    with turned_to(WEDNESDAY + DAY):
        sweep_timers(100)
    assert unnoticed == seen(CONFIRMED) == (Figure(0, 1), [order])


def sending_of(parcel, status="sent", after=MINUTE, reason=""):
    """What became of the notice of this parcel, as its lane would have settled it."""
    notice, _new = Notice.objects.get_or_create(
        kind="orders.order_shipped",
        key=f"parcel:{parcel.pk}",
        party=parcel.order.customer.party,
        defaults={"subject": parcel.order.stream, "raised_at": parcel.shipped_at},
    )
    NoticeSending.objects.update_or_create(
        notice=notice,
        channel="wechat",
        defaults={
            "status": status,
            "reason": reason,
            "queued_at": parcel.shipped_at,
            "settled_at": parcel.shipped_at + after,
        },
    )


@pytest.mark.article("OR2", "A4.2b")
def test_told_of_the_waybill_it_is_kept():
    sending_of(ship(ordered("confirmed"), WEDNESDAY + HOUR))
    assert seen(TOLD) == (Figure(1, 1), [])


@pytest.mark.control("OR2")
@pytest.mark.article("OR2", "A4.2b")
@pytest.mark.parametrize(
    "fate",
    [
        None,
        ("sent", 11 * MINUTE, ""),
        ("failed", MINUTE, "vendor"),
        ("refused", MINUTE, "no_template"),
    ],
    ids=["nothing was told", "late", "failed", "our own fault"],
)
def test_untold_it_falls_and_names_the_parcel(fate):
    sending_of(ship(ordered("confirmed"), WEDNESDAY + HOUR))
    untold = ship(ordered("confirmed"), WEDNESDAY + HOUR)
    if fate:
        sending_of(untold, *fate)
    assert seen(TOLD) == (Figure(1, 2), [untold])


@pytest.mark.parametrize("reason", ["no_quota", "not_wanted", "no_consent", "not_subscribed"])
def test_who_does_not_let_us_write_is_no_case(reason):
    sending_of(ship(ordered("confirmed"), WEDNESDAY + HOUR), "refused", MINUTE, reason)
    assert seen(TOLD) == (Figure(0, 0), [])


def test_quiet_hours_are_waited_for():
    """Shipped at half past nine in the evening, told at eight."""
    parcel = ship(ordered("confirmed"), WEDNESDAY + 11.5 * HOUR)
    sending_of(parcel, after=10.5 * HOUR + 9 * MINUTE)
    thursday = WEDNESDAY + DAY
    NoticeSending.objects.update(release_at=parcel.shipped_at + 10.5 * HOUR)
    assert seen(TOLD, thursday) == (Figure(1, 1), [])
