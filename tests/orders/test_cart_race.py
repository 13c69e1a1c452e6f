"""40 carts of the same five SKUs, each in an order of its own: nobody waits for ever (A3)."""

import random
from functools import partial

import pytest
from django.db import OperationalError, connection
from django.db.models import F

from catalog.errors import SoldOut
from catalog.models import Offer, StockMove
from orders.actions import Basket, place_order
from orders.models import Order
from shop.clock import now
from shop.identity.actors import Actor
from tests import cast
from tests.make import make_address, make_product
from tests.timing.belfry import on_threads

pytestmark = pytest.mark.django_db(transaction=True)
CARTS, SKUS, AT_ONCE = 40, 5, 10


def deadlocks() -> int:
    """How many PostgreSQL has had to break since the run began."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def shopping(rounds):
    """Each buys all there is, a unit of each; the errors of the database, the first ends it."""
    skus = list(make_product(stock=1_000, specifications=tuple("甲乙丙丁戊")).skus.all())
    dice, raised, waiting = random.Random(3), [], []
    for n in range(CARTS):
        buyer = cast.customer(f"buyer {n}")
        address = make_address(buyer)
        for _ in range(rounds):
            lines = {sku.pk: 1 for sku in dice.sample(skus, SKUS)}
            basket = Basket(address.pk, SKUS * 12_800, lines)
            waiting.append(partial(place_order, buyer, basket, by=Actor.shopper(buyer)))
    dice.shuffle(waiting)

    def shop():
        while waiting and not raised:
            try:
                buy = waiting.pop()
                buy()
            except OperationalError as error:
                raised.append(error.__cause__.sqlstate)
            except IndexError:
                return

    on_threads(*[shop] * AT_ONCE)
    return raised


@pytest.mark.fault("A3")
def test_carts_in_any_order_never_deadlock(oracle):
    """Stock rows are taken in key order: no 40P01 arises, so that none needs a retry."""
    before = deadlocks()
    assert shopping(rounds=3) == []
    assert deadlocks() == before
    assert Order.objects.count() == CARTS * 3
    assert set(Offer.objects.values_list("available", flat=True)) == {1_000 - CARTS * 3}


def take_in_any_order(wanted, reference, *, by):
    """As take_stock, but in the order of the lines."""
    for sku, quantity in wanted.items():
        StockMove.objects.create(
            sku_id=sku, cause="ordered", quantity=-quantity, reference=reference, at=now()
        )
        left = Offer.objects.filter(sku_id=sku, available__gte=quantity)
        if not left.update(available=F("available") - quantity):
            raise SoldOut


@pytest.mark.fault("A3")
def test_the_control_in_the_order_of_the_lines_deadlocks(monkeypatch):
    monkeypatch.setitem(place_order.__globals__, "take_stock", take_in_any_order)
    before = deadlocks()
    assert "40P01" in shopping(rounds=3), "the rig must be able to see the fault"
    assert deadlocks() > before
