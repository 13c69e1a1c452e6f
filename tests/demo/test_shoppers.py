"""Shoppers at the real door: HTTP to a live server, payments through the simulator."""

import time
from random import Random

import pytest

from demo.people import person
from demo.simulate.promenade import Promenade, orders_waiting
from demo.simulate.promenade import __name__ as promenade
from demo.simulate.shopper import Shopper, ShopRefused
from marketing.models import Membership
from orders.models import CartLine, DeskPush, Order
from shop.events.relay import run_reactions
from shop.identity.models import Address, Customer
from tests.make import make_order, make_product

PATIENCE_SECONDS = 60
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(live_server, wechat, settings):
    """A shop with two products, and WeChat beside it."""
    settings.PUBLIC_URL = live_server.url
    make_product(specifications=("60粒/瓶", "120粒/瓶"))
    make_product(stock=0)
    return live_server.url


@pytest.fixture
def shopper(shop, wechat):
    newcomer = next(one for one in map(person, range(65, 200)) if one.is_member)
    return Shopper(newcomer, shop, wechat, Random("test"))


def is_notified(order: dict) -> bool:
    """Whether the payment's notice came and was applied."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        run_reactions()
        if Order.objects.get(number=order["number"]).status == Order.Status.PAID:
            return True
        time.sleep(0.1)
    return False


def test_from_sign_in_to_both_desks(shopper):
    shopper.sign_in()
    assert shopper.fill_cart(shopper.browse()) == 1, "what is sold out is left alone"
    order = shopper.place()
    shopper.pay(order)
    assert is_notified(order)
    assert DeskPush.objects.filter(order__number=order["number"]).count() == 2
    assert not CartLine.objects.exists()


def test_a_newcomer_introduces_themselves_once(shopper, shop, wechat):
    shopper.sign_in()
    Shopper(shopper.person, shop, wechat, Random("again")).sign_in()
    customer = Customer.objects.get()
    assert customer.nickname == shopper.person.nickname
    assert Address.objects.count() == len(shopper.person.addresses)
    assert Membership.objects.filter(customer=customer).exists()


def test_a_refusal_carries_the_shops_own_code(shopper):
    shopper.sign_in()
    with pytest.raises(ShopRefused) as refused:
        shopper.place()
    assert refused.value.code == "cart-is-empty"


class Stop:
    """An event that lets `rounds` pauses pass in no time."""

    def __init__(self, rounds: int) -> None:
        self.pauses: list[float] = []
        self.rounds = rounds

    def wait(self, pause: float) -> bool:
        self.pauses.append(pause)
        return len(self.pauses) >= self.rounds


def walk(shop_url, wechat, rounds=1):
    said, stop = [], Stop(rounds)
    Promenade(shop_url, wechat, said.append, Random(7)).walk(stop)
    return said, stop.pauses


def test_passers_by_buy_and_one_line_tells_of_it(shop, wechat):
    said, pauses = walk(shop, wechat, rounds=2)
    assert len(said) == Order.objects.count() == 2
    assert all("颐禾牌深海鱼油软胶囊" in line and "付款" in line for line in said)
    assert all(20 <= pause <= 40 for pause in pauses)


def test_they_rest_while_the_desk_has_too_much_and_say_so_once(shop, wechat, monkeypatch):
    make_order("paid")
    monkeypatch.setattr(f"{promenade}.MOST_WAITING", 0)
    said, _pauses = walk(shop, wechat, rounds=3)
    assert orders_waiting() == Order.objects.count() == 1
    assert said == ["有 1 张订单等待确认，顾客先歇一歇"]


def test_a_shop_or_a_wechat_that_is_away_is_waited_for(shop, wechat):
    nowhere = "http://127.0.0.1:9"
    assert walk(nowhere, wechat) == (["暂时连不上（ConnectionError），10 秒后再来"], [10])
    assert walk(shop, type(wechat)(nowhere)) == (["暂时连不上（URLError），10 秒后再来"], [10])
    assert not Order.objects.exists()
