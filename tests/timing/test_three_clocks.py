"""Three clocks run for ten simulated days: each slot once; with the guards off, more often."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection

from shop.clock import now, turned_to
from shop.timing import planner
from shop.timing.models import ClockJob, JobRun
from shop.timing.planner import run_due_jobs
from tests.timing.belfry import on_threads
from tests.timing.errands import DAY, HOUR, MINUTE, NOON, job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("D13")]
CLOCKS = 3
TIMETABLES = {
    "tests.half_hourly": {"every": 30},
    "tests.nightly": {"times": ["02:30"]},
    "tests.nightly_elsewhere": {"times": ["02:30"], "zone": "America/New_York"},
    "tests.on_weekdays": {"times": ["09:00", "18:00"], "weekdays": [0, 1, 2, 3, 4]},
    "tests.monthly": {"times": ["23:30"], "month_days": [0, 1, 15, 25]},
}


def run_clocks(until, step):
    """Three clocks, each on a thread of its own; at every step all of them look at once."""
    together = threading.Barrier(CLOCKS, timeout=60)

    def run():
        at = NOON
        while at < until:
            at += step
            together.wait(60)
            with turned_to(at):
                run_due_jobs()

    on_threads(*[run] * CLOCKS)
    with turned_to(until):
        run_due_jobs()


def expected(code, until):
    return list(job(code).timetable().until(NOON, until))


def test_ten_days_of_three_clocks_run_each_slot_once(only):
    errands = {code: only(schedule, "all", code) for code, schedule in TIMETABLES.items()}
    until = NOON + 10 * DAY
    run_clocks(until, HOUR)
    for code, errand in errands.items():
        assert errand.runs == expected(code, until), code
        assert set(job(code).runs.values_list("state", "attempts")) == {("done", 1)}
    assert len(errands["tests.half_hourly"].runs) == 480


def plan_without_the_lock(job_id):
    found = ClockJob.objects.due(now()).filter(pk=job_id).first()
    if found is not None:
        time.sleep(0.02)  # all three have read the row before one has written
        planner.write_down(found)
    return True


@contextmanager
def without_unique_slots():
    [unique] = [rule for rule in JobRun._meta.constraints if rule.name == "slot_once"]
    with connection.schema_editor() as editor:
        editor.remove_constraint(JobRun, unique)
    try:
        yield
    finally:
        JobRun.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(JobRun, unique)


def test_the_unique_slot_alone_would_do(only, monkeypatch):
    errand = only({"every": 30}, "all")
    monkeypatch.setattr(planner, "_plan", plan_without_the_lock)
    until = NOON + 6 * HOUR
    run_clocks(until, 30 * MINUTE)
    assert errand.runs == expected(errand.code, until)


def test_the_control_with_both_guards_off_runs_slots_twice(only, monkeypatch):
    errand = only({"every": 30}, "all")
    monkeypatch.setattr(planner, "_plan", plan_without_the_lock)
    until = NOON + 6 * HOUR
    with without_unique_slots():
        run_clocks(until, 30 * MINUTE)
        assert len(errand.runs) > len(set(errand.runs)), "the rig can see the fault"
