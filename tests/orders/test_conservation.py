"""Units are conserved: every reader, at every moment, finds stock equal to what its moves say."""

import threading

import pytest
from django.db import connection, transaction

from catalog.errors import SoldOut
from orders.actions import Basket, place_order
from orders.models import Order
from shop.identity.actors import Actor
from tests import cast
from tests.make import make_address, make_sku

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS, TRIES, UNITS = 6, 12, 40

DIFFERENCE = """
SELECT (SELECT sum(available) FROM catalog_offer) - (SELECT sum(quantity) FROM catalog_stockmove),
       (SELECT sum(payable_fen) FROM orders_order) - (SELECT sum(payable_fen) FROM orders_orderline)
"""


def buy(buyer, sku):
    address = make_address(buyer)
    for _ in range(TRIES):
        try:
            place_order(buyer, Basket(address.pk, 12_800, {sku.pk: 1}), by=Actor.shopper(buyer))
        except SoldOut:
            break
    connection.close()


def read(stop, seen):
    while not stop.is_set():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(DIFFERENCE)
            seen.append(cursor.fetchone())
    connection.close()


@pytest.mark.fault("B1")
def test_no_reader_ever_sees_units_or_money_made_or_lost(oracle):
    sku = make_sku(stock=UNITS)
    buyers = [cast.customer(f"buyer {n}") for n in range(BUYERS)]
    stop, seen = threading.Event(), []
    reader = threading.Thread(target=read, args=(stop, seen))
    crowd = [threading.Thread(target=buy, args=(buyer, sku)) for buyer in buyers]
    for thread in (reader, *crowd):
        thread.start()
    for thread in crowd:
        thread.join(120)
    stop.set()
    reader.join(120)
    assert Order.objects.count() == UNITS
    assert len(seen) > 20
    assert {(units, money or 0) for units, money in seen} == {(0, 0)}
