"""W7: how soon the web answers once its database does, and the memory it holds after the load."""

import statistics
from dataclasses import dataclass

from bench.meters import pss_mb
from bench.stage import Stage, Web


@dataclass(frozen=True)
class Start:
    """Seconds until ready (medians)."""

    ours: float
    raw: float


@dataclass(frozen=True)
class Memory:
    """MB of PSS: a page that processes share counts for each of them in part."""

    web: float
    worker: float
    raw: float

    @property
    def ours(self) -> float:
        return self.web + self.worker


def starts(stage: Stage, times: int) -> Start:
    return Start(seconds_of(stage.ours, times), seconds_of(stage.raw, times))


def seconds_of(web: Web, times: int) -> float:
    taken = []
    for _ in range(times):
        with web.running() as seconds:
            taken.append(seconds)
    return statistics.median(taken)


def memory(stage: Stage, worker_pid: int) -> Memory:
    return Memory(pss_mb(stage.ours.pid), pss_mb(worker_pid), pss_mb(stage.raw.pid))
