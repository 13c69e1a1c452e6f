"""Does long work a stretch at a time, carried by the relay as every delivery is.

Each batch commits with the place to go on from, behind the fence of the attempt's token: who was
killed is begun again by the next attempt where the last batch ended, and who was thought dead and
wakes changes nothing. A stretch is shorter than the relay's lease, and a batch far shorter; what
is written in one go says `go_on` meanwhile.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import transaction

from shop.errors import DomainError, Text, taken_apart
from shop.events.relay import renew_lease
from shop.identity.actors import Actor, Door
from shop.work.actions.jobs import (
    Refusal,
    begin_job,
    continue_job,
    finish_job,
    hold_job,
    measure_job,
    note_failure,
    record_batch,
)
from shop.work.errors import JobTakenOver
from shop.work.long_work import LONG_WORK, Result
from shop.work.models import Job

log = structlog.get_logger(__name__)
STRETCH = 20  # seconds until the next batch is left to another delivery
BY = Actor.system("long work", Door.REACTION)


class StretchOver(Exception):
    """Enough for one delivery."""


@dataclass
class Batch:
    """What one batch has done: how many, where to go on, which rows were refused and why."""

    resume: Any
    done: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, row: int, column: str, text: Text) -> None:
        self.refusals.append(Refusal(row, column, *taken_apart(text)))


class Step:
    """What the work itself sees of being run: where to go on, and batches to write in."""

    def __init__(self, job: Job) -> None:
        self.job, self.token = job, job.token
        self.resume = job.resume
        self.by = Actor.staff(job.started_by, Door.REACTION)
        self.ends_at = time.monotonic() + STRETCH

    def measure(self, total: int) -> None:
        """Say how much there is to do."""
        measure_job(self.job.pk, self.token, total, by=BY)

    def go_on(self) -> None:
        """Say that what cannot be cut into batches is still being done: lease and stretch begin
        anew. Raises JobTakenOver where somebody else was given it meanwhile."""
        with transaction.atomic():
            hold_job(self.job.pk, self.token, by=BY)
        if not renew_lease():
            raise JobTakenOver
        self.ends_at = time.monotonic() + STRETCH

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """A transaction: what is written in it commits with how far it is, or not at all.

        Raises StretchOver between two batches, and JobTakenOver; let both pass.
        """
        if time.monotonic() > self.ends_at:
            raise StretchOver
        with transaction.atomic():
            job = hold_job(self.job.pk, self.token, by=BY)
            batch = Batch(self.resume)
            yield batch
            record_batch(job, batch.done, batch.resume, batch.refusals, by=BY)
        self.resume = batch.resume


def run_stretch(job_id: int) -> None:
    """Do as much of it as fits into one delivery. Repeats and strays find it done or go on."""
    job = begin_job(job_id, by=BY)
    if job is None:
        return
    try:
        _run(job)
    except JobTakenOver:
        log.info("job_taken_over", job=job_id)


def _run(job: Job) -> None:
    try:
        result: Result | None = LONG_WORK[job.kind].run(job, Step(job))
    except StretchOver:
        continue_job(job.pk, job.token, by=BY)
    except JobTakenOver:
        raise
    except DomainError as refusal:
        note_failure(job.pk, job.token, str(refusal), True, by=BY)
    except Exception as error:
        log.warning("job_broke_off", job=job.pk, exc_info=error)
        if not note_failure(job.pk, job.token, f"{type(error).__name__}: {error}", False, by=BY):
            raise
    else:
        finish_job(job.pk, job.token, result, by=BY)
