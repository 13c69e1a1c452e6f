"""put_cart_line, remove_cart_line; push_order once per desk."""

import pytest

from marketing.rules import MAX_LINES
from orders.actions import push_order, put_cart_line, remove_cart_line
from orders.errors import CartIsFull, NotOnSale
from orders.models import CartLine, DeskPush
from shop.errors import InvalidValue, NotAllowed
from tests import cast
from tests.make import make_order, make_product, make_sku

pytestmark = pytest.mark.django_db


def put(sku, quantity=1, by=None):
    return put_cart_line(cast.customer(), sku.pk, quantity, by=by or cast.shopper())


def test_saying_it_again_replaces_the_quantity():
    sku = make_sku()
    put(sku, 2)
    put(sku, 5)
    assert CartLine.objects.get().quantity == 5
    remove_cart_line(cast.customer(), sku.pk, by=cast.shopper())
    remove_cart_line(cast.customer(), sku.pk, by=cast.shopper())
    assert not CartLine.objects.exists()


@pytest.mark.parametrize("quantity", [0, -1, 100, 2**63])
def test_impossible_quantities_change_nothing(quantity):
    with pytest.raises(InvalidValue):
        put(make_sku(), quantity)
    assert not CartLine.objects.exists()


def test_only_what_is_sold_and_only_ones_own_cart():
    sku = make_sku()
    with pytest.raises(NotAllowed):
        put(sku, by=cast.shopper("hua"))
    with pytest.raises(NotAllowed):
        remove_cart_line(cast.customer(), sku.pk, by=cast.shopper("hua"))
    with pytest.raises(NotOnSale):
        put_cart_line(cast.customer(), sku.pk + 99, 1, by=cast.shopper())


def test_a_cart_has_an_end():
    product = make_product(specifications=tuple(f"{n}粒" for n in range(MAX_LINES + 1)))
    *fitting, one_more = product.skus.all()
    for sku in fitting:
        put(sku)
    with pytest.raises(CartIsFull):
        put(one_more)
    put(fitting[0], 9)  # what is in it can still change


def test_a_push_happens_once():
    order = make_order("unpaid")
    for _ in range(3):
        push_order(order, DeskPush.Desk.SERVICE, by=cast.SYSTEM)
    assert DeskPush.objects.count() == 1
    with pytest.raises(NotAllowed):
        push_order(order, DeskPush.Desk.WAREHOUSE, by=cast.staff("service_agent"))
