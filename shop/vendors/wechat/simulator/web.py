"""HTTP for the simulator: reads a request, asks the desk it is meant for, writes the answer."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Protocol

from shop.vendors.wechat.simulator.accounts import Accounts
from shop.vendors.wechat.simulator.app_desk import AppDesk
from shop.vendors.wechat.simulator.books import Books
from shop.vendors.wechat.simulator.cashier import Cashier
from shop.vendors.wechat.simulator.configuration import Configuration
from shop.vendors.wechat.simulator.control import Control
from shop.vendors.wechat.simulator.courier import Courier
from shop.vendors.wechat.simulator.group_chat import GroupChat
from shop.vendors.wechat.simulator.pay_desk import PayDesk
from shop.vendors.wechat.simulator.postbox import Postbox
from shop.vendors.wechat.simulator.refunds import RefundDesk
from shop.vendors.wechat.simulator.shipping import ShippingDesk
from shop.vendors.wechat.simulator.world import Refused, Reply, Request, World, json_reply

MOST_BYTES = 64 * 1024


class Simulator:
    """All desks of one WeChat."""

    def __init__(self, configuration: Configuration) -> None:
        self._world = World(configuration, Books(configuration.state_file))
        accounts = Accounts(configuration.appid)
        postbox, groups = Postbox(), GroupChat()
        courier = Courier(self._world)
        cashier = Cashier(self._world, courier)
        refunds = RefundDesk(self._world, courier)
        self._pay = PayDesk(self._world, cashier, refunds)
        shipping = ShippingDesk(self._world)
        self._app = AppDesk(self._world, accounts, postbox, groups, shipping)
        self._control = Control(
            self._world, accounts, cashier, refunds, courier, postbox, groups, shipping
        )
        for trade in self._world.books.all():
            if trade.state == "SUCCESS" and not trade.is_notified:
                cashier.notify(trade)
        refunds.resume()

    def answer(self, request: Request, client: str) -> Reply:
        """The answer to any request from this address."""
        try:
            return self._routed(request, client)
        except Refused as refused:
            return json_reply(refused.status, {"code": refused.code, "message": refused.message})

    def _routed(self, request: Request, client: str) -> Reply:
        if request.path.startswith("/simulator/"):
            if not ip_address(client).is_loopback:
                raise Refused(403, "NO_AUTH", "the control API answers this machine only")
            return self._control.answer(request)
        self._world.count(f"{request.method} {request.path}")
        desk = self._pay if request.path.startswith("/v3/") else self._app
        return desk.answer(request)


class Answers(Protocol):
    """What stands behind a server: WeChat here, another vendor elsewhere."""

    def answer(self, request: Request, client: str) -> Reply: ...


class VendorServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 as soon as it is made; OSError when the port is taken."""

    request_queue_size = 128

    def __init__(self, port: int, simulator: Answers) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.simulator = simulator


class Handler(BaseHTTPRequestHandler):
    """One request after the other of a connection, handed to the server's simulator."""

    server: VendorServer
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one packet; in two, Nagle's wait costs 40 ms an answer.
    wbufsize = -1
    timeout = 60

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the demo's terminal belongs to the shop."""

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._write(Reply(413))
            return
        body = self.rfile.read(int(length))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        self._write(self.server.simulator.answer(request, str(self.client_address[0])))

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)
