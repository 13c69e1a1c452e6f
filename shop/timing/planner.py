"""Plans the slots of clock jobs and runs them. Any number may plan; each slot runs once.

Slots become rows under the lock of their job and a unique key. Rows are handed to Celery, or run
here, leased and fenced: `attempts` is the token, and whoever lost the lease settles nothing.
"""

import random
from collections.abc import Callable
from datetime import datetime
from itertools import islice

import structlog
from django.db import transaction
from django.db.models import Case, F, Q, TextField, Value, When
from django.utils.translation import gettext_noop

from shop.clock import now
from shop.events.crew import Crew
from shop.events.outbox import publish
from shop.events.rules import HAND_OVER
from shop.identity.actors import Actor, Door
from shop.timing import rules
from shop.timing.events import ClockJobFailed, ClockJobRecovered
from shop.timing.jobs import JOBS
from shop.timing.models import ClockJob, JobRun

log = structlog.get_logger(__name__)
BATCH = 20
MOST_SLOTS = 1_000  # of one job at a time; the rest come with the next round
LEASE_RAN_OUT = gettext_noop("The process that ran it ended without a word.")


class Planner:
    """One running clock: plans what is due and passes it on."""

    def __init__(self, hand_over: Callable[[int], None]) -> None:
        self.crew = Crew(hand_over, run_slot, ["jobs"])

    def sweep(self) -> int:
        """Returns how many jobs it planned and how many runs it passed on."""
        found = plan_slots()
        for run_id, was_left in take_due():
            self.crew.pass_on("jobs", run_id, was_left)
            found += 1
        return found

    def close(self) -> None:
        self.crew.close()


def plan_slots() -> int:
    """Write down every slot that has come. Returns how many jobs had one."""
    due = ClockJob.objects.due(now()).filter(code__in=JOBS).values_list("pk", flat=True)
    return sum(_plan(job_id) for job_id in due)


def _plan(job_id: int) -> bool:
    """False: another clock is at it, or it cannot be planned."""
    try:
        with transaction.atomic():
            unplanned = ClockJob.objects.due(now()).filter(pk=job_id)
            job = unplanned.select_for_update(skip_locked=True, no_key=True).first()
            if job is None:
                return False
            write_down(job)
    except rules.UnusableSchedule as error:  # its zone is gone from the zone database
        log.error("job_not_planned", job=job_id, error=str(error))
        return False
    return True


def write_down(job: ClockJob) -> None:
    """The slots that have come since the job was last planned, as its catch-up rule says.

    The caller holds the job's lock.
    """
    timetable, at = job.timetable(), now()
    slots = _slots_come(job, timetable, at)
    owed = rules.owed(slots, JOBS[job.code].catch_up, at)
    if JOBS[job.code].catch_up == "latest_only":
        _supersede_before(job, owed.runs[-1], at)
    runs = [JobRun(job=job, slot_at=slot, try_at=slot) for slot in owed.runs]
    if runs:
        runs[0].left_out = owed.missed
    elif owed.last_missed:
        missed = JobRun(job=job, slot_at=owed.last_missed, try_at=owed.last_missed, ended_at=at)
        missed.state, missed.left_out = JobRun.State.MISSED, owed.missed - 1
        runs = [missed]
    JobRun.objects.bulk_create(runs, ignore_conflicts=True)
    job.next_at = next(iter(timetable.after(slots[-1])), None)
    job.save(update_fields=["next_at"])


def _slots_come(job: ClockJob, timetable: rules.Schedule, at: datetime) -> list[datetime]:
    assert job.next_at is not None, "due: it has a next slot"
    later = timetable.until(job.next_at, at)
    if JOBS[job.code].catch_up == "all":
        later = islice(later, MOST_SLOTS - 1)
    return [job.next_at, *later]


def _supersede_before(job: ClockJob, slot: datetime, at: datetime) -> None:
    """Earlier slots that nobody is at: the newer one does their work. A retry ends as failed."""
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    older = job.runs.owed().filter(free, slot_at__lt=slot, by_hand=False)
    older.filter(attempts=0).update(state=JobRun.State.MISSED, ended_at=at)
    for run in older.filter(attempts__gt=0):
        _give_up(run, run.last_error or LEASE_RAN_OUT)


def take_due() -> list[tuple[int, bool]]:
    """Mark as handed out what may run now: (run, whether nobody took it the time before)."""
    at = now()
    with transaction.atomic():
        unhanded = Q(handed_at=None) | Q(handed_at__lte=at - HAND_OVER)
        free = JobRun.objects.free(at).filter(unhanded).order_by("try_at", "pk")
        locked = free.select_for_update(skip_locked=True, of=("self",))[:BATCH]
        taken = list(locked.values_list("pk", "handed_at"))
        JobRun.objects.filter(pk__in=[pk for pk, _at in taken]).update(handed_at=at)
    return [(pk, handed_at is not None) for pk, handed_at in taken]


def run_slot(run_id: int) -> bool:
    """Run one slot, once its lease is ours. False: somebody else has it, or it failed."""
    run = _claim(run_id)
    if run is None:
        return False
    if rules.next_attempt(run.failures, now(), 1) is None:  # it kills whatever process tries it
        _give_up(run, run.last_error)
        return False
    try:
        JOBS[run.job.code].run(run.slot_at)
    except Exception as error:
        log.warning("job_failed", job=run.job.code, exc_info=error)
        _put_back(run, f"{type(error).__name__}: {error}")
        return False
    _finish(run)
    return True


def _claim(run_id: int) -> JobRun | None:
    """Take the lease. Where an older one stands, whoever had it died: that counts as a failure."""
    found = JobRun.objects.select_related("job").filter(pk=run_id).first()
    if found is None or found.job.code not in JOBS:
        return None
    at, died = now(), Q(leased_until__isnull=False)
    taken = JobRun.objects.free(at).filter(pk=run_id)
    is_ours = taken.update(
        attempts=F("attempts") + 1,
        failures=F("failures") + Case(When(died, then=1), default=0),
        last_error=Case(When(died, then=Value(LEASE_RAN_OUT, TextField())), default="last_error"),
        leased_until=at + JOBS[found.job.code].lease,
        started_at=at,
    )
    return JobRun.objects.select_related("job").get(pk=run_id) if is_ours else None


def _finish(run: JobRun) -> None:
    with transaction.atomic():
        if not _settle(run, state=JobRun.State.DONE, ended_at=now(), last_error=""):
            return
        failing = ClockJob.objects.filter(pk=run.job_id, failing_since__isnull=False)
        if failing.update(failing_since=None):
            publish(ClockJobRecovered(run.job_id, run.job.code), by=OF_THE_CLOCK)


def _put_back(run: JobRun, error: str) -> None:
    """Try again later; or give up, where people see it."""
    jitter = random.uniform(0.5, 1.5)  # noqa: S311 - spreads retries, keeps no secret
    again = rules.next_attempt(run.failures + 1, now(), jitter)
    if again is None:
        _give_up(run, error, failures=run.failures + 1)
    else:
        _settle(run, failures=run.failures + 1, try_at=again, last_error=error[:2000])


def _give_up(run: JobRun, error: str, **columns: object) -> None:
    """Say so once, not again with every slot of a job that goes on failing."""
    log.error("job_given_up", job=run.job.code, error=error)
    with transaction.atomic():
        columns |= {"state": JobRun.State.FAILED, "ended_at": now(), "last_error": error[:2000]}
        if not _settle(run, **columns):
            return
        well = ClockJob.objects.filter(pk=run.job_id, failing_since=None)
        if well.update(failing_since=now()):
            publish(ClockJobFailed(run.job_id, run.job.code, run.pk), by=OF_THE_CLOCK)


def _settle(run: JobRun, **columns: object) -> bool:
    """Write what became of it, unless somebody has taken it over: then that is theirs to say."""
    ours = JobRun.objects.owed().filter(pk=run.pk, attempts=run.attempts)
    return bool(ours.update(leased_until=None, handed_at=None, **columns))


OF_THE_CLOCK = Actor.system("a clock job ran", Door.CLOCK)


def run_due_jobs() -> int:
    """Plan and run, here and now, everything that is due. For tests and the demo's past."""
    plan_slots()
    ran = 0
    while taken := take_due():
        ran += sum(run_slot(run_id) for run_id, _left in taken)
    return ran
