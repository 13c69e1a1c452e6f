"""What keeps one sick vendor from holding up everybody: few requests at once, and a rest after
failures. Each process has its own (decisions/0019).
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

import structlog

from shop.clock import now
from shop.vendors.errors import NotAsked, VendorUnreachable

MOST_AT_ONCE = 4
WAIT_SECONDS = 2.0  # for one of these places
FAILURES = 5  # in a row
WITHIN_SECONDS = 30.0
REST_SECONDS = 20.0

log = structlog.get_logger(__name__)


def shop_seconds() -> float:
    """The shop's own clock, so that whoever turns it turns the rests of vendors with it."""
    return now().timestamp()


class Circuit:
    """The requests of this process to one vendor's origin.

    At most 4 at once; after 5 failures in a row within 30 s nobody is asked for 20 s, then one
    request probes: it closes the circuit or opens it for another 20 s. A failure is what says
    nothing about the request: VendorUnreachable. Safe to share between threads.
    """

    def __init__(self, vendor: str, clock: Callable[[], float] = shop_seconds) -> None:
        self._vendor = vendor
        self._clock = clock
        self._places = BoundedSemaphore(MOST_AT_ONCE)
        self._lock = Lock()
        self._failed_at: deque[float] = deque(maxlen=FAILURES)
        self._rests_since: float | None = None
        self._is_probed = False

    @contextmanager
    def request(self) -> Iterator[None]:
        """Around one request. Raises NotAsked instead: it rests, or all places are taken."""
        is_probe = self._let_through()
        if not self._places.acquire(timeout=WAIT_SECONDS):
            self._settle(is_probe, failed=False, answered=False)
            raise NotAsked(self._vendor, "too many of our requests are on their way")
        answered = failed = False
        try:
            yield
            answered = True
        except VendorUnreachable:
            failed = True
            raise
        finally:
            self._places.release()
            self._settle(is_probe, failed=failed, answered=answered)

    def _let_through(self) -> bool:
        """Whether this request is the probe. Raises NotAsked while it rests."""
        with self._lock:
            if self._rests_since is None:
                return False
            # A clock that was set back says nothing about the rest: then ask.
            is_resting = 0 <= self._clock() - self._rests_since < REST_SECONDS
            if self._is_probed or is_resting:
                raise NotAsked(self._vendor, "it failed time and again: we give it a rest")
            self._is_probed = True
            return True

    def _settle(self, is_probe: bool, *, failed: bool, answered: bool) -> None:
        with self._lock:
            if is_probe:
                self._is_probed = False
            if answered:
                self._close()
            elif failed:
                self._failed_at.append(self._clock())
                if is_probe or self._is_too_much():
                    self._open()

    def _is_too_much(self) -> bool:
        is_full = len(self._failed_at) == FAILURES
        return is_full and self._failed_at[-1] - self._failed_at[0] <= WITHIN_SECONDS

    def _open(self) -> None:
        self._rests_since = self._clock()
        log.warning("vendor_rests", vendor=self._vendor, seconds=REST_SECONDS)

    def _close(self) -> None:
        self._failed_at.clear()
        if self._rests_since is not None:
            self._rests_since = None
            log.info("vendor_answers_again", vendor=self._vendor)


_circuits: dict[tuple[str, Hashable], Circuit] = {}
_making = Lock()


def circuit_of(vendor: str, origin: Hashable) -> Circuit:
    """The one circuit of this process for all clients of a vendor's origin."""
    with _making:
        return _circuits.setdefault((vendor, origin), Circuit(vendor))


def forget_circuits() -> None:
    """All vendors are well again, as far as this process knows. For tests."""
    with _making:
        _circuits.clear()
