"""A customer's phone: the mini-program's HTTP; the simulator plays the WeChat app."""

from typing import Any
from uuid import uuid4

import requests

from shop.vendors.wechat.simulator.remote import Remote


class Phone:
    """One customer's device."""

    def __init__(self, shop_url: str, wechat: Remote, owner: str) -> None:
        self.base = f"{shop_url}/api/v1/"
        self.wechat = wechat
        self.owner = owner
        self.http = requests.Session()

    def sign_in(self) -> "Phone":
        code, _openid = self.wechat.login_code(self.owner)
        token = self.post("auth/wechat/", {"code": code}, 200)["token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        return self

    def get(self, path: str, status: int = 200) -> Any:
        return self._answer(self.http.get(self.base + path, timeout=20), status)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        key = {"Idempotency-Key": uuid4().hex}
        answer = self.http.post(self.base + path, json=body, headers=key, timeout=20)
        return self._answer(answer, status)

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        return self._answer(self.http.put(self.base + path, json=body, timeout=20), status)

    def pay(self, number: str) -> None:
        """Tap pay: the shop's parameters go to the WeChat app, which pays."""
        parameters = self.post(f"orders/{number}/pay/")
        self.wechat.pay(self.owner, parameters)

    @staticmethod
    def _answer(answer: requests.Response, status: int) -> Any:
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.json() if answer.content else None


HOME = {
    "recipient": "王明",
    "phone": "138 0000 1234",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "street": "文三路 90 号 2 幢 301",
    "is_default": True,
}
