"""A server that says a few bytes and then nothing: what no real server of the kind would say."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

LINGER_SECONDS = 60
Script = Callable[[socket.socket], object]


class Scripted:
    """Plays the script to every connection, and holds it open until the block ends."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.met = 0
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _address = self._listening.accept()
                self.met += 1
                threading.Thread(target=self._play, args=(line,), daemon=True).start()

    def _play(self, line: socket.socket) -> None:
        with line, suppress(OSError):
            self.script(line)
            self._over.wait(LINGER_SECONDS)


def nobody_listens() -> int:
    """A port that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
