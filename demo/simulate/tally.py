"""What many customers met with: counts, how long they waited, and what nobody can explain."""

import statistics
import threading
from collections import Counter, deque
from dataclasses import dataclass, field

CHECKOUT = ("POST orders/", "POST orders/…/pay/")
LATELY = 500  # answers that the line of a second speaks of
EXPLAINED = {
    "sold-out",  # somebody was faster
    "price-changed",
    "not-on-sale",
    "policy-outdated",
    "cart-is-empty",  # what was in it is sold out
    "throttled",
    "too-many-requests",
    "key-in-use",
    "store-away",
    "vendor-away",
}
"""Refusals that a shop may give to an honest customer."""


@dataclass
class Tally:
    """Safe to be told by many threads at once."""

    visits: int = 0
    orders: int = 0
    paid: int = 0
    asked_back: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    browsing: list[float] = field(default_factory=list)
    checkout: list[float] = field(default_factory=list)
    lately: deque[float] = field(default_factory=lambda: deque(maxlen=LATELY))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def heard(self, step: str, seconds: float) -> None:
        with self.lock:
            (self.checkout if step in CHECKOUT else self.browsing).append(seconds)
            self.lately.append(seconds)

    def count(self, name: str) -> None:
        """One more of `visits`, `orders`, `paid` or `asked_back`."""
        with self.lock:
            setattr(self, name, getattr(self, name) + 1)

    def refused(self, status: int, code: str) -> None:
        """By the shop: explained, or an error."""
        with self.lock:
            is_explained = code in EXPLAINED or status in (429, 503)
            (self.refusals if is_explained else self.errors)[f"{status} {code}"] += 1

    def failed(self, error: Exception) -> None:
        with self.lock:
            self.errors[type(error).__name__] += 1

    def line(self) -> str:
        """What to say each second."""
        with self.lock:
            wait = p95(list(self.lately)) * 1000
            errors = sum(self.errors.values())
            return (
                f"来访 {self.visits} 下单 {self.orders} 付款 {self.paid} 申请退款 {self.asked_back}"
                f" 婉拒 {sum(self.refusals.values())} 错误 {errors} p95 {wait:.0f} ms"
            )

    def summary(self) -> list[str]:
        """The whole, for the end."""
        with self.lock:
            waits = {"浏览": self.browsing, "结算": self.checkout}
            said = [
                f"{name} {len(seconds)} 次，p95 {p95(seconds) * 1000:.0f} ms"
                for name, seconds in waits.items()
            ]
            said += [f"婉拒 {what} × {times}" for what, times in self.refusals.most_common()]
            return said + [f"错误 {what} × {times}" for what, times in self.errors.most_common()]


def p95(seconds: list[float]) -> float:
    """The 95th percentile; of one value that value, of none 0."""
    if len(seconds) < 2:
        return seconds[0] if seconds else 0.0
    return statistics.quantiles(seconds, n=20)[-1]
