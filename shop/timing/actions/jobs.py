"""When the clock's jobs run, and runs out of turn. What they do, `@clock_job` declares."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from shop.clock import now
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.timing.errors import RunAlreadyWaiting, RunNotFailed
from shop.timing.events import ClockJobRequested, ClockJobRescheduled, ClockJobRetried
from shop.timing.jobs import JOBS
from shop.timing.models import ClockJob, JobRun
from shop.timing.planner import write_down
from shop.timing.rules import schedule_of
from shop.timing.selectors import read_schedule

KEEP_RUNS = timedelta(days=30)


def establish_jobs(*, by: Actor) -> int:
    """Give every declared job that is new its row; its first slot is the next one.

    Timetables that exist are left as staff made them. Returns how many jobs are new.
    """
    by.require("timing.establish_jobs")
    known = set(ClockJob.objects.values_list("code", flat=True))
    new = [declared for code, declared in JOBS.items() if code not in known]
    ClockJob.objects.bulk_create(
        (
            ClockJob(
                code=declared.code,
                schedule=dict(declared.schedule),
                next_at=next(schedule_of(declared.schedule).after(now())),
            )
            for declared in new
        ),
        ignore_conflicts=True,
    )
    return len(new)


def reschedule_job(job: ClockJob, schedule: Mapping[str, Any], *, by: Actor) -> ClockJob:
    """Change when a job runs, from now on; what had come by the old timetable is still owed.

    Raises ScheduleUnusable, which names the field.
    """
    by.require("timing.reschedule_job")
    timetable = read_schedule(schedule)
    with transaction.atomic():
        job = ClockJob.objects.select_for_update(no_key=True).get(pk=job.pk)
        if job.next_at is not None and job.next_at <= now():
            write_down(job)
        old, job.schedule = job.schedule, dict(schedule)
        job.next_at = next(timetable.after(now()), None)
        job.save(update_fields=["schedule", "next_at"])
        publish(ClockJobRescheduled(job.pk, job.code, old, job.schedule), by=by)
    return job


def run_job_now(job: ClockJob, *, by: Actor) -> JobRun:
    """Let a job run out of turn, as soon as what it owes has run. Raises RunAlreadyWaiting."""
    by.require("timing.run_job_now")
    with transaction.atomic():
        job = ClockJob.objects.select_for_update(no_key=True).get(pk=job.pk)
        if job.runs.owed().filter(by_hand=True).exists():
            raise RunAlreadyWaiting
        run = job.runs.create(slot_at=now(), try_at=now(), by_hand=True)
        publish(ClockJobRequested(job.pk, job.code, run.pk), by=by)
    return run


def retry_job_run(run: JobRun, *, by: Actor) -> JobRun:
    """Let a run that failed for good try again; its cause should have been mended."""
    by.require("timing.retry_job_run")
    with transaction.atomic():
        run = JobRun.objects.select_for_update(no_key=True, of=("self",)).get(pk=run.pk)
        if run.state != JobRun.State.FAILED:
            raise RunNotFailed
        run.state, run.ended_at, run.failures, run.try_at = JobRun.State.PENDING, None, 0, now()
        run.save(update_fields=["state", "ended_at", "failures", "try_at"])
        publish(ClockJobRetried(run.job_id, run.job.code, run.pk), by=by)
    return run


def forget_job_runs(*, by: Actor) -> int:
    """Runs that ended well, or were left out, go after thirty days. Returns how many went."""
    by.require("timing.forget_job_runs")
    old = JobRun.objects.filter(ended_at__lt=now() - KEEP_RUNS)
    gone, _each = old.exclude(state=JobRun.State.FAILED).delete()
    return gone
