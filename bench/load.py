"""A few callers on kept connections: how many answers a second, and how long the slow ones took."""

import http.client
import json
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

Ask = Callable[[], tuple[str, str, object, str]]  # method, path, body, token
CALLERS = 4


@dataclass(frozen=True)
class Measured:
    """Of one round: answers a second, milliseconds at the 95th percentile, bytes an answer."""

    per_second: float
    p95_ms: float
    size: int


def run(url: str, asks: list[Ask], seconds: float) -> Measured:
    """Each caller asks without pause for `seconds`. Any answer but 2xx ends the bench."""
    took: list[float] = []
    sizes: list[int] = []
    end = time.monotonic() + seconds
    failures: list[str] = []

    def call(ask: Ask) -> None:
        for milliseconds, size, failure in answers(url, ask, end):
            took.append(milliseconds)
            sizes.append(size)
            if failure:
                failures.append(failure)
                return

    callers = [threading.Thread(target=call, args=(ask,)) for ask in asks]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    if failures:
        raise SystemExit(f"an answer was refused: {failures[0]}")
    return Measured(
        len(took) / seconds, statistics.quantiles(took, n=20)[-1], round(statistics.mean(sizes))
    )


def answers(url: str, ask: Ask, end: float) -> Iterator[tuple[float, int, str]]:
    place = urlsplit(url)
    line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    while time.monotonic() < end:
        method, path, body, token = ask()
        content = None if body is None else json.dumps(body)
        sent = {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        began = time.perf_counter()
        line.request(method, path, content, sent)
        answer = line.getresponse()
        raw = answer.read()
        spent = (time.perf_counter() - began) * 1000
        failure = "" if answer.status < 300 else f"{answer.status} {raw[:300].decode()}"
        yield spent, len(raw), failure
    line.close()
