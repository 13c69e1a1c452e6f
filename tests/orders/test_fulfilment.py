"""confirm_order, ship_order, sign_order, complete_order: the life after payment."""

from datetime import timedelta

import pytest

from orders import actions
from orders.errors import WaybillUsed
from orders.models import Order, Parcel
from orders.rules import RETURN_WINDOW
from orders.tasks import complete_signed_orders
from shop.clock import now, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from tests import cast
from tests.make import STEPS, make_order

pytestmark = pytest.mark.django_db

ACTS = {
    "confirm": ("paid", "service_agent", lambda o, by: actions.confirm_order(o, by=by)),
    "ship": (
        "confirmed",
        "warehouse",
        lambda o, by: actions.ship_order(o, "SF", "SF00001234", by=by),
    ),
    "sign": ("shipped", "service_agent", lambda o, by: actions.sign_order(o, by=by)),
}
SAID = {"confirm": "OrderConfirmed", "ship": "OrderShipped", "sign": "OrderSigned"}


@pytest.mark.parametrize("verb", ACTS)
def test_moves_the_order_on_and_says_so(verb):
    before, role, act = ACTS[verb]
    order = make_order(before)
    act(order, cast.staff(role))
    order.refresh_from_db()
    assert order.status == Order.TRANSITIONS[verb][1]
    fact = EventLog.objects.get(kind=f"orders.{SAID[verb]}")
    assert (fact.stream, fact.user_id) == (order.stream, cast.staff(role).user.pk)


@pytest.mark.parametrize(
    ("verb", "status"), [(v, s) for v in ACTS for s in STEPS if s != ACTS[v][0]]
)
def test_refuses_any_other_state_and_changes_nothing(verb, status):
    _before, role, act = ACTS[verb]
    order, by = make_order(status), cast.staff(role)
    facts = EventLog.objects.count()
    with pytest.raises(IllegalTransition):
        act(order, by)
    assert Order.objects.get().status == status
    assert EventLog.objects.count() == facts


@pytest.mark.parametrize("verb", ACTS)
def test_other_posts_and_strangers_may_not(verb):
    before, _role, act = ACTS[verb]
    order = make_order(before)
    for by in (cast.staff("designer"), cast.staff("finance"), cast.shopper("hua")):
        with pytest.raises(NotAllowed):
            act(order, by)
    assert Order.objects.get().status == before


def test_confirming_records_who():
    order = actions.confirm_order(make_order("paid"), by=cast.staff("service_agent"))
    assert order.confirmed_by == cast.staff("service_agent").user


def test_the_customer_may_sign_their_own():
    order = actions.sign_order(make_order("shipped"), by=cast.shopper())
    assert order.signed_at is not None


@pytest.mark.parametrize("waybill", ["", "1234567", "SF1234;DROP", "单号12345678", "A" * 31])
def test_a_waybill_that_is_none_ships_nothing(waybill):
    order = make_order("confirmed")
    with pytest.raises(InvalidValue) as refusal:
        actions.ship_order(order, "SF", waybill, by=cast.staff("warehouse"))
    assert "waybill" in refusal.value.fields
    assert Order.objects.get().status == "confirmed"


def test_a_carrier_we_do_not_use_ships_nothing():
    with pytest.raises(InvalidValue):
        actions.ship_order(
            make_order("confirmed"), "PIGEON", "SF123456789", by=cast.staff("warehouse")
        )
    assert not Parcel.objects.exists()


def test_a_waybill_belongs_to_one_parcel():
    first, second = make_order("confirmed"), make_order("confirmed")
    actions.ship_order(first, "SF", "SF123456789", by=cast.staff("warehouse"))
    with pytest.raises(WaybillUsed):
        actions.ship_order(second, "SF", "sf-1234 56789", by=cast.staff("warehouse"))
    second.refresh_from_db()
    assert second.status == "confirmed"


def test_the_clock_completes_what_was_signed_a_return_window_ago():
    order = make_order("signed")
    with turned_to(now() + RETURN_WINDOW - timedelta(minutes=1)):
        complete_signed_orders(now())
    assert Order.objects.get().status == "signed"
    with turned_to(now() + RETURN_WINDOW + timedelta(minutes=1)):
        complete_signed_orders(now())
        complete_signed_orders(now())
    order.refresh_from_db()
    assert order.status == "completed"
    assert EventLog.objects.filter(kind="orders.OrderCompleted").count() == 1
