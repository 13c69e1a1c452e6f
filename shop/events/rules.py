"""When a failed delivery is tried again, and when people must look at it."""

from datetime import datetime, timedelta

LEASE = timedelta(seconds=60)
HAND_OVER = timedelta(seconds=10)  # what nobody has taken by then, the relay does itself
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
PARK_AFTER = timedelta(days=3)


def next_attempt(
    attempts: int, first_due: datetime, at: datetime, jitter: float
) -> datetime | None:
    """The instant of the next try, or None: park it. `jitter` is from 0.5 to 1.5.

    5 s, 10 s, 20 s … at most an hour apart, for three days.
    """
    if at - first_due >= PARK_AFTER:
        return None
    wait = min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
    return at + timedelta(seconds=wait.total_seconds() * jitter)
