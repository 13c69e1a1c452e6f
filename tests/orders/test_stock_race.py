"""200 buyers, 100 units: exactly 100 orders; and the same without the guard, which oversells."""

import threading

import pytest
from django.db import connection

from catalog.errors import SoldOut
from catalog.models import Offer
from orders import actions
from orders.actions import Basket, place_order
from orders.models import Order
from shop.identity.actors import Actor
from tests import cast
from tests.make import make_address, make_sku

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS, UNITS, AT_ONCE = 200, 100, 20


def rush(sku) -> list[str]:
    """Everybody buys one at once; what each was told."""
    buyers = [cast.customer(f"buyer {n}") for n in range(BUYERS)]
    baskets = [Basket(make_address(buyer).pk, 12_800, lines={sku.pk: 1}) for buyer in buyers]
    answers, waiting = [], list(zip(buyers, baskets, strict=True))
    barrier = threading.Barrier(AT_ONCE)

    def buy():
        barrier.wait()
        while waiting:
            try:
                buyer, basket = waiting.pop()
            except IndexError:
                break
            try:
                place_order(buyer, basket, by=Actor.shopper(buyer))
                answers.append("sold")
            except SoldOut:
                answers.append("sold out")
        connection.close()

    threads = [threading.Thread(target=buy) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.mark.fault("A1")
def test_exactly_what_is_in_stock_is_sold():
    sku = make_sku(stock=UNITS)
    answers = rush(sku)
    assert answers.count("sold") == Order.objects.count() == UNITS
    assert answers.count("sold out") == BUYERS - UNITS
    assert Offer.objects.get(sku=sku).available == 0


def take_without_guard(wanted, reference, *, by):
    """Check, then write: what the guarded UPDATE replaces."""
    for sku, quantity in wanted.items():
        offer = Offer.objects.get(sku_id=sku)
        if offer.available < quantity:
            raise SoldOut
        Offer.objects.filter(sku_id=sku).update(available=max(offer.available - quantity, 0))


@pytest.mark.fault("A2")
def test_the_control_without_the_guard_oversells(monkeypatch):
    monkeypatch.setattr(actions, "take_stock", take_without_guard)
    rush(make_sku(stock=UNITS))
    assert Order.objects.count() > UNITS, "the rig must be able to see the fault"
