"""Buyers who order over HTTP while things break, each order under one key until it is answered."""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any, Self
from uuid import UUID

import requests

from tests.faults.processes import PATIENCE, wait_until
from tests.faults.rig import Rig

PRICE_FEN = 12_800
AGAIN = {503, 409}  # away for a moment; the first request with this key is still at work


class Crowd:
    """So many buyers at once. `orders` is what was acknowledged: key → order number.

    Every call is kept in `file`, one line of JSON when it goes out and one when it ends, for the
    oracle. After an unknown end, a 409 or a 503 the same key is tried again.
    """

    def __init__(self, rig: Rig, url: str = "", size: int = 3, seed: int = 1) -> None:
        self.rig, self.size, self.seed = rig, size, seed
        self.url = f"{url or rig.url}/api/v1/orders/"
        self.file = rig.folder / "calls.jsonl"
        self.orders: dict[str, str] = {}
        self.outcomes: Counter[str] = Counter()
        self.unanswered: list[str] = []
        self.answered_at: list[tuple[float, int]] = []
        self._calls = itertools.count(1)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._buy, args=(n,)) for n in range(size)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE)

    def wait_for_more(self, orders: int) -> float:
        """Seconds until so many more orders have been acknowledged."""
        enough = len(self.orders) + orders
        return wait_until(lambda: len(self.orders) >= enough, f"{orders} more orders")

    def order(
        self, key: str, buyer: dict[str, Any], between: Callable[[], object] = lambda: None
    ) -> str:
        """Place one order, asking again with its key until it is answered; its number.

        `between` is done before it is asked again.
        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = self.call(key, buyer)
            if answer is not None and answer.status_code == 201:
                with self._lock:
                    self.orders[key] = answer.json()["number"]
                return self.orders[key]
            if answer is not None and answer.status_code not in AGAIN:
                break
            between()
            time.sleep(0.1)
        self.unanswered.append(key)
        return ""

    def call(self, key: str, buyer: dict[str, Any], **headers: str) -> requests.Response | None:
        """One POST on a connection of its own; None when nobody knows what became of it."""
        sent = {"Idempotency-Key": key, "Authorization": f"Bearer {buyer['token']}", **headers}
        line = {"sku": self.rig.staged.sku, "quantity": 1}
        body = {"address": buyer["address"], "payable_fen": PRICE_FEN, "lines": [line]}
        number = next(self._calls)
        self._keep(call=number, event="invoke", method="POST", path="/api/v1/orders/", key=key)
        try:
            answer = requests.post(self.url, json=body, headers=sent, timeout=30)
        except requests.RequestException as error:
            self._end(number, "unknown", type(error).__name__)
            return None
        is_known = answer.status_code < 500
        told = {"status": answer.status_code, "headers": dict(answer.headers), "body": answer.text}
        event = "ok" if answer.ok else "fail" if is_known else "unknown"
        self._end(number, event, str(answer.status_code), **told)
        return answer

    def buyers(self, number: int) -> Any:
        """The buyers of one of the crowd's threads, in turn."""
        return itertools.cycle(self.rig.staged.buyers[number :: self.size])

    def _buy(self, number: int) -> None:
        dice, buyers = Random(self.seed * 1000 + number), self.buyers(number)
        while not self._stop.is_set():
            self.order(UUID(int=dice.getrandbits(128)).hex, next(buyers))
            self._stop.wait(dice.uniform(0, 0.05))

    def _end(self, number: int, event: str, outcome: str, **told: object) -> None:
        self._keep(call=number, event=event, **told)
        with self._lock:
            self.outcomes[outcome] += 1
            status = int(outcome) if outcome.isdecimal() else 0
            self.answered_at.append((time.monotonic(), status))

    def _keep(self, **line: object) -> None:
        with self._lock, self.file.open("a") as file:
            file.write(json.dumps(line | {"at": datetime.now(UTC).isoformat()}) + "\n")


def lost_and_doubled(rig: Rig, crowd: Crowd) -> tuple[set[str], int]:
    """Acknowledged orders that are not there, and how many are there that nobody was told of."""
    present = {number for (number,) in rig.sql("SELECT number FROM orders_order")}
    return set(crowd.orders.values()) - present, len(present - set(crowd.orders.values()))


WRONG = {
    "units": "SELECT sum(available) FROM catalog_offer"
    " HAVING sum(available) <> (SELECT sum(quantity) FROM catalog_stockmove)",
    "money": "SELECT o.number FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id"
    " GROUP BY o.id HAVING sum(l.payable_fen) <> o.payable_fen",
    "an order without its timer": "SELECT number FROM orders_order o WHERE status = 'unpaid'"
    " AND NOT EXISTS (SELECT 1 FROM timing_timer t WHERE t.subject = 'order:' || o.id"
    " AND t.state = 'armed')",
    "a key answered twice": "SELECT key FROM doors_idempotencykey GROUP BY key HAVING count(*) > 1",
    "a delivery not done": "SELECT id FROM events_delivery WHERE state <> 'done'",
    "an idle transaction": "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND state LIKE 'idle in transaction%' AND state_change < clock_timestamp() - interval '1 s'",
}
"""Rows that must not be there once everything has settled."""


def judge(rig: Rig, crowd: Crowd) -> None:
    """Everything conserved, each acknowledged order there once, nothing left over."""
    rig.wait_until_carried(2 * PATIENCE)  # a lease of 60 s may have to run out
    assert crowd.unanswered == []
    assert lost_and_doubled(rig, crowd) == (set(), 0)
    found = {what: rig.sql(question) for what, question in WRONG.items()}
    assert {what: rows[:3] for what, rows in found.items() if rows} == {}
    ask_the_oracle(rig, crowd)


def ask_the_oracle(rig: Rig, crowd: Crowd) -> None:
    """Its own verdict, by the shop's command, where the release has it."""
    from django.core.management import get_commands

    if "oracle" in get_commands():
        said = rig.command("oracle", f"--history={crowd.file}", "--idle")
        assert "Traceback" not in said and "✗" not in said, said
