"""`python -m tests.faults.dying`: one unit of background work, killed at a chosen statement.

A process of its own, a real SIGKILL, a real session that PostgreSQL must clean up behind it.
"""

import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.faults.processes import Child
from tests.faults.rig import Ground, rig_environment


@dataclass(frozen=True)
class Work:
    """A delivery of a reaction, the timers that are due, or a job of the clock."""

    kind: str  # delivery, timers, job
    name: str = ""
    delivery: int = 0

    def run(self) -> None:
        if self.kind == "delivery":
            from shop.events.tasks import deliver

            deliver.run(self.delivery)
        elif self.kind == "timers":
            from shop.timing.sweeper import sweep_timers

            sweep_timers()
        else:
            from shop.clock import now
            from shop.timing.jobs import JOBS

            JOBS[self.name].run(now())


def run_and_die(ground: Ground, work: Work, at: int, database: str, folder: Path) -> int:
    """Run it in a process that is killed just before its `at`-th statement; 0: after the last.

    Returns how many statements it had sent.
    """
    env = rig_environment(ground) | {"DATABASE_URL": database}
    log = folder / "dying.log"
    log.unlink(missing_ok=True)
    said = json.dumps({"at": at, "work": asdict(work)})
    Child(ground.nursery, ["-m", __name__, said], env, log).start().wait()
    *_lines, last = log.read_text().splitlines() or ["nothing"]
    assert last.startswith("killed at "), log.read_text()
    return int(last.removeprefix("killed at "))


def die(statement: int) -> None:
    print(f"killed at {statement}", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    from django.db import connection

    wanted = json.loads(sys.argv[1])
    sent = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == wanted["at"]:
            die(sent)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        Work(**wanted["work"]).run()
    die(sent)  # committed, and the broker's message not acknowledged


if __name__ == "__main__":
    main()
