"""Says how far the building is: how many, how fast, how long still."""

import time
from collections.abc import Callable

EVERY = 2.0  # seconds


class Progress:
    """One line for each stretch of work every two seconds, and one when it is done."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._began = self._work_began = time.monotonic()
        self._work, self._shown_at = "", 0.0

    def __call__(self, work: str, count: int, total: int) -> None:
        at = time.monotonic()
        if work != self._work:
            self._work, self._work_began = work, self._shown_at
        if count >= total or at - self._shown_at >= EVERY:
            self._write(f"{at - self._began:7.1f} 秒  {self._line(work, count, total, at)}")
            self._shown_at = at

    def _line(self, work: str, count: int, total: int, at: float) -> str:
        if not total:
            return work
        rate = count / max(at - (self._work_began or self._began), 0.001)
        left = "" if count >= total else f"，还需约 {(total - count) / max(rate, 0.001):.0f} 秒"
        return f"{work} {count:,} / {total:,}，每秒 {rate:,.0f}{left}"
