"""open_exception: what is wrong with an order is a case that holds only what it must (A4.2a)."""

import threading

import pytest
from django.db import connection

from orders.actions import confirm_order, open_exception, parcels, ship_order
from orders.kinds import EXCEPTIONS
from orders.models import Order, OrderQuerySet
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.work.actions.items import close_item
from shop.work.errors import StepHeld
from shop.work.models import WorkItem
from tests import cast
from tests.make import make_order

pytestmark = pytest.mark.django_db
CONFIRM, SHIP = "orders.confirm_order", "orders.ship_order"


@pytest.fixture
def agent():
    return cast.staff("service_agent")


def confirm(order):
    return confirm_order(order, by=cast.staff("service_agent"))


def ship(order):
    return ship_order(order, "SF", f"SF{order.pk:010d}", by=cast.staff("warehouse"))


@pytest.mark.parametrize("reason", list(EXCEPTIONS))
def test_a_case_holds_the_steps_of_its_reason_and_closing_it_releases_them(reason, agent):
    for role in ("warehouse", "finance"):
        cast.staff(role)
    order = make_order("paid")
    case = open_exception(order, reason, "街道写的是“镇上”", by=agent)
    assert set(case.holds) == EXCEPTIONS[reason].holds
    assert case.entries.get().text == "街道写的是“镇上”"
    assert case.role == (EXCEPTIONS[reason].role or "service_agent")

    for step, take in ((CONFIRM, confirm), (SHIP, ship)):
        if step in case.holds and case.is_open:
            before = Order.objects.get().status
            with pytest.raises(StepHeld, match=order.number):
                take(order)
            assert Order.objects.get().status == before
            case = close_item(case, "goes_on", "顾客补了门牌号", by=cast.staff("director"))
        take(order)
    assert Order.objects.get().status == "shipped"


def test_the_same_reason_again_adds_to_the_log_of_the_open_case(agent):
    order = make_order("confirmed")
    case = open_exception(order, "unreachable", by=agent)
    again = open_exception(order, "unreachable", "第二次也没接", by=cast.staff("warehouse"))
    assert again == case
    assert case.entries.count() == 1
    assert EventLog.objects.filter(kind="orders.ExceptionOpened").count() == 1
    assert open_exception(order, "other", by=agent) != case


@pytest.mark.parametrize("status", ["unpaid", "signed", "completed"])
def test_before_the_payment_and_after_the_signature_there_is_no_such_case(status, agent):
    order = make_order(status)
    with pytest.raises(IllegalTransition):
        open_exception(order, "other", by=agent)
    assert not WorkItem.objects.exists()


def test_who_may_and_with_which_reasons(agent):
    order = make_order("paid")
    for by in (cast.shopper(), cast.staff("finance"), cast.staff("designer")):
        with pytest.raises(NotAllowed):
            open_exception(order, "other", by=by)
    with pytest.raises(InvalidValue):
        open_exception(order, "bad weather", by=agent)


@pytest.mark.django_db(transaction=True)
def test_shipping_against_a_case_ends_in_one_of_the_two():
    """A case is open before the parcel leaves, or the parcel has left before the case."""
    assert not any(shipped_under_a_case(make_order("confirmed")) for _ in range(6))


@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_orders_lock_ships_under_an_open_case(monkeypatch):
    order, hand = make_order("confirmed"), cast.staff("warehouse")
    has_asked, is_open, write = threading.Event(), threading.Event(), parcels._write_parcel

    def write_later(*parcel):
        has_asked.set()
        is_open.wait(5)
        return write(*parcel)

    monkeypatch.setattr(OrderQuerySet, "locked", lambda orders: orders)
    monkeypatch.setattr(parcels, "_write_parcel", write_later)
    sender = threading.Thread(target=attempt, args=(lambda: ship(order),))
    sender.start()
    has_asked.wait(5)
    open_exception(order, "damaged", by=hand)
    is_open.set()
    sender.join(120)
    told = EventLog.objects.filter(stream=order.stream).order_by("-seq").values_list("kind")
    assert [kind for (kind,) in told[:2]] == ["orders.OrderShipped", "orders.ExceptionOpened"]


def shipped_under_a_case(order):
    """Both at once; whether the parcel left although a case held it before."""
    hand, barrier = cast.staff("warehouse"), threading.Barrier(2, timeout=60)

    def at_once(act):
        barrier.wait()
        attempt(act)

    rivals = [
        threading.Thread(target=at_once, args=(lambda: ship(order),)),
        threading.Thread(target=at_once, args=(lambda: open_exception(order, "damaged", by=hand),)),
    ]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join(120)
    kinds = EventLog.objects.filter(stream=order.stream).order_by("seq").values_list("kind")
    told = [kind for (kind,) in kinds if kind.endswith(("ExceptionOpened", "OrderShipped"))]
    assert told
    return told == ["orders.ExceptionOpened", "orders.OrderShipped"]


def attempt(act):
    try:
        act()
    except (StepHeld, IllegalTransition):
        pass
    finally:
        connection.close()
