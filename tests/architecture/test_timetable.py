"""The clock's work is declared once: jobs by their code, timers by their kind, two Celery doors.

Long work stands beside it, under its own code.
"""

import importlib
import inspect
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shop.celery import app
from shop.timing.jobs import JOBS
from shop.timing.rules import LONGEST_WAIT, schedule_of
from shop.timing.sweeper import FIRES
from shop.work.long_work import LONG_WORK

ROOT = Path(__file__).parents[2]
DOORS = {"events.deliver", "timing.run_slot"}
"""All that Celery knows: messages that carry the number of a row and nothing else."""


def modules():
    for path in sorted(ROOT.glob("**/tasks.py")):
        if not {".venv", "tests", "var"} & set(path.parts):
            yield importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def by_the_clock():
    """Every public function of a tasks.py, but Celery's doors and their bells."""
    for module in modules():
        for name, function in vars(module).items():
            is_own = inspect.isfunction(function) and function.__module__ == module.__name__
            if is_own and not name.startswith("_") and name != "ring":
                yield function


def test_celery_knows_its_doors_and_keeps_no_timetable():
    app.loader.import_default_modules()
    assert {name for name in app.tasks if not name.startswith("celery.")} == DOORS
    assert not app.conf.beat_schedule


def test_every_function_of_the_clock_is_a_job_or_what_a_timer_sets_off():
    declared = {work.run for work in (*JOBS.values(), *LONG_WORK.values())} | set(FIRES.values())
    assert set(by_the_clock()) == {run for run in declared if run.__module__.endswith(".tasks")}


@pytest.mark.parametrize("code", sorted(JOBS))
def test_a_job_is_named_after_its_app_and_function_and_has_a_timetable(code):
    job = JOBS[code]
    app_name = job.run.__module__.removeprefix("shop.").split(".")[0]
    assert code == f"{app_name}.{job.run.__name__}"
    assert job.run.__doc__
    assert job.label
    assert job.catch_up in {"latest_only", "all", "none"}
    assert job.lease <= LONGEST_WAIT
    assert schedule_of(job.schedule).next(datetime(2026, 11, 22, tzinfo=UTC))
