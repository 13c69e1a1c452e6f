"""A Valkey that falls ill as told: the ways of the table's faults in its protocol."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from shop.doors.resilience import Fault
from tests.faults.proxy import Proxy, Toxics
from tests.faults.resilience.scripted import Scripted, nobody_listens

SAYS = {
    Fault.SERVER_ERROR: b"-LOADING Valkey is loading the dataset in memory\r\n",
    Fault.HTML: b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    Fault.LIMITED: b"-ERR max number of clients reached\r\n",
    Fault.TWICE: b"$3\r\nold\r\n$3\r\nold\r\n",
}
TOXICS = {
    Fault.SLOW: Toxics(latency=0.02, slice_bytes=16),
    Fault.GARBAGE: Toxics(cut_replies=1000, cut_after=2),
}


@contextmanager
def ill(url: str, fault: Fault) -> Iterator[str]:
    """Where whoever plays the fault listens, in front of the server at `url`."""
    if fault is Fault.REFUSES:
        yield _at(url, nobody_listens())
    elif fault is Fault.KEY:
        yield url.replace(f":{urlsplit(url).password}@", ":not-the-password@")
    elif fault in TOXICS:
        with Proxy(int(urlsplit(url).port or 0)) as proxy:
            proxy.toxics = TOXICS[fault]
            yield _at(url, proxy.port)
            assert proxy.made, "nobody asked"
    else:
        with Scripted(lambda line: _talk(line, SAYS.get(fault, b""))) as scripted:
            yield _at(url, scripted.port)
            assert scripted.met, "nobody asked"


def _talk(line: socket.socket, says: bytes) -> None:
    """Answers each thing that is sent, whatever it is, with the same words."""
    while line.recv(4096):
        if says:
            line.sendall(says)


def _at(url: str, port: int) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f":{parts.password}@127.0.0.1:{port}"))
