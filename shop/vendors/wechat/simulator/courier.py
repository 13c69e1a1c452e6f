"""WeChat Pay v3, 支付成功通知 and 退款结果通知: carries notices until the merchant takes them."""

import heapq
import itertools
import json
import time
from collections import deque
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Condition, Thread
from urllib.parse import urlsplit

from shop.vendors.wechat.simulator.notices import PAID, notice_body, signed_headers
from shop.vendors.wechat.simulator.world import World

# 15s/15s/30s/3m/10m/20m/30m/30m/30m/60m/3h/3h/3h/6h/6h, 24 h 4 min in all.
RETRY_SECONDS = (
    *(15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600),
    *(10800, 10800, 10800, 21600, 21600),
)
TAKEN = frozenset((200, 204))
ANSWER_SECONDS = 5
CARRIERS = 4
LOG_ENTRIES = 10_000


@dataclass(frozen=True)
class Delivery:
    """One attempt, as the log keeps it. Status 0: no answer at all."""

    out_trade_no: str
    notice_id: str
    attempt: int
    status: int
    at: float


@dataclass(frozen=True, order=True)
class _Parcel:
    due_at: float
    order: int
    out_trade_no: str = field(compare=False)
    url: str = field(compare=False)
    raw: bytes = field(compare=False)
    attempt: int = field(compare=False, default=1)
    is_copy: bool = field(compare=False, default=False)


class Courier:
    """Sends notices in the background; the log is `deliveries()`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: list[_Parcel] = []
        self._under_way = 0
        self._changed = Condition()
        self._orders = itertools.count()
        self._log: deque[Delivery] = deque(maxlen=LOG_ENTRIES)
        for _ in range(CARRIERS):
            Thread(target=self._carry, daemon=True).start()

    def send(self, number: str, url: str, told: dict[str, object], event_type: str = PAID) -> None:
        """Tell the merchant at `url` of a payment or refund, now and as often as it takes."""
        faults = self._world.faults
        if faults.drop_notices or not url:
            return
        key = self._world.configuration.api_v3_key
        now = datetime.now(UTC)
        raw = notice_body(told, at=now, api_v3_key=key, event_type=event_type)
        parcel = _Parcel(time.time() + faults.delay_seconds, 0, number, url, raw)
        self._put(parcel)
        for _ in range(faults.duplicates - 1):
            self._put(replace(parcel, is_copy=True))

    def deliveries(self) -> list[dict[str, object]]:
        """Every attempt so far, oldest first."""
        with self._changed:
            return [asdict(delivery) for delivery in self._log]

    def recall(self) -> None:
        """Forget what waits, and return when nothing is under way any more."""
        with self._changed:
            self._waiting.clear()
            self._changed.wait_for(lambda: not self._under_way, ANSWER_SECONDS + 1)
            self._waiting.clear()  # what would have been tried later

    def _put(self, parcel: _Parcel) -> None:
        with self._changed:
            heapq.heappush(self._waiting, replace(parcel, order=next(self._orders)))
            self._changed.notify()

    def _carry(self) -> None:
        while True:
            parcel = self._next_due()
            status = self._attempt(parcel)
            self._record(parcel, status)
            if status not in TAKEN and not parcel.is_copy:
                self._try_later(parcel)
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _next_due(self) -> _Parcel:
        with self._changed:
            while not self._waiting or self._waiting[0].due_at > time.time():
                due_at = self._waiting[0].due_at if self._waiting else None
                self._changed.wait(max(due_at - time.time(), 0) if due_at else None)
            self._under_way += 1
            return heapq.heappop(self._waiting)

    def _attempt(self, parcel: _Parcel) -> int:
        headers = signed_headers(
            parcel.raw,
            at=datetime.now(UTC),
            key=self._world.configuration.platform_key,
            serial=self._world.serial,
            probe=self._world.faults.probe_notices and parcel.attempt == 1,
        )
        return _posted(parcel.url, parcel.raw, headers)

    def _record(self, parcel: _Parcel, status: int) -> None:
        notice_id = json.loads(parcel.raw)["id"]
        number = parcel.out_trade_no
        with self._changed:
            self._log.append(Delivery(number, notice_id, parcel.attempt, status, time.time()))
        if status in TAKEN:
            self._remember_taken(number)

    def _remember_taken(self, number: str) -> None:
        books = self._world.books
        with books.lock:
            if refunded := books.refunded_as(number):
                trade, refund = refunded
                refund.is_notified = True
                books.keep(trade)
            elif (paid := books.numbered(number)) and not paid.is_notified:
                paid.is_notified = True
                books.keep(paid)

    def _try_later(self, parcel: _Parcel) -> None:
        if parcel.attempt > len(RETRY_SECONDS):
            return
        pause = RETRY_SECONDS[parcel.attempt - 1] / self._world.faults.time_scale
        self._put(replace(parcel, due_at=time.time() + pause, attempt=parcel.attempt + 1))


def _posted(url: str, raw: bytes, headers: dict[str, str]) -> int:
    """The status of the merchant's answer, 0 when there is none within 5 s."""
    parts = urlsplit(url)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    sent = {"Content-Type": "application/json", "User-Agent": "Mozilla/4.0", **headers}
    try:
        with closing(connect(parts.netloc, timeout=ANSWER_SECONDS)) as connection:
            connection.request("POST", parts.path or "/", raw, sent)
            return connection.getresponse().status
    except (OSError, HTTPException, ValueError):
        return 0
