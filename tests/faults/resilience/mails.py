"""A mail server that falls ill as told: SMTP's own ways of the table's faults."""

import socket
import ssl
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from shop.doors.resilience import Fault
from tests.faults.proxy import Proxy, Toxics
from tests.faults.resilience.scripted import Scripted, nobody_listens

TEMPORARY = {
    Fault.SERVER_ERROR: "451 4.3.0 local error in processing",
    Fault.LIMITED: "450 4.7.1 too many messages, slow down",
    Fault.TWICE: "250 OK\r\n250 OK",
}


class MailStage:
    """The shop's settings lead to the postman, or to whoever plays the fault."""

    def __init__(self, postman: Any, settings: Any, monkeypatch: Any, certificate: Path) -> None:
        self.postman, self.settings = postman, settings
        self.monkeypatch, self.certificate = monkeypatch, certificate
        self.port = postman.port

    def __enter__(self) -> Self:
        self._open = ExitStack().__enter__()
        self.settings.EMAIL_TIMEOUT = 2
        return self

    def __exit__(self, *exception: Any) -> None:
        self._open.__exit__(*exception)

    def fall_ill(self, fault: Fault) -> None:
        if fault in TEMPORARY:
            self.postman.answers.append(TEMPORARY[fault])
        elif fault is Fault.REFUSES:
            self.settings.EMAIL_PORT = nobody_listens()
        elif fault in (Fault.SLOW, Fault.GARBAGE):
            self._through_proxy(fault)
        else:
            self._scripted(fault)

    def _through_proxy(self, fault: Fault) -> None:
        self.proxy = self._open.enter_context(Proxy(self.port))
        slow, cut = Toxics(latency=0.02, slice_bytes=64), Toxics(cut_replies=1, cut_after=3)
        self.proxy.toxics = slow if fault is Fault.SLOW else cut
        self.settings.EMAIL_PORT = self.proxy.port

    def _scripted(self, fault: Fault) -> None:
        script = {
            Fault.HANGS: lambda line: None,
            Fault.HTML: lambda line: line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            Fault.CERTIFICATE: self._over_tls,
            Fault.KEY: self._over_tls,
        }[fault]
        self.scripted = self._open.enter_context(Scripted(script))
        self.settings.EMAIL_PORT = self.scripted.port
        self.settings.EMAIL_USE_SSL = fault in (Fault.CERTIFICATE, Fault.KEY)
        if fault is Fault.KEY:
            self.monkeypatch.setenv("SSL_CERT_FILE", str(self.certificate))
            self.settings.EMAIL_HOST_USER, self.settings.EMAIL_HOST_PASSWORD = "shop", "old"

    def _over_tls(self, line: socket.socket) -> None:
        """Greets, and refuses the password (RFC 4954): 535."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        with suppress(OSError), context.wrap_socket(line, server_side=True) as sealed:
            sealed.sendall(b"220 mail.shop.example\r\n")
            sealed.recv(1000)
            sealed.sendall(b"250-mail.shop.example\r\n250 AUTH PLAIN\r\n")
            sealed.recv(1000)
            sealed.sendall(b"535 5.7.8 authentication failed\r\n")
            sealed.recv(1000)

    def was_met(self, fault: Fault) -> bool:
        if fault in TEMPORARY:
            return not self.postman.answers
        if fault is Fault.REFUSES:
            return True
        if fault in (Fault.SLOW, Fault.GARBAGE):
            return bool(self.proxy.made) and (fault is Fault.SLOW or self.proxy.cut == 1)
        return self.scripted.met > 0

    def heal(self) -> None:
        self.settings.EMAIL_PORT = self.port
        self.settings.EMAIL_USE_SSL = False
        self.settings.EMAIL_HOST_USER = self.settings.EMAIL_HOST_PASSWORD = ""
