"""Sealing costs the order path nothing: no lock between them, and the ratio of one run."""

import statistics
import threading
import time

import pytest
from django.db import connection, transaction

from catalog.actions import receive_stock
from orders.actions import Basket, place_order
from orders.models import Order
from shop.identity.actors import Actor
from shop.records.models import Seal
from shop.records.sealer import Sealer
from tests import cast
from tests.make import make_address, make_sku


def on_thread(work):
    """Its answer, from a connection of its own; what it raised is raised here."""
    answers = []

    def run():
        try:
            answers.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(120)
    (answer,) = answers
    return answer


@pytest.mark.django_db(transaction=True)
def test_an_order_is_placed_while_a_batch_is_being_sealed():
    place = placing()
    place()

    def placed_without_waiting():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        place()
        return Order.objects.count()

    with transaction.atomic():
        assert Sealer().seal() > 0
        assert on_thread(placed_without_waiting) == 2
    assert Sealer().seal() > 0
    assert Seal.objects.filter(row__isnull=False).count() > 0


@pytest.mark.django_db(transaction=True)
def test_a_batch_is_sealed_while_an_order_is_being_placed():
    place = placing()
    with transaction.atomic():
        place()

        def sealed():
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '50ms'")
            return Sealer().seal()

        before = on_thread(sealed)
        assert on_thread(sealed) == 0, "what has not committed is not waited for"
    assert before > 0
    assert Sealer().seal() > 0


def placing():
    """Places one more order each time it is called."""
    sku = make_sku(stock=10, price_fen=100)
    receive_stock(sku, 100_000, "GR-cost", by=cast.SYSTEM)
    customer = cast.customer()
    basket = Basket(make_address(customer).pk, 100, {sku.pk: 1})
    return lambda: place_order(customer, basket, by=Actor.shopper(customer))


def milliseconds_each(place, orders):
    began = time.perf_counter()
    for _ in range(orders):
        place()
    return (time.perf_counter() - began) * 1000 / orders


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_placing_with_and_without_the_sealer():
    """Alternating rounds in one run; the sealer makes its rounds as in the relay, beside them."""
    place, stop, on = placing(), threading.Event(), threading.Event()

    def rounds():
        sealer = Sealer()
        while not stop.is_set():
            if on.wait(0.05):
                sealer.seal_when_due()
                stop.wait(0.05)
        connection.close()

    sealing = threading.Thread(target=rounds)
    sealing.start()
    milliseconds_each(place, 20)
    ratios = []
    for _ in range(7):
        on.clear()
        without = milliseconds_each(place, 60)
        on.set()
        ratios.append(milliseconds_each(place, 60) / without)
    stop.set()
    sealing.join(120)
    print(f"\nplacing with the sealer / without: {statistics.median(ratios):.3f} (median of 7)")
    assert Seal.objects.count() > 400
    assert statistics.median(ratios) < 1.15
