"""A vendor's gateway that falls ill as told, in front of the vendor's simulator."""

import socket
import ssl
import threading
from contextlib import suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from shop.doors.resilience import Fault

PAUSE_SECONDS = 0.05
SILENT_SECONDS = 60
PAGE = "<!doctype html><title>网关</title><h1>系统维护中</h1>".encode()


class Sick:
    """Passes everything on to `upstream`, or does what `ails` was told to do with it.

    `met` counts the requests that met the fault; of refused connections nobody hears.
    `certificate` is a PEM file of key and certificate that no authority signed.
    """

    def __init__(self, upstream: str, certificate: Path) -> None:
        parts = urlsplit(upstream)
        self.upstream = (str(parts.hostname), int(parts.port or 80))
        self.fault: Fault | None = None
        self.path = ""
        self.met = 0
        self._over = threading.Event()
        self._open: set[socket.socket] = set()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)

    def __enter__(self) -> Self:
        self.port = 0
        self._listen()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._hang_up()
        self._stop()

    @property
    def url(self) -> str:
        scheme = "https" if self.fault is Fault.CERTIFICATE else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def ails(self, fault: Fault, path: str = "") -> None:
        """From now on, in what is asked at this path; connections from before are closed."""
        self._hang_up()
        self.fault, self.path, self.met = fault, path, 0
        self._over.clear()
        if fault is Fault.REFUSES:
            self._stop()

    def heal(self) -> None:
        """Well again, at the same port."""
        was = self.fault
        self.fault = None
        self._hang_up()
        if was is Fault.REFUSES:
            self._listen()

    def answered(self, handler: "Gateway", body: bytes) -> None:
        """One request, as the fault wants it."""
        fault = self.fault if handler.path.startswith(self.path) else None
        if fault is not None:
            self.met += 1
        ILLNESSES.get(fault, _pass_on)(self, handler, body)

    def asked(self, handler: "Gateway", body: bytes) -> tuple[int, dict[str, str], bytes]:
        """What the vendor itself answers."""
        upstream = HTTPConnection(*self.upstream, timeout=20)
        with suppress(KeyError):
            del handler.headers["Host"]
        upstream.request(handler.command, handler.path, body, dict(handler.headers))
        answer = upstream.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name in SIGNED}
        return answer.status, kept, answer.read()

    def silent(self) -> None:
        self._over.wait(SILENT_SECONDS)

    def opened(self, connection: socket.socket) -> socket.socket:
        """The connection as the handler reads it; TLS when that is the fault."""
        self._open.add(connection)
        if self.fault is not Fault.CERTIFICATE:
            return connection
        self.met += 1
        return self._tls.wrap_socket(connection, server_side=True)

    def _hang_up(self) -> None:
        self._over.set()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _listen(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), Gateway)
        self._server.sick = self
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    sick: Sick

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up on us is what these tests are about."""


class Gateway(BaseHTTPRequestHandler):
    """One connection of a caller."""

    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    timeout = SILENT_SECONDS

    def setup(self) -> None:
        self.request = self.server.sick.opened(self.request)
        super().setup()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.sick.answered(self, body)

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def write(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


SIGNED = (
    "Content-Type",
    "Wechatpay-Serial",
    "Wechatpay-Signature",
    "Wechatpay-Signature-Type",
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
)


def _pass_on(sick: Sick, handler: Gateway, body: bytes) -> None:
    handler.write(*sick.asked(handler, body))


def _silent(sick: Sick, handler: Gateway, body: bytes) -> None:
    sick.silent()
    handler.close_connection = True


def _piece_by_piece(sick: Sick, handler: Gateway, body: bytes) -> None:
    status, headers, content = sick.asked(handler, body)
    handler.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(content))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    for start in range(0, len(content), 40):
        handler.wfile.write(content[start : start + 40])
        handler.wfile.flush()
        sick._over.wait(PAUSE_SECONDS)


def _server_error(sick: Sick, handler: Gateway, body: bytes) -> None:
    handler.write(503, {"Content-Type": "text/html"}, PAGE)


def _page(sick: Sick, handler: Gateway, body: bytes) -> None:
    handler.write(200, {"Content-Type": "text/html"}, PAGE)


def _forged(sick: Sick, handler: Gateway, body: bytes) -> None:
    """The vendor did what was asked; the answer's signature is another one's."""
    status, headers, content = sick.asked(handler, body)
    sign = headers["Wechatpay-Signature"]
    handler.write(status, headers | {"Wechatpay-Signature": sign[4:] + sign[:4]}, content)


def _half(sick: Sick, handler: Gateway, body: bytes) -> None:
    """The vendor did what was asked; of its answer half arrives, and ends as if it were whole."""
    status, headers, content = sick.asked(handler, body)
    handler.write(status, headers, content[: len(content) // 2])


def _too_often(sick: Sick, handler: Gateway, body: bytes) -> None:
    refusal = b'{"code": "FREQUENCY_LIMITED", "message": ""}'
    handler.write(429, {"Content-Type": "application/json", "Retry-After": "1"}, refusal)


def _twice(sick: Sick, handler: Gateway, body: bytes) -> None:
    """The same answer once more on the same connection, which stays open."""
    status, headers, content = sick.asked(handler, body)
    handler.write(status, headers, content)
    handler.write(status, headers, content)


ILLNESSES: dict[Any, Any] = {
    Fault.HANGS: _silent,
    Fault.SLOW: _piece_by_piece,
    Fault.SERVER_ERROR: _server_error,
    Fault.HTML: _page,
    Fault.FORGED: _forged,
    Fault.GARBAGE: _half,
    Fault.LIMITED: _too_often,
    Fault.TWICE: _twice,
}
