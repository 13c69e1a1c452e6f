"""The one clock. All code asks it for the time, so that a test or the demo can turn it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_offset: ContextVar[timedelta] = ContextVar("clock_offset", default=timedelta(0))


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC) + _offset.get()


def today() -> date:
    """The present business day: the date in Shanghai."""
    return now().astimezone(SHANGHAI).date()


@contextmanager
def turned_to(instant: datetime) -> Iterator[None]:
    """Within the block, and on this thread alone, time runs on from `instant`."""
    token = _offset.set(instant - datetime.now(UTC))
    try:
        yield
    finally:
        _offset.reset(token)
