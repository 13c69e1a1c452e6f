"""A customer over HTTP: the mini-program's part is played here, WeChat's by the simulator."""

import re
from collections.abc import Callable, Mapping
from random import Random
from time import perf_counter
from typing import Any
from uuid import uuid4

import requests

from demo.baskets import remark
from demo.people import Person
from shop.clock import now
from shop.vendors.wechat.simulator.remote import Remote

MOST_UNITS = 3
MOST_PRODUCTS = 3
MOST_ASKED = 3
PATIENCE = (3, 15)  # seconds to connect, and between bytes
NUMBERS = re.compile(r"\d+")
COMPLAINTS = (
    ("changed_mind", "买重复了，想退一份"),
    ("quality", "瓶盖内膜是开的，不敢吃"),
    ("damaged", "盒子压扁了，送礼拿不出手"),
    ("wrong_item", "收到的规格和下单的不一样"),
    ("other", "家里人不让吃，麻烦退一下"),
)


class ShopRefused(Exception):
    """The shop said no; `code` is the problem's, `status` the answer's."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code


class Shopper:
    """One person with a phone, from sign-in to payment; each step needs the one before.

    Raises ShopRefused for a refusal, requests.RequestException when the shop is away, and what
    `Remote` raises when WeChat is.
    """

    def __init__(
        self,
        person: Person,
        shop_url: str,
        wechat: Remote,
        dice: Random,
        heard: Callable[[str, float], None] = lambda step, seconds: None,
    ) -> None:
        """`heard` is told of every answer: method and path without numbers, and its seconds."""
        self.person = person
        self._heard = heard
        self.dice = dice
        self._api = f"{shop_url}/api/v1/"
        self._wechat = wechat
        self._http = requests.Session()
        self._http.trust_env = False

    def come_from(self, address: str) -> None:
        """Carry this address as a trusted proxy says it (TRUSTED_PROXIES=1)."""
        self._http.headers["X-Forwarded-For"] = address

    def sign_in(self) -> None:
        """By wx.login; who is here for the first time says their name and where they live."""
        code, _openid = self._wechat.login_code(self.person.buyer)
        signed_in = self._call("POST", "auth/wechat/", {"code": code})
        self._http.headers["Authorization"] = f"Bearer {signed_in['token']}"
        if not signed_in["customer"]["nickname"]:
            self._introduce_myself()

    def _introduce_myself(self) -> None:
        self._call("PATCH", "me/", {"nickname": self.person.nickname})
        for address in self.person.addresses:
            self._call("POST", "me/addresses/", vars(address))
        if self.person.is_member:
            self._call("POST", "membership/")

    def browse(self) -> list[dict[str, Any]]:
        """Look at the home page, a shelf, and a few products closely; those are returned."""
        shelf = self.dice.choice(self._call("GET", "home/")["navigation"])
        found = self._call("GET", f"products/?category={shelf['slug']}")["results"]
        in_stock = [row for row in found if row["stock"] != "sold_out"]
        liked = self.dice.sample(in_stock, min(len(in_stock), self.dice.randint(1, MOST_PRODUCTS)))
        self._report("home", "category", *("product" for _ in liked))
        return [self._call("GET", f"products/{row['id']}/") for row in liked]

    def _report(self, *pages: str) -> None:
        """What the mini-program tells of the pages that were looked at."""
        at = now().isoformat()
        seen = [{"id": str(uuid4()), "kind": "page_view", "page": page, "at": at} for page in pages]
        device = f"demo-phone-of-{self.person.number:06d}"
        self._call("POST", "events/", {"device": device, "events": seen})

    def fill_cart(self, products: list[dict[str, Any]]) -> int:
        """Put a specification of each into the cart; how many lines it has then."""
        for product in products:
            offered = [sku for sku in product["skus"] if sku["stock"] != "sold_out"]
            if offered:
                sku = self.dice.choice(offered)
                quantity = min(self.dice.randint(1, MOST_UNITS), self.dice.randint(1, MOST_UNITS))
                self._call("PUT", f"cart/lines/{sku['id']}/", {"quantity": quantity})
        return len(self._call("GET", "cart/"))

    def place(self) -> dict[str, Any]:
        """Order the whole cart at the price quoted; the order as the shop tells it."""
        quote = self._call("POST", "orders/quote/", {})
        address = self.dice.choice(self._call("GET", "me/addresses/"))
        placed = self._call(
            "POST",
            "orders/",
            {
                "address": address["id"],
                "payable_fen": quote["payable_fen"],
                "remark": remark(self.dice),
                "policies": self.terms(),
            },
        )
        order: dict[str, Any] = self._call("GET", f"orders/{placed['number']}/")
        return order

    def allow_messages(self) -> None:
        """Tap 'allow' in WeChat's question: at most three templates are asked for at once."""
        asked = [one["template_id"] for one in self._call("GET", "me/subscriptions/")]
        if not (accepted := asked[:MOST_ASKED]):
            return
        for template in accepted:
            self._wechat.subscribe(self.person.buyer, template)
        self._call("POST", "me/subscriptions/", {"accepted": accepted})

    def ask_back(self, order: Mapping[str, Any]) -> bool:
        """Ask for the money of one unit of the order, and say why; service decides.

        False: the shop has not heard of the payment yet, so there is nothing to ask for.
        """
        if self._call("GET", f"orders/{order['number']}/")["payment"] == "unpaid":
            return False
        line = self.dice.choice(order["lines"])
        reason, note = self.dice.choice(COMPLAINTS)
        lines = [{"sku": line["sku"], "quantity": 1}]
        told = {"order": order["number"], "lines": lines, "reason": reason, "note": note}
        self._call("POST", "after-sales/", told)
        return True

    def terms(self) -> dict[str, int]:
        """The box that is ticked at the checkout: the versions in force now."""
        return {row["code"]: row["version"] for row in self._call("GET", "policies/")}

    def pay(self, order: Mapping[str, Any]) -> None:
        """Tap pay: the shop's parameters go to the WeChat app, which pays and tells the shop."""
        parameters = self._call("POST", f"orders/{order['number']}/pay/")
        self._wechat.pay(self.person.buyer, parameters)

    def _call(self, method: str, path: str, body: object = None) -> Any:
        began = perf_counter()
        answer = self._http.request(
            method,
            self._api + path,
            json=body,
            headers={"Idempotency-Key": uuid4().hex},
            timeout=PATIENCE,
        )
        self._heard(f"{method} {NUMBERS.sub('…', path.partition('?')[0])}", perf_counter() - began)
        if answer.ok:
            return answer.json() if answer.content else None
        try:
            problem = answer.json()
        except ValueError:
            problem = {}
        raise ShopRefused(answer.status_code, problem.get("code", ""), problem.get("detail", ""))
