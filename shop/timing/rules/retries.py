"""When what failed is tried again, and when people must look at it."""

from datetime import datetime, timedelta

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
MOST_ATTEMPTS = 20  # with the waits between them, some twelve hours


def next_attempt(attempts: int, at: datetime, jitter: float) -> datetime | None:
    """When what failed `attempts` times is tried again, or None: people must look.

    5 s, 10 s, 20 s … at most an hour apart, twenty times. `jitter` is from 0.5 to 1.5.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    wait: timedelta = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    return at + wait * jitter
