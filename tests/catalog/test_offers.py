"""price_sku, receive_stock, take_stock."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from catalog.actions import price_sku, receive_stock, take_stock
from catalog.errors import BookedBefore, SoldOut
from catalog.models import Offer, StockMove
from shop.errors import InvalidValue, NotAllowed
from shop.events.models import EventLog
from tests import cast
from tests.make import make_sku

pytestmark = pytest.mark.django_db


def test_a_price_replaces_the_old_one_and_counts_the_version():
    sku = make_sku(price_fen=12_800)
    before = sku.offer.version
    price_sku(sku, 9_900, 8_800, by=cast.SYSTEM)
    offer = Offer.objects.get(sku=sku)
    assert (offer.price_fen, offer.member_price_fen, offer.version) == (9_900, 8_800, before + 1)
    assert EventLog.objects.filter(kind="catalog.SkuPriced").count() == 2


@pytest.mark.parametrize(
    ("price", "member", "field"),
    [
        (0, None, "price_fen"),
        (-1, None, "price_fen"),
        (10_000_001, None, "price_fen"),
        (100, 101, "member_price_fen"),
        (100, 0, "member_price_fen"),
    ],
)
def test_senseless_prices_change_nothing(price, member, field):
    sku = make_sku(price_fen=12_800)
    with pytest.raises(InvalidValue) as refusal:
        price_sku(sku, price, member, by=cast.staff("operations_manager"))
    assert list(refusal.value.fields) == [field]
    assert Offer.objects.get(sku=sku).price_fen == 12_800


def test_a_goods_in_document_counts_once():
    sku = make_sku(stock=0)
    receive_stock(sku, 30, "GR-9", by=cast.staff("warehouse"))
    with pytest.raises(BookedBefore):
        receive_stock(sku, 30, "GR-9", by=cast.staff("warehouse"))
    assert Offer.objects.get(sku=sku).available == 30


@pytest.mark.parametrize("quantity", [0, -5, 1_000_001])
def test_senseless_quantities_book_nothing(quantity):
    sku = make_sku(stock=0)
    with pytest.raises(InvalidValue):
        receive_stock(sku, quantity, "GR-9", by=cast.staff("warehouse"))
    assert not StockMove.objects.exists()


def test_stock_is_taken_all_or_nothing():
    plenty, scarce = make_sku(stock=9), make_sku(stock=1)
    with pytest.raises(SoldOut), transaction.atomic():
        take_stock({plenty.pk: 2, scarce.pk: 2}, "order 1", by=cast.SYSTEM)
    assert Offer.objects.get(sku=plenty).available == 9
    take_stock({plenty.pk: 2, scarce.pk: 1}, "order 2", by=cast.SYSTEM)
    assert Offer.objects.get(sku=plenty).available == 7
    assert Offer.objects.get(sku=scarce).available == 0


def test_the_same_order_takes_its_stock_once():
    sku = make_sku(stock=9)
    take_stock({sku.pk: 2}, "order 1", by=cast.SYSTEM)
    with pytest.raises(IntegrityError), transaction.atomic():
        take_stock({sku.pk: 2}, "order 1", by=cast.SYSTEM)
    assert Offer.objects.get(sku=sku).available == 7


def test_posts_without_the_right_change_nothing():
    sku = make_sku(stock=9)
    for act in (
        lambda: price_sku(sku, 1, by=cast.staff("warehouse")),
        lambda: receive_stock(sku, 1, "GR-9", by=cast.staff("finance")),
        lambda: take_stock({sku.pk: 1}, "x", by=cast.staff("warehouse")),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert Offer.objects.get(sku=sku).available == 9


def test_the_database_itself_refuses_negative_stock_and_rewritten_moves():
    sku = make_sku(stock=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.filter(sku=sku).update(available=-1)
    with pytest.raises(DatabaseError), transaction.atomic():
        StockMove.objects.filter(sku=sku).update(quantity=5)


def test_stock_is_what_its_moves_say():
    sku = make_sku(stock=50)
    take_stock({sku.pk: 8}, "order 1", by=cast.SYSTEM)
    moved = sum(StockMove.objects.filter(sku=sku).values_list("quantity", flat=True))
    assert moved == Offer.objects.get(sku=sku).available == 42
