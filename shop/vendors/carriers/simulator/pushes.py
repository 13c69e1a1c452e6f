"""推送接口: tells whoever follows a waybill, as 快递100 does: form fields `sign` and `param`."""

import json
import time
from collections import deque
from contextlib import closing
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import urlencode, urlsplit

from shop.vendors.carriers.simulator.desk import Desk, signed
from shop.vendors.carriers.simulator.parcels import Waybill, told

MOST_TRIES = 4  # three more after the first
BETWEEN_TRIES = 30 * 60.0
ANSWER_SECONDS = 10
LOG_ENTRIES = 10_000


@dataclass(frozen=True)
class Pushed:
    """One attempt, as the log keeps it. Status 0: no answer at all."""

    waybill: str
    attempt: int
    status: int
    at: float


@dataclass(frozen=True)
class _Push:
    waybill: str
    url: str
    body: bytes
    attempt: int = 1
    due_at: float = 0.0


class Pushes:
    """Sends in the background; the log is `sent()`. `seconds_between_tries` is 30 minutes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: Queue[_Push] = Queue()
        self._log: deque[Pushed] = deque(maxlen=LOG_ENTRIES)
        self.seconds_between_tries = BETWEEN_TRIES
        for _ in range(2):
            Thread(target=self._carry, daemon=True).start()

    def tell(self, waybill: Waybill) -> None:
        """Push the whole track of a waybill that somebody follows."""
        faults = self._desk.faults
        if faults.drop_pushes or not waybill.callback:
            return
        body = push_body(
            told(waybill, backwards=faults.backwards),
            "wrong" if faults.wrong_sign else waybill.salt,
            status="shutdown" if waybill.is_over else "polling",
        )
        for _ in range(faults.duplicates):
            self._waiting.put(_Push(waybill.number, waybill.callback, body))

    def sent(self) -> list[dict[str, Any]]:
        """Every attempt so far, oldest first."""
        return [asdict(one) for one in list(self._log)]

    def _carry(self) -> None:
        while True:
            push = self._waiting.get()
            if push.due_at > time.time():
                self._waiting.put(push)
                time.sleep(0.05)
                continue
            status, is_taken = _posted(push.url, push.body)
            self._log.append(Pushed(push.waybill, push.attempt, status, time.time()))
            if not is_taken and push.attempt < MOST_TRIES:
                due_at = time.time() + self.seconds_between_tries
                self._waiting.put(
                    _Push(push.waybill, push.url, push.body, push.attempt + 1, due_at)
                )


def push_body(track: dict[str, Any], salt: str, *, status: str = "polling", **more: Any) -> bytes:
    """A push as it goes over the wire; tests craft and forge with it."""
    param = json.dumps(
        {"status": status, "billstatus": "got", "message": "", "lastResult": track} | more,
        ensure_ascii=False,
    )
    return urlencode({"sign": signed(param, salt), "param": param}).encode()


def _posted(url: str, body: bytes) -> tuple[int, bool]:
    """The answer's status (0 without one), and whether it says that the push was taken."""
    parts = urlsplit(url)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    sent = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        with closing(connect(parts.netloc, timeout=ANSWER_SECONDS)) as connection:
            connection.request("POST", parts.path or "/", body, sent)
            answer = connection.getresponse()
            content = json.loads(answer.read())
            return answer.status, isinstance(content, dict) and content.get("result") is True
    except (OSError, HTTPException, ValueError):
        return 0, False
