"""Many customers at once, against a live server and WeChat's simulator."""

import time
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from demo.simulate.crowd import Crowd
from demo.simulate.tally import Tally
from orders.models import AfterSalesCase, Order
from shop.events.relay import run_reactions
from tests.make import make_product

PATIENCE_SECONDS = 60
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(live_server, wechat, settings):
    settings.PUBLIC_URL = live_server.url
    make_product(specifications=("60粒/瓶", "120粒/瓶"), stock=10_000)
    return live_server.url


def test_they_buy_pay_and_ask_for_money_back_and_the_books_agree(shop, wechat, oracle):
    crowd = Crowd(shop, wechat, size=2, rate=50, seed=3)
    customers = [crowd._customer(number) for number in range(crowd.size)]
    for _ in range(12):
        for customer in customers:
            customer.visit()
            until_heard(customer)
    tally = crowd.tally
    assert (tally.errors, tally.refusals) == ({}, {})
    assert tally.visits == 24
    assert 0 < tally.paid <= tally.orders == Order.objects.count()
    assert 0 < tally.asked_back == AfterSalesCase.objects.count()


def until_heard(customer):
    """WeChat tells the shop of each payment by itself."""
    numbers = [order["number"] for order in customer.bought]
    unpaid = Order.objects.filter(number__in=numbers, status=Order.Status.UNPAID)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while unpaid.exists() and time.monotonic() < deadline:
        run_reactions()
        time.sleep(0.05)
    assert not unpaid.exists()


def test_a_run_tells_each_second_and_sums_up(shop):
    said = StringIO()
    call_command("simulate", "--customers=2", "--rate=4", "--seconds=2", "--seed=5", stdout=said)
    assert "来访" in said.getvalue()
    assert "p95" in said.getvalue()


def test_a_shop_that_is_away_is_an_error(shop, settings):
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError):
        call_command("simulate", "--customers=1", "--rate=5", "--seconds=1", stdout=StringIO())


def test_only_our_own_wechat_is_paid_at(settings, shop):
    settings.WECHAT = replace(settings.WECHAT, url="https://api.weixin.qq.com")
    with pytest.raises(CommandError):
        call_command("simulate")


def test_what_an_honest_shop_may_refuse_is_no_error():
    tally = Tally()
    tally.refused(409, "sold-out")
    tally.refused(503, "store-away")
    tally.refused(500, "")
    assert sum(tally.refusals.values()) == 2
    assert list(tally.errors) == ["500 "]
