"""A few callers on kept connections, each asking without pause: rates, slow ones, bytes.

Requests are made ready as bytes and answers are read without being parsed, because caller and
server share the machine's cores: what the client costs, the server has not.
"""

import itertools
import json
import re
import socket
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Self

from start.ports import LOOPBACK

PATIENCE = 30  # seconds for an answer
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
Ask = Callable[[], bytes]  # the next request, ready to be sent


class Broken(Exception):
    """The connection ended before the answer did."""


@dataclass(frozen=True)
class Answer:
    """`seconds` from sending to the last byte; `size` and `body` without headers."""

    status: int
    body: bytes
    seconds: float

    @property
    def size(self) -> int:
        return len(self.body)


@dataclass
class Seen:
    """What some callers saw in one round of `seconds`."""

    seconds: float = 0.0
    answers: list[tuple[int, float, int]] = field(default_factory=list)  # status, seconds, bytes
    first_refusal: str = ""

    @property
    def good(self) -> int:
        return sum(status < 300 for status, _took, _size in self.answers)

    @property
    def per_second(self) -> float:
        return self.good / self.seconds

    @property
    def p95_ms(self) -> float:
        return p95([took for status, took, _size in self.answers if status < 300]) * 1000

    @property
    def bytes_each(self) -> int:
        return round(statistics.mean(size for _status, _took, size in self.answers))

    def add(self, answer: Answer) -> None:
        self.answers.append((answer.status, answer.seconds, answer.size))
        if answer.status >= 300 and not self.first_refusal:
            self.first_refusal = f"{answer.status} {answer.body[:300].decode(errors='replace')}"


class Line:
    """One kept connection; opened again when the server ended it between two requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, request: bytes) -> Answer:
        """Raises OSError or Broken; the next request goes over a new connection."""
        began = time.perf_counter()
        try:
            self.opened().sendall(request)
            status, body = self._read()
        except (OSError, Broken):
            self.close()
            raise
        return Answer(status, body, time.perf_counter() - began)

    def opened(self) -> socket.socket:
        """The connection, made now when there is none."""
        if self._socket is None:
            self._socket = socket.create_connection((LOOPBACK, self._port), timeout=PATIENCE)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _read(self) -> tuple[int, bytes]:
        """Answers say their length: neither server here sends chunks for what is asked."""
        head, _end, body = self._received_until(b"\r\n\r\n")
        found = LENGTH.search(head)
        length = int(found[1]) if found else 0
        parts, missing = [body], length - len(body)
        while missing > 0:
            parts.append(part := self._received())
            missing -= len(part)
        return int(head[9:12]), b"".join(parts)

    def _received_until(self, mark: bytes) -> tuple[bytes, bytes, bytes]:
        so_far = self._received()
        while mark not in so_far:
            so_far += self._received()
        return so_far.partition(mark)

    def _received(self) -> bytes:
        assert self._socket is not None
        if not (part := self._socket.recv(262_144)):
            raise Broken
        return part


def request(method: str, path: str, body: object = None, token: str = "", key: str = "") -> bytes:
    """One HTTP/1.1 request, whole."""
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {LOOPBACK}", f"Content-Length: {len(content)}"]
    if content:
        lines.append("Content-Type: application/json")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if key:
        lines.append(f"Idempotency-Key: {key}")
    return "\r\n".join([*lines, "", ""]).encode() + content


def fresh_key() -> str:
    return uuid.uuid4().hex


def look(paths: list[str]) -> Ask:
    """The same addresses in turn."""
    turns = itertools.cycle([request("GET", path) for path in paths])
    return lambda: next(turns)


def look_anew(paths: list[str], numbers: Iterator[int], name: str) -> Ask:
    """The same addresses in turn, each with a query that nobody asked before: nothing is kept.

    `name` begins that query: `?fresh=` or `&fresh=`.
    """
    turns = itertools.cycle(paths)
    return lambda: request("GET", f"{next(turns)}{name}{next(numbers)}")


def run(port: int, asks: list[Ask], seconds: float) -> Seen:
    """One caller each, for so long."""
    seen, lock = Seen(), threading.Lock()
    began = time.monotonic()
    end = began + seconds

    def call(ask: Ask) -> None:
        with Line(port) as line:
            while time.monotonic() < end:
                answer = line.ask(ask())
                with lock:
                    seen.add(answer)

    in_threads([partial(call, ask) for ask in asks])
    seen.seconds = time.monotonic() - began
    return seen


def all_at_once(port: int, requests: list[bytes]) -> Seen:
    """Every request on a connection of its own, all sent in the same moment."""
    seen, lock = Seen(), threading.Lock()
    gate = threading.Barrier(len(requests) + 1)

    def call(one: bytes) -> None:
        with Line(port) as line:
            line.opened()
            gate.wait(PATIENCE)
            answer = line.ask(one)
            with lock:
                seen.add(answer)

    callers = started([partial(call, one) for one in requests])
    gate.wait(PATIENCE)
    began = time.monotonic()
    for caller in callers:
        caller.join()
    seen.seconds = time.monotonic() - began
    return seen


def in_threads(works: list[Callable[[], None]]) -> None:
    for thread in started(works):
        thread.join()


def started(works: list[Callable[[], None]]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    return threads


def p95(values: list[float]) -> float:
    """The 95th percentile; of one value, that value; of none, 0."""
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=20)[-1]
