"""Customers who keep coming, one at a time, for as long as the desks keep up with them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from random import Random
from threading import Event
from typing import Any

from django.db import Error, close_old_connections

from demo.people import Person, person
from demo.plan import CUSTOMERS
from demo.simulate.shopper import Shopper, ShopRefused
from orders.selectors import service_queue
from shop.books.money import yuan
from shop.vendors.wechat.simulator.remote import Declined, Remote

PAUSE_SECONDS = (20, 40)
AWAY_SECONDS = 10
MOST_WAITING = 30
KNOWN_SHARE = 0.25  # of the visitors; the others come for the first time
STRANGERS = range(CUSTOMERS + 1, 10_000)
PAYING_SHARE = 0.93
ALLOWING_SHARE = 0.5  # of those who pay: they want to be told in WeChat
AWAY = (OSError, HTTPException, Declined, Error)  # sockets, half answers, WeChat, PostgreSQL


@dataclass
class Promenade:
    """The way past the shop. `say` is told one line per order, and why nobody comes."""

    shop_url: str
    wechat: Remote
    say: Callable[[str], None]
    dice: Random = field(default_factory=Random)

    def walk(self, stop: Event) -> None:
        """Until told to stop; a shop or a WeChat that is away is waited for."""
        for pause in self._visits():
            if stop.wait(pause):
                return

    def _visits(self) -> Iterator[float]:
        """Each visit, and the seconds until the next one."""
        is_resting = False
        while True:
            try:
                waiting = orders_waiting()
                if waiting > MOST_WAITING and not is_resting:
                    self.say(f"有 {waiting} 张订单等待确认，顾客先歇一歇")
                if not (is_resting := waiting > MOST_WAITING):
                    self.say(visit(self._somebody()))
            except ShopRefused as refusal:
                self.say(f"没有买成：{refusal}")
            except AWAY as error:
                self.say(f"暂时连不上（{type(error).__name__}），{AWAY_SECONDS} 秒后再来")
                yield AWAY_SECONDS
                continue
            yield self.dice.uniform(*PAUSE_SECONDS)

    def _somebody(self) -> Shopper:
        is_known = self.dice.random() < KNOWN_SHARE
        number = self.dice.randint(1, CUSTOMERS) if is_known else self.dice.choice(STRANGERS)
        return Shopper(person(number), self.shop_url, self.wechat, self.dice)


def orders_waiting() -> int:
    """How many paid orders wait for the service desk."""
    close_old_connections()
    return service_queue().count()


def visit(shopper: Shopper) -> str:
    """From sign-in to payment; what to tell of it."""
    shopper.sign_in()
    if not shopper.fill_cart(shopper.browse()):
        return f"{who(shopper.person)}看了看，没有买"
    order = shopper.place()
    if is_paid := shopper.dice.random() < PAYING_SHARE:
        if shopper.dice.random() < ALLOWING_SHARE:
            shopper.allow_messages()
        shopper.pay(order)
    return f"{who(shopper.person)}买了{what(order)}，{'已' if is_paid else '未'}付款"


def who(person: Person) -> str:
    return f"{person.nickname}（{person.addresses[0].city}）"


def what(order: Mapping[str, Any]) -> str:
    """颐禾牌破壁灵芝孢子粉等 3 件，¥536.00，订单 261122…"""
    units = sum(line["quantity"] for line in order["lines"])
    first, others = order["lines"][0]["title"], "等" if len(order["lines"]) > 1 else ""
    return f"{first}{others} {units} 件，{yuan(order['payable_fen'])}，订单 {order['number']}"
