"""A limit to how long the database may keep a caller waiting, whatever it is that it waits for.

`statement_timeout` is the server's and begins anew with every statement; a server that is frozen,
or long about its commit, keeps no time at all. So our own end of the connection is cut.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.db import connections


@contextmanager
def database_answers_within(seconds: float) -> Iterator[None]:
    """Cut this thread's connection when the block takes longer: it ends with OperationalError.

    What was being committed just then may have been committed; nobody may be told that it was.
    """
    ours = connections["default"]  # of this thread: the alarm rings on another
    is_over, deciding = threading.Event(), threading.Lock()

    def cut() -> None:
        with deciding:
            if not is_over.is_set():
                _hang_up(ours.connection)

    alarm = threading.Timer(seconds, cut)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        with deciding:
            is_over.set()
        alarm.cancel()


def _hang_up(connected: Any) -> None:
    """Nothing is open while it still connects; that has a limit of its own (connect_timeout)."""
    with (
        suppress(OSError, psycopg.Error, AttributeError),
        socket.socket(fileno=os.dup(connected.pgconn.socket)) as our_end,
    ):
        our_end.shutdown(socket.SHUT_RDWR)
