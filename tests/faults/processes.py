"""The shop's own programs as processes that a test may kill, stop, wake and ask to end."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tests.faults.nursery import Nursery

PATIENCE = 120  # seconds: a slow machine is no failure


class Child:
    """One program of ours and its whole process group; what it says goes to a file."""

    def __init__(
        self, nursery: Nursery, argv: Sequence[str], env: dict[str, str], log: Path
    ) -> None:
        self.argv, self.env, self.log = list(argv), env, log
        self.pid = 0
        self._nursery = nursery

    def start(self) -> "Child":
        self.pid = self._nursery.fork(self.argv, self.env, self.log)
        return self

    @property
    def is_running(self) -> bool:
        return bool(self.pid) and Path(f"/proc/{self.pid}").exists()

    def kill(self) -> None:
        """SIGKILL to it and its children; nothing is tidied up."""
        self._signal_group(signal.SIGKILL)
        wait_until(lambda: not self.is_running, f"{self.log.stem} is dead")

    def stop(self) -> None:
        """SIGSTOP: it holds everything and does nothing, as on a machine that hangs."""
        self._signal_group(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal_group(signal.SIGCONT)

    def end(self, seconds: float = PATIENCE) -> float:
        """TERM to the program alone; how many seconds it took. Fails when it does not end."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        return wait_until(lambda: not self.is_running, f"{self.log.stem} ends", seconds)

    def wait(self, seconds: float = PATIENCE) -> None:
        wait_until(lambda: not self.is_running, f"{self.log.stem} has done its work", seconds)

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def _signal_group(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


def wait_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> float:
    """Seconds until the condition held; fails by name when it never does."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began
