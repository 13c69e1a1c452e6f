"""Two members of staff press the same step of one order at once: it is taken once (B3)."""

import random
import time
from collections import Counter
from functools import partial
from itertools import count

import pytest

from orders.actions import cancel_order, confirm_order, ship_order
from orders.models import Order, OrderQuerySet, Parcel
from shop.errors import DomainError
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from tests import cast
from tests.make import make_order, make_sku
from tests.oracle.judging import breaches
from tests.timing.belfry import on_threads

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 50
_waybills = count(900)


def confirm(order, who):
    confirm_order(order, by=cast.staff("service_agent", who))


def ship(order, who):
    ship_order(order, "SF", f"SF{next(_waybills):012d}", by=cast.staff("warehouse", who))


def cancel(order, who):
    cancel_order(order, "customer", by=cast.SYSTEM)


PRESSED = [
    pytest.param("paid", confirm, "OrderConfirmed", id="confirm"),
    pytest.param("confirmed", ship, "OrderShipped", id="ship"),
    pytest.param("unpaid", cancel, "OrderCancelled", id="cancel"),
]


def press_together(order, step, lead=0.0) -> list[str]:
    """What the two are told."""
    told = []

    def press(who, wait):
        time.sleep(max(0, wait))
        try:
            step(order, who)
            told.append("done")
        except DomainError:
            told.append("too late")

    on_threads(partial(press, "甲", lead), partial(press, "乙", -lead))
    return sorted(told)


@pytest.mark.fault("B3")
@pytest.mark.parametrize(("status", "step", "fact"), PRESSED)
def test_one_is_done_and_the_other_too_late(oracle, status, step, fact):
    sku, dice, told = make_sku(stock=ROUNDS), random.Random(3), Counter()
    for who in "甲乙":
        cast.staff("service_agent", who), cast.staff("warehouse", who)
    for _ in range(ROUNDS):
        order = make_order(status, sku=sku)
        told.update(press_together(order, step, dice.uniform(-0.003, 0.003)))
    run_reactions()
    assert told == {"done": ROUNDS, "too late": ROUNDS}
    assert EventLog.objects.filter(kind=f"orders.{fact}").count() == ROUNDS
    assert Parcel.objects.count() == (ROUNDS if step is ship else 0)


@pytest.mark.fault("B3")
@pytest.mark.parametrize(("status", "step", "fact"), PRESSED[2:])
def test_the_control_without_the_lock_does_it_twice(monkeypatch, status, step, fact):
    """Two have a second guard: a confirmed order's clock is met once (test_promises.py), and the
    lots of a shipped one are kept for it once (tests/catalog/test_goods_races.py).
    """
    order = make_order(status)
    for who in "甲乙":
        cast.staff("service_agent", who), cast.staff("warehouse", who)

    class Unlocked(OrderQuerySet):
        def get(self, *args, **kwargs):
            found = super().get(*args, **kwargs)
            time.sleep(1)  # far longer than two threads need to start
            return found

    monkeypatch.setattr(
        Order.objects.__class__, "locked", lambda manager: Unlocked(Order, using="default")
    )
    assert press_together(order, step) == ["done", "done"], "the rig must be able to see the fault"
    monkeypatch.undo()
    assert ("orders.orders_lived_as_told", order.stream) in {found[:2] for found in breaches()}
