"""Declares what the house does by itself at certain times."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shop.errors import Text
from shop.timing.rules import CatchUp

LEASE = timedelta(minutes=5)

Run = Callable[[datetime], None]
"""Does what the slot at this instant is for. It may run twice: repeats find nothing left to do."""

JOBS: dict[str, "Declaration"] = {}


@dataclass(frozen=True)
class Declaration:
    """One job as its app declares it; when it runs, its ClockJob row says.

    `schedule` is the timetable it starts with. A run that has not ended within `lease` is taken
    for dead and begun again.
    """

    code: str
    label: Text
    run: Run
    schedule: Mapping[str, Any]
    catch_up: CatchUp
    lease: timedelta


def clock_job(
    code: str,
    label: Text,
    schedule: Mapping[str, Any],
    *,
    catch_up: CatchUp,
    lease: timedelta = LEASE,
) -> Callable[[Run], Run]:
    """Register a function of `tasks.py` as a job of the clock (`app.function`)."""

    def register(run: Run) -> Run:
        JOBS[code] = Declaration(code, label, run, schedule, catch_up, lease)
        return run

    return register
