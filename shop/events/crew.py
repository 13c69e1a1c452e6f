"""Who does what is owed: a worker that Celery finds, or else this process itself."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import structlog
from django.db import connections

from shop.clock import now
from shop.events import rules

log = structlog.get_logger(__name__)


class Crew:
    """Hands numbers of rows to workers; what the broker refuses or nobody takes, does itself.

    `do` takes the lease of the row first, so that it is done once whoever gets it. Each lane has
    two threads of its own here: a slow one delays no other.
    """

    def __init__(
        self,
        hand_over: Callable[[int], None],
        do: Callable[[int], object],
        lanes: Iterable[str],
    ) -> None:
        self.hand_over, self.do = hand_over, do
        self.nobody_takes_until = now()
        self.threads = {lane: ThreadPoolExecutor(max_workers=2) for lane in lanes}

    def pass_on(self, lane: str, number: int, was_left: bool) -> None:
        """To a worker; to our own threads when the broker is away or nobody took it before."""
        if was_left:
            self._stop_waiting_for_workers()
        if now() >= self.nobody_takes_until:
            try:
                self.hand_over(number)
            except Exception as error:
                log.warning("broker_away", error=type(error).__name__)
                self._stop_waiting_for_workers()
            else:
                return
        self.threads[lane].submit(self._do_on_thread, number)

    def _stop_waiting_for_workers(self) -> None:
        self.nobody_takes_until = now() + rules.HAND_OVER

    def _do_on_thread(self, number: int) -> None:
        with _own_connection():
            self.do(number)

    def close(self) -> None:
        """End when everything begun has ended."""
        for threads in self.threads.values():
            threads.shutdown(wait=True)


@contextmanager
def _own_connection() -> Iterator[None]:
    """A crew's thread keeps no connection that a restarted PostgreSQL has forgotten."""
    connections["default"].close_if_unusable_or_obsolete()
    try:
        yield
    except Exception as error:
        log.error("crew_failed", exc_info=error)
    finally:
        connections["default"].close_if_unusable_or_obsolete()
