"""Many customers at once, at a rate that does not wait for the shop, for a while."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from random import Random

from demo.people import person
from demo.simulate.shopper import Shopper, ShopRefused
from demo.simulate.tally import Tally
from shop.vendors.wechat.simulator.remote import Declined, Remote

LOOKING_SHARE = 0.4  # of the visits: nothing is bought
PAYING_SHARE = 0.93
ASKING_BACK_SHARE = 0.12  # of those who paid before
FIRST_PERSON = 5_000
PEOPLE = 4_000
PATIENCE = 60  # seconds that the last visits may take
TOLD_TO_WAIT = (429, 503)
PAUSE = 5.0  # seconds until somebody who was told to wait comes again
AWAY = (OSError, HTTPException, Declined)


@dataclass
class Crowd:
    """`size` customers share `rate` visits a second; the same seed, the same people and wishes.

    What a customer does next may depend on what the shop answers, so two runs are alike, not
    equal. A visit for which no customer is free begins late. `proxied` customers come from an
    address each, as a proxy that the shop trusts would say.
    """

    shop_url: str
    wechat: Remote
    size: int
    rate: float
    seed: int = 1
    proxied: bool = False
    tally: Tally = field(default_factory=Tally)

    def shop_for(
        self, seconds: float, say: Callable[[str], None], stop: threading.Event | None = None
    ) -> Tally:
        """Until the time is over or `stop` is set; `say` is told a line each second."""
        stop = stop or threading.Event()
        tickets = self._tickets(time.monotonic() + seconds, stop)
        taking = threading.Lock()
        customers = [
            threading.Thread(target=self._come, args=(n, tickets, taking, stop), daemon=True)
            for n in range(self.size)
        ]
        for customer in customers:
            customer.start()
        self._report(time.monotonic() + seconds, say, stop)
        for customer in customers:
            customer.join(PATIENCE)
        return self.tally

    def _tickets(self, end: float, stop: threading.Event) -> Iterator[int]:
        """One for each visit, when its time has come."""
        began = time.monotonic()
        number = 0
        while not stop.is_set():
            due = began + number / self.rate
            if due >= end or stop.wait(max(0.0, due - time.monotonic())):
                return
            yield number
            number += 1

    def _come(
        self, number: int, tickets: Iterator[int], taking: threading.Lock, stop: threading.Event
    ) -> None:
        customer = self._customer(number)
        while True:
            with taking:
                ticket = next(tickets, None)
            if ticket is None:
                return
            try:
                customer.visit()
            except ShopRefused as refusal:
                self.tally.refused(refusal.status, refusal.code)
                if refusal.status in TOLD_TO_WAIT:
                    stop.wait(PAUSE)
            except AWAY as error:
                self.tally.failed(error)

    def _customer(self, number: int) -> "Customer":
        dice = Random(f"{self.seed}:{number}")
        who = person(FIRST_PERSON + (self.seed * self.size + number) % PEOPLE)
        shopper = Shopper(who, self.shop_url, self.wechat, dice, self.tally.heard)
        if self.proxied:
            shopper.come_from(f"10.{self.seed % 256}.{number // 256}.{number % 256}")
        return Customer(shopper, self.tally)

    def _report(self, end: float, say: Callable[[str], None], stop: threading.Event) -> None:
        began = time.monotonic()
        while time.monotonic() < end and not stop.wait(1.0):
            say(f"{time.monotonic() - began:4.0f} s  {self.tally.line()}")


@dataclass
class Customer:
    """One of the crowd, who signs in once and comes back."""

    shopper: Shopper
    tally: Tally
    is_signed_in: bool = False
    bought: list[dict[str, object]] = field(default_factory=list)

    def visit(self) -> None:
        """Look around, and perhaps buy, or ask for money back."""
        self.tally.count("visits")
        if not self.is_signed_in:
            self.shopper.sign_in()
            self.is_signed_in = True
        dice = self.shopper.dice
        if self.bought and dice.random() < ASKING_BACK_SHARE:
            if self.shopper.ask_back(self.bought.pop()):
                self.tally.count("asked_back")
            return
        liked = self.shopper.browse()
        if dice.random() >= LOOKING_SHARE and self.shopper.fill_cart(liked):
            self._buy()

    def _buy(self) -> None:
        order = self.shopper.place()
        self.tally.count("orders")
        if self.shopper.dice.random() < PAYING_SHARE:
            self.shopper.pay(order)
            self.tally.count("paid")
            self.bought.append(order)
