"""The control API: the buyer's hands, and ours on WeChat's switches. JSON, loopback only.

| request | what it does |
| --- | --- |
| `GET /simulator/` | `{"ready": true}` |
| `POST /simulator/login-codes` `{buyer, errcode?, unionid?}` | `{code, openid}`: wx.login |
| `POST /simulator/phone-codes` `{phone, errcode?}` | `{code}`: the getPhoneNumber button |
| `POST /simulator/payments` `{buyer, parameters}` | pays as wx.requestPayment does |
| `GET /simulator/transactions` | the books with their refunds, oldest first |
| `POST /simulator/refunds` `{out_refund_no, state}` | it ends: SUCCESS, ABNORMAL, CLOSED |
| `GET /simulator/deliveries` | each attempt to deliver a notice, oldest first |
| `DELETE /simulator/deliveries` | none is tried again, and none is under way any more |
| `POST /simulator/subscriptions` `{buyer, template_id, times}` | taps on 'allow'; 0 takes back |
| `GET /simulator/messages` | subscribe messages as users received them, oldest first |
| `GET /simulator/group-messages` | what robots wrote into their groups, oldest first |
| `GET /simulator/shippings` | what was told of each payment's shipping |
| `POST /simulator/receipts` `{transaction_id}` | the user confirms; what would be pushed of it |
| `GET /simulator/calls` | how often each path was called |
| `GET`, `POST`, `DELETE /simulator/faults` | see, change some, clear all (`Faults`) |
| `POST /simulator/expired-tokens` | the access token in use is good no more |

An error is 4xx `{code, message}`.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from shop.vendors.wechat.simulator.accounts import Accounts
from shop.vendors.wechat.simulator.cashier import Cashier
from shop.vendors.wechat.simulator.courier import Courier
from shop.vendors.wechat.simulator.faults import Faults
from shop.vendors.wechat.simulator.group_chat import GroupChat
from shop.vendors.wechat.simulator.postbox import Postbox
from shop.vendors.wechat.simulator.refunds import RefundDesk
from shop.vendors.wechat.simulator.shipping import ShippingDesk
from shop.vendors.wechat.simulator.world import Refused, Reply, Request, World, json_reply


class Control:
    """Answers what stands under /simulator/."""

    def __init__(
        self,
        world: World,
        accounts: Accounts,
        cashier: Cashier,
        refunds: RefundDesk,
        courier: Courier,
        postbox: Postbox,
        groups: GroupChat,
        shipping: ShippingDesk,
    ) -> None:
        self._world = world
        self._accounts = accounts
        self._cashier = cashier
        self._refunds = refunds
        self._postbox = postbox
        self._routes: dict[str, Callable[[dict[str, Any]], object]] = {
            "GET /simulator/": lambda _: {"ready": True},
            "POST /simulator/login-codes": self._login_code,
            "POST /simulator/phone-codes": self._phone_code,
            "POST /simulator/payments": self._payment,
            "POST /simulator/refunds": self._refund,
            "GET /simulator/transactions": lambda _: [asdict(t) for t in world.books.all()],
            "GET /simulator/deliveries": lambda _: courier.deliveries(),
            "DELETE /simulator/deliveries": lambda _: courier.recall(),
            "POST /simulator/subscriptions": self._subscribe,
            "GET /simulator/messages": lambda _: postbox.sent(),
            "GET /simulator/group-messages": lambda _: groups.written(),
            "GET /simulator/shippings": lambda _: shipping.all(),
            "POST /simulator/receipts": lambda said: shipping.confirm(
                _text(said, "transaction_id")
            ),
            "GET /simulator/calls": lambda _: dict(world.calls),
            "GET /simulator/faults": lambda _: asdict(world.faults),
            "POST /simulator/faults": self._change_faults,
            "DELETE /simulator/faults": self._clear_faults,
            "POST /simulator/expired-tokens": self._expire_token,
        }

    def answer(self, request: Request) -> Reply:
        """The answer, or Refused."""
        route = self._routes.get(f"{request.method} {request.path}")
        if route is None:
            raise Refused(404, "NOT_FOUND", "no such path")
        return json_reply(200, route(request.json()))

    def _login_code(self, content: dict[str, Any]) -> dict[str, str]:
        buyer = _text(content, "buyer")
        code = self._accounts.login_code(buyer, _errcode(content), content.get("unionid", ""))
        return {"code": code, "openid": self._accounts.openid(buyer)}

    def _phone_code(self, content: dict[str, Any]) -> dict[str, str]:
        return {"code": self._accounts.phone_code(_text(content, "phone"), _errcode(content))}

    def _payment(self, content: dict[str, Any]) -> dict[str, object]:
        openid = self._accounts.openid(_text(content, "buyer"))
        parameters = content.get("parameters")
        if not isinstance(parameters, dict):
            raise Refused(400, "PARAM_ERROR", "parameters is not an object")
        return self._cashier.told(self._cashier.pay(openid, parameters))

    def _refund(self, content: dict[str, Any]) -> dict[str, object]:
        return self._refunds.end(_text(content, "out_refund_no"), _text(content, "state"))

    def _subscribe(self, content: dict[str, Any]) -> dict[str, object]:
        times = content.get("times", 1)
        if type(times) is not int or times < 0:
            raise Refused(400, "PARAM_ERROR", "times is not a number")
        openid = self._accounts.openid(_text(content, "buyer"))
        self._postbox.allow(openid, _text(content, "template_id"), times)
        return {}

    def _change_faults(self, content: dict[str, Any]) -> dict[str, object]:
        try:
            self._world.faults = self._world.faults.changed(content)
        except ValueError as error:
            raise Refused(400, "PARAM_ERROR", str(error)) from None
        return asdict(self._world.faults)

    def _clear_faults(self, _: dict[str, Any]) -> dict[str, object]:
        self._world.faults = Faults()
        return asdict(self._world.faults)

    def _expire_token(self, _: dict[str, Any]) -> dict[str, object]:
        self._accounts.expire_token()
        return {}


def _text(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(400, "PARAM_ERROR", f"{name} is not a text")
    return value


def _errcode(content: dict[str, Any]) -> int:
    errcode = content.get("errcode", 0)
    if not isinstance(errcode, int):
        raise Refused(400, "PARAM_ERROR", "errcode is not a number")
    return errcode
