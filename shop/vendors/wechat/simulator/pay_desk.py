"""WeChat Pay v3 over HTTP: the gate in front, the desks behind, and every answer signed."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote

from shop.vendors.wechat.simulator.cashier import Cashier
from shop.vendors.wechat.simulator.gate import Gate
from shop.vendors.wechat.simulator.notices import signed_headers
from shop.vendors.wechat.simulator.refunds import RefundDesk
from shop.vendors.wechat.simulator.world import Refused, Reply, Request, World, json_reply

_BY_NUMBER = re.compile(r"/v3/pay/transactions/out-trade-no/([^/]+)")
_BY_ID = re.compile(r"/v3/pay/transactions/id/([^/]+)")
_CLOSE = re.compile(r"/v3/pay/transactions/out-trade-no/([^/]+)/close")
_REFUNDS = "/v3/refund/domestic/refunds"
_REFUND = re.compile(rf"{_REFUNDS}/([^/]+)")
_FAULT_STATUS = {"SYSTEM_ERROR": 500, "FREQUENCY_LIMITED": 429}


class PayDesk:
    """Answers what stands under /v3/."""

    def __init__(self, world: World, cashier: Cashier, refunds: RefundDesk) -> None:
        self._world = world
        self._gate = Gate(world.configuration)
        self._cashier = cashier
        self._refunds = refunds

    def answer(self, request: Request) -> Reply:
        """The signed answer, errors too."""
        try:
            reply = self._answer(request)
        except Refused as refused:
            error = {"code": refused.code, "message": refused.message}
            reply = json_reply(refused.status, error)
        signature = signed_headers(
            reply.body,
            at=datetime.now(UTC),
            key=self._world.configuration.platform_key,
            serial=self._world.serial,
            probe=self._world.faults.probe_answers,
        )
        return replace(reply, headers=signature)

    def _answer(self, request: Request) -> Reply:
        self._gate.check(request)
        if fault := self._world.faults.pay_error:
            raise Refused(_FAULT_STATUS.get(fault, 400), fault, "故障模拟")
        if request.method == "POST" and request.path == "/v3/pay/transactions/jsapi":
            return json_reply(200, self._cashier.prepay(request.json()))
        if request.method == "POST" and request.path == _REFUNDS:
            return json_reply(200, self._refunds.ask(request.json()))
        if request.method == "POST" and (match := _CLOSE.fullmatch(request.path)):
            self._cashier.close(unquote(match[1]), request.json())
            return Reply(204)
        if request.method == "GET":
            return self._query(request)
        raise Refused(404, "RESOURCE_NOT_EXISTS", "资源不存在")

    def _query(self, request: Request) -> Reply:
        books = self._world.books
        if match := _REFUND.fullmatch(request.path):
            return json_reply(200, self._refunds.query(unquote(match[1])))
        if match := _BY_NUMBER.fullmatch(request.path):
            trade = books.numbered(unquote(match[1]))
        elif match := _BY_ID.fullmatch(request.path):
            trade = books.paid_as(unquote(match[1]))
        else:
            raise Refused(404, "RESOURCE_NOT_EXISTS", "资源不存在")
        if request.query.get("mchid") != self._world.configuration.mchid:
            raise Refused(400, "PARAM_ERROR", "参数错误: mchid")
        return json_reply(200, self._cashier.query(trade))
