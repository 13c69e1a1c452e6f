"""Connections that do not wait for ever for the head of an answer, and lead to vendors alone.

A socket's time limit starts anew with every byte, so a status line or a header that drips would
hold us for hours, and the library has no limit for the whole of it. It also looks a name up by
itself when it connects: a name that was checked before could mean another machine by then.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, socket
from threading import Event, Timer
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from shop.vendors.addresses import vendor_addresses

HEAD_SECONDS = 10


class DeadlineAdapter(HTTPAdapter):
    """The library's own, except that an answer's head must be whole in 10 s, and that a connection
    is made to the very address that was checked.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Put our connections into its pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


class _HttpConnection(HTTPConnection):
    def _new_conn(self) -> socket:
        return _connected(self)

    def getresponse(self) -> Any:
        with _alarm(self.sock):
            return super().getresponse()


class _HttpsConnection(HTTPSConnection):
    def _new_conn(self) -> socket:
        return _connected(self)

    def getresponse(self) -> Any:
        with _alarm(self.sock):
            return super().getresponse()


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


def _connected(wanted: HTTPConnection) -> socket:
    """A socket to the first of the host's addresses that takes us; certificate and Host header
    still go by its name. Raises ForbiddenAddress.
    """
    failure: OSError = TimeoutError("no address")
    try:
        for address in vendor_addresses(wanted.host, wanted.port):
            try:
                return create_connection(
                    (address, wanted.port),
                    wanted.timeout,
                    socket_options=wanted.socket_options,
                )
            except OSError as error:
                failure = error
    except OSError as error:  # a name that nobody knows
        failure = error
    raise NewConnectionError(wanted, type(failure).__name__)


@contextmanager
def _alarm(connected: socket) -> Iterator[None]:
    """Cut the connection if the block takes longer than a head may; then it is TimeoutError.

    The library takes a head cut off between two lines for a whole one, so ours is the word on it.
    """
    rang = Event()

    def cut() -> None:
        rang.set()
        # The plain socket's own, also for TLS: it wakes the reader and leaves TLS state alone.
        with suppress(OSError):
            socket.shutdown(connected, SHUT_RDWR)

    alarm = Timer(HEAD_SECONDS, cut)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
    if rang.is_set():
        raise TimeoutError("head not whole in time")
