"""200 buyers, 100 units: exactly 100 orders; and the same without the guard, which oversells."""

import random
import threading

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from catalog.errors import SoldOut
from catalog.models import Offer, StockMove
from orders.actions import place_order
from orders.models import Order
from shop.clock import now
from tests import cast
from tests.api.conftest import device_of
from tests.faults.history import History
from tests.make import make_address, make_sku
from tests.oracle.judging import breaches

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS, UNITS, AT_ONCE = 200, 100, 20
PATH = "/api/v1/orders/"


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "history")


def rush(sku, history, seed) -> list[str]:
    """Everybody orders one over HTTP, twenty at a time; what each was told."""
    waiting = [(device_of(f"buyer {n}"), body_of(sku, n)) for n in range(BUYERS)]
    random.Random(seed).shuffle(waiting)
    answers: list[str] = []
    barrier = threading.Barrier(AT_ONCE, timeout=60)

    def buy():
        barrier.wait()
        while waiting:
            try:
                device, body = waiting.pop()
            except IndexError:
                break
            answer = history.post(
                lambda headers, device=device, body=body: device.post(
                    PATH, body, format="json", headers=headers
                ),
                PATH,
            )
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


def exactly_what_is_in_stock_is_sold(history, oracle, seed):
    sku = make_sku(stock=UNITS)
    answers = rush(sku, history, seed)
    assert answers.count("sold") == Order.objects.count() == UNITS
    assert answers.count("sold-out") == BUYERS - UNITS
    assert Offer.objects.get(sku=sku).available == 0
    oracle["calls"] = history.calls


@pytest.mark.fault("A1")
@pytest.mark.parametrize("seed", range(3))
def test_exactly_what_is_in_stock_is_sold(history, oracle, seed):
    exactly_what_is_in_stock_is_sold(history, oracle, seed)


@pytest.mark.soak
@pytest.mark.fault("A1")
@pytest.mark.parametrize("seed", range(20))
def test_twenty_times_exactly_what_is_in_stock_is_sold(history, oracle, seed, capsys):
    exactly_what_is_in_stock_is_sold(history, oracle, seed)
    with capsys.disabled():
        print(f"\nA1: seed {seed}: {BUYERS} buyers, {UNITS} units: {UNITS} sold, 0 over, 0 under")


def take_without_guard(wanted, reference, *, by):
    """Check, then write: what the guarded UPDATE replaces."""
    for sku, quantity in wanted.items():
        offer = Offer.objects.get(sku_id=sku)
        if offer.available < quantity:
            raise SoldOut
        StockMove.objects.create(
            sku_id=sku, cause="ordered", quantity=-quantity, reference=reference, at=now()
        )
        Offer.objects.filter(sku_id=sku).update(available=Greatest(F("available") - quantity, 0))


@pytest.mark.fault("A2")
def test_the_control_without_the_guard_oversells_and_the_oracle_says_so(history, monkeypatch):
    monkeypatch.setitem(place_order.__globals__, "take_stock", take_without_guard)
    sku = make_sku(stock=UNITS)
    rush(sku, history, seed=0)
    oversold = Order.objects.count() - UNITS
    assert oversold > 0, "the rig must be able to see the fault"
    found = ("catalog.stock_is_the_sum_of_its_moves", sku.code, f"-{oversold}", "0")
    assert found in breaches(calls=history.calls)
