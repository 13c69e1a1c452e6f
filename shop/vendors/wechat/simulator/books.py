"""WeChat Pay's own books: every order of the merchant, in memory and, if wished, in a file."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

PREPAY_SECONDS = 2 * 3600


@dataclass
class Refund:
    """One refund of an order; `ends_as` what it will be told to have become."""

    out_refund_no: str
    refund_id: str
    amount: int
    reason: str
    notify_url: str
    asked_at: float
    create_time: str
    ends_as: str
    state: str = "PROCESSING"
    success_time: str = ""
    is_notified: bool = False

    @property
    def is_owed(self) -> bool:
        """Whether it takes from what can still be refunded."""
        return self.state != "CLOSED"


@dataclass
class Trade:
    """One order. Instants are RFC 3339 as WeChat writes them, or seconds since 1970 (`_at`)."""

    out_trade_no: str
    description: str
    notify_url: str
    total: int
    openid: str
    attach: str
    expires_at: float | None
    state: str = "NOTPAY"
    transaction_id: str = ""
    success_time: str = ""
    is_notified: bool = False
    prepaid_at: dict[str, float] = field(default_factory=dict)
    refunds: list[Refund] = field(default_factory=list)

    @property
    def refundable(self) -> int:
        """What is left of it."""
        return self.total - sum(refund.amount for refund in self.refunds if refund.is_owed)

    def is_expired(self) -> bool:
        """Whether its time_expire has passed; it is not closed by that."""
        return self.expires_at is not None and time.time() > self.expires_at

    def is_good(self, prepay_id: str) -> bool:
        """Whether this prepay_id is the order's and younger than 2 hours."""
        issued_at = self.prepaid_at.get(prepay_id)
        return issued_at is not None and time.time() - issued_at < PREPAY_SECONDS


class Books:
    """All trades. Hold `lock` from reading a trade until it is kept."""

    def __init__(self, state_file: Path | None) -> None:
        self.lock = RLock()
        self._file = state_file
        self._by_number: dict[str, Trade] = {}
        self._by_transaction: dict[str, Trade] = {}
        self._by_prepay: dict[str, Trade] = {}
        self._by_refund: dict[str, Trade] = {}
        if state_file and state_file.exists():
            for line in state_file.read_text(encoding="utf-8").splitlines():
                self._index(_trade(json.loads(line)))

    def keep(self, trade: Trade) -> None:
        """Remember the trade as it now is: one line more in the file, the last one counts."""
        self._index(trade)
        if self._file:
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(asdict(trade), ensure_ascii=False) + "\n")

    def all(self) -> list[Trade]:
        """Every trade, oldest first."""
        with self.lock:
            return list(self._by_number.values())

    def numbered(self, out_trade_no: str) -> Trade | None:
        """The trade of this merchant number."""
        return self._by_number.get(out_trade_no)

    def paid_as(self, transaction_id: str) -> Trade | None:
        """The trade of this WeChat Pay number."""
        return self._by_transaction.get(transaction_id)

    def prepaid_as(self, prepay_id: str) -> Trade | None:
        """The trade a prepay_id belongs to, however old."""
        return self._by_prepay.get(prepay_id)

    def refunded_as(self, out_refund_no: str) -> tuple[Trade, Refund] | None:
        """The refund of this merchant number, and the trade it belongs to."""
        trade = self._by_refund.get(out_refund_no)
        if trade is None:
            return None
        return trade, next(r for r in trade.refunds if r.out_refund_no == out_refund_no)

    def _index(self, trade: Trade) -> None:
        self._by_number[trade.out_trade_no] = trade
        self._by_prepay.update(dict.fromkeys(trade.prepaid_at, trade))
        self._by_refund.update({refund.out_refund_no: trade for refund in trade.refunds})
        if trade.transaction_id:
            self._by_transaction[trade.transaction_id] = trade


def _trade(kept: Mapping[str, Any]) -> Trade:
    refunds = [Refund(**refund) for refund in kept.get("refunds", ())]
    return Trade(**{**kept, "refunds": refunds})
