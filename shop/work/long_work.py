"""Declares long work: what takes longer than somebody waits for a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shop.errors import Text

if TYPE_CHECKING:
    from shop.work.models import Job
    from shop.work.runner import Step


@dataclass(frozen=True)
class Result:
    """The file that long work ends with."""

    name: str
    content: bytes


Run = Callable[["Job", "Step"], Result | None]
"""Goes on from `step.resume`, a batch at a time. It may be begun again after any batch."""

LONG_WORK: dict[str, LongWork] = {}


@dataclass(frozen=True)
class LongWork:
    """One kind of long work as its app declares it."""

    code: str
    label: Text
    run: Run


def long_work(code: str, label: Text) -> Callable[[Run], Run]:
    """Register a function of `tasks.py` as long work (`app.function`)."""

    def register(run: Run) -> Run:
        LONG_WORK[code] = LongWork(code, label, run)
        return run

    return register
