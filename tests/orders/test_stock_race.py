"""200 buyers, 100 units: exactly 100 orders; and the same without the guard, which oversells."""

import threading

import pytest
from django.db import connection

from catalog.errors import SoldOut
from catalog.models import Offer
from orders.actions import placing
from orders.models import Order
from tests import cast
from tests.api.conftest import device_of
from tests.make import make_address, make_sku

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS, UNITS, AT_ONCE = 200, 100, 20


def rush(sku) -> list[str]:
    """Everybody orders one over HTTP, twenty at a time; what each was told."""
    waiting = [(device_of(f"buyer {n}"), body_of(sku, n)) for n in range(BUYERS)]
    answers: list[str] = []
    barrier = threading.Barrier(AT_ONCE)

    def buy():
        barrier.wait()
        while waiting:
            try:
                device, body = waiting.pop()
            except IndexError:
                break
            answer = device.post("/api/v1/orders/", body, format="json")
            answers.append("sold" if answer.status_code == 201 else answer.json()["code"])
        connection.close()

    threads = [threading.Thread(target=buy) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return answers


def body_of(sku, n):
    address = make_address(cast.customer(f"buyer {n}"))
    line = {"sku": sku.pk, "quantity": 1}
    return {"address": address.pk, "payable_fen": 12_800, "lines": [line]}


@pytest.mark.fault("A1")
def test_exactly_what_is_in_stock_is_sold():
    sku = make_sku(stock=UNITS)
    answers = rush(sku)
    assert answers.count("sold") == Order.objects.count() == UNITS
    assert answers.count("sold-out") == BUYERS - UNITS
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
    monkeypatch.setattr(placing, "take_stock", take_without_guard)
    rush(make_sku(stock=UNITS))
    assert Order.objects.count() > UNITS, "the rig must be able to see the fault"
