"""Loopback ports that stay the same from one start to the next."""

import contextlib
import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
# Below the ephemeral range (32768 and up on Linux), where any outgoing connection may sit.
OURS = range(20_000, 32_768)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return True
    return False


def kept_port(file: Path) -> int:
    """The port written in `file` when it is still free, else a new one, written there."""
    with contextlib.suppress(OSError, ValueError):
        if is_free(port := int(file.read_text())):
            return port
    file.write_text(str(port := free_port()))
    return port


def free_port() -> int:
    while not is_free(port := random.SystemRandom().choice(OURS)):
        pass
    return port


def next_free(after: int) -> int:
    """The first free port above `after`: a suggestion to show, nothing is reserved."""
    return next((port for port in range(after + 1, 65_536) if is_free(port)), 0)
