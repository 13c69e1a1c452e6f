"""place_order: the contract, whole or not at all."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.errors import SoldOut
from catalog.models import Offer, StockMove
from marketing.actions import join_membership
from orders.actions import Basket, place_order, put_cart_line
from orders.errors import AddressUnknown, CartIsEmpty, NotOnSale, PriceChanged
from orders.models import CartLine, Order, OrderLine
from shop.errors import InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.identity.actors import Actor
from tests import cast
from tests.make import make_address, make_product, make_sku

pytestmark = pytest.mark.django_db


def basket(sku, *, quantity=2, payable_fen=25_600, address=None):
    address = address or make_address(cast.customer())
    return Basket(address.pk, payable_fen, lines={sku.pk: quantity})


def test_freezes_price_and_text_line_by_line_and_takes_the_stock():
    sku = make_sku(stock=5)

    order = place_order(cast.customer(), basket(sku), by=cast.shopper())

    line = order.lines.get()
    assert (order.status, order.list_fen, order.payable_fen) == ("unpaid", 25_600, 25_600)
    assert (line.list_fen, line.payable_fen, line.quantity) == (12_800, 25_600, 2)
    assert line.revision == sku.product.live_revision
    assert line.title == "颐禾牌深海鱼油软胶囊"
    assert Offer.objects.get(sku=sku).available == 3
    assert StockMove.objects.get(reference=order.number).quantity == -2
    assert EventLog.objects.get(kind="orders.OrderPlaced").data == {
        "order_id": order.pk, "payable_fen": 25_600, "units": 2,
    }  # fmt: skip


def test_members_pay_the_member_price_and_the_line_says_why():
    sku = make_sku(price_fen=12_800, member_price_fen=11_500)
    join_membership(cast.customer(), by=cast.shopper())

    order = place_order(cast.customer(), basket(sku, payable_fen=23_000), by=cast.shopper())

    assert (order.list_fen, order.payable_fen) == (25_600, 23_000)
    assert order.lines.get().adjustments == [
        {"lane": "unit", "rule": "member_price", "fen": -2_600}
    ]


def test_orders_the_cart_and_empties_it():
    first, second = make_sku(), make_sku(price_fen=100)
    put_cart_line(cast.customer(), first.pk, 1, by=cast.shopper())
    put_cart_line(cast.customer(), second.pk, 3, by=cast.shopper())
    address = make_address(cast.customer())

    order = place_order(cast.customer(), Basket(address.pk, 13_100), by=cast.shopper())

    assert [(line.sku, line.quantity) for line in order.lines.all()] == [(first, 1), (second, 3)]
    assert not CartLine.objects.exists()


def refused(error, sku, chosen, by=None):
    """The refusal changed nothing."""
    before = Offer.objects.get(sku=sku).available
    with pytest.raises(error) as refusal:
        place_order(cast.customer(), chosen, by=by or cast.shopper())
    assert not Order.objects.exists()
    assert not OrderLine.objects.exists()
    assert not EventLog.objects.filter(kind="orders.OrderPlaced").exists()
    assert Offer.objects.get(sku=sku).available == before
    return refusal.value


def test_refuses_more_than_is_in_stock_and_names_the_sku():
    sku = make_sku(stock=1)
    assert refused(SoldOut, sku, basket(sku)).fields == {"sku": [str(sku.pk)]}


def test_takes_nothing_when_one_of_several_is_sold_out():
    plenty, scarce = make_sku(), make_sku(stock=0)
    address = make_address(cast.customer())
    chosen = Basket(address.pk, 25_600, lines={plenty.pk: 1, scarce.pk: 1})
    refused(SoldOut, plenty, chosen)


def test_refuses_an_amount_other_than_the_one_shown():
    sku = make_sku()
    assert "256.00" in str(refused(PriceChanged, sku, basket(sku, payable_fen=25_599)))


def test_refuses_a_strangers_address():
    sku = make_sku()
    refused(AddressUnknown, sku, basket(sku, address=make_address(cast.customer("hua"))))


def test_refuses_what_is_not_on_sale():
    sku = make_sku()
    address = make_address(cast.customer())
    refused(NotOnSale, sku, Basket(address.pk, 1, lines={sku.pk + 99: 1}))


@pytest.mark.parametrize("quantity", [0, -1, 100, 2**31, 2**63])
def test_refuses_impossible_quantities(quantity):
    sku = make_sku()
    refused(InvalidValue, sku, basket(sku, quantity=quantity))


def test_refuses_an_empty_cart():
    sku = make_sku()
    refused(CartIsEmpty, sku, Basket(make_address(cast.customer()).pk, 1))


def test_only_the_customer_orders():
    sku = make_sku()
    refused(NotAllowed, sku, basket(sku), by=cast.shopper("hua"))
    refused(NotAllowed, sku, basket(sku), by=cast.staff("service_agent"))


def test_one_transaction_of_few_statements():
    product = make_product(specifications=("60粒/瓶", "120粒/瓶"))
    wanted = {sku.pk: 1 for sku in product.skus.all()}
    chosen = Basket(make_address(cast.customer()).pk, 25_600, lines=wanted)
    by = Actor.shopper(cast.customer())

    with CaptureQueriesContext(
        connection,
    ) as counted:
        place_order(by.customer, chosen, by=by)

    statements = [q["sql"] for q in counted if "SAVEPOINT" not in q["sql"]]
    assert len(statements) == 6, statements
    assert "UPDATE catalog_offer" in statements[-1]
