"""Long work: started, done in batches that commit with the place to go on from, ended."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shop.clock import now
from shop.errors import NotFound
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.records.actions.files import keep_file
from shop.records.contents import ContentKind
from shop.records.models import StoredFile
from shop.records.purposes import MEGABYTE, FilePurpose, file_purpose
from shop.work.errors import JobTakenOver
from shop.work.events import (
    LongWorkContinued,
    LongWorkFailed,
    LongWorkFinished,
    LongWorkStarted,
    LongWorkStopped,
)
from shop.work.long_work import LONG_WORK, Result
from shop.work.models import Job, JobError
from shop.work.models.jobs import said_again
from shop.work.rules import MOST_ERRORS

MOST_FAILURES = 5
"""So often without a single batch in between, and it has failed for good."""

OF_LONG_WORK = Actor.system("a file of long work")

JOB_FILE = file_purpose(
    FilePurpose(
        code="job_file",
        label=_("file of long work"),
        readers="records.view_auditentry",
        kinds=frozenset({ContentKind.XLSX, ContentKind.CSV}),
        largest=50 * MEGABYTE,
        quota=500 * MEGABYTE,
        keep_for=timedelta(days=7),
        is_personal=True,
    )
)


class Refusal(NamedTuple):
    """A row that is left out, where in it (the column's key), and what to do about it: the words
    as the code has them, and their parameters (`errors.taken_apart`)."""

    row: int
    column: str
    text: str
    parameters: Mapping[str, Any] = MappingProxyType({})

    @property
    def said(self) -> str:
        """In the language in force."""
        return said_again(self.text, self.parameters)


def start_job(
    kind: str, payload: Mapping[str, Any], *, source: StoredFile | None = None, by: Actor
) -> Job:
    """Let the house do this, with the starter's own rights; `source` is a file they gave
    (`keep_job_file`). Raises LookupError for what nobody declared.
    """
    by.require("work.start_job")
    if kind not in LONG_WORK:
        raise LookupError(f"no @long_work({kind!r})")
    if by.user is None:
        raise NotFound
    with transaction.atomic():
        job = Job.objects.create(
            kind=kind, payload=dict(payload), started_by=by.user, started_at=now(), source=source
        )  # fmt: skip
        publish(LongWorkStarted(job.pk, kind), by=by)
    return job


def cancel_job(job: Job, *, by: Actor) -> Job:
    """Stop it after the batch that is being written; what is done stays done."""
    by.require("work.cancel_job")
    with transaction.atomic():
        job = Job.objects.visible_to(by).locked().get(pk=job.pk)
        advance(job, "cancel")
        job.ended_at = now()
        job.save(update_fields=["status", "ended_at"])
        publish(LongWorkStopped(job.pk, job.kind, job.done), by=by)
    return job


def begin_job(job_id: int, *, by: Actor) -> Job | None:
    """Take it over from whoever was at it: their token is worth nothing from now on.

    None when it has ended.
    """
    by.require("work.begin_job")
    with transaction.atomic():
        job = Job.objects.locked().get(pk=job_id)
        if not job.is_live:
            return None
        advance(job, "begin")
        job.token += 1
        job.save(update_fields=["status", "token"])
    return job


def hold_job(job_id: int, token: int, *, by: Actor) -> Job:
    """Lock it for a batch, in the caller's transaction. Raises JobTakenOver."""
    by.require("work.hold_job")
    held = Job.objects.locked().filter(pk=job_id, token=token, status=Job.Status.RUNNING).first()
    if held is None:
        raise JobTakenOver
    return held


def record_batch(
    job: Job, done: int, resume: Any, refusals: Sequence[Refusal], *, by: Actor
) -> Job:
    """Write how far it is, in the transaction of the batch itself. The caller holds the job."""
    by.require("work.record_batch")
    room = max(0, MOST_ERRORS - job.refused)
    JobError.objects.bulk_create(
        JobError(
            job=job,
            row=one.row,
            column=one.column[:60],
            text=one.text[:300],
            parameters=dict(one.parameters),
        )
        for one in refusals[:room]
    )
    job.done, job.resume = job.done + done, resume
    job.refused, job.failures, job.last_error = job.refused + len(refusals), 0, ""
    job.save(update_fields=["done", "resume", "refused", "failures", "last_error"])
    return job


def measure_job(job_id: int, token: int, total: int, *, by: Actor) -> None:
    """Say how much there is to do. Raises JobTakenOver."""
    by.require("work.measure_job")
    with transaction.atomic():
        job = hold_job(job_id, token, by=by)
        job.total = max(total, job.done)
        job.save(update_fields=["total"])


def continue_job(job_id: int, token: int, *, by: Actor) -> None:
    """A stretch is over: the next one is owed. Raises JobTakenOver."""
    by.require("work.continue_job")
    with transaction.atomic():
        job = hold_job(job_id, token, by=by)
        publish(LongWorkContinued(job.pk, job.done), by=by)


def finish_job(job_id: int, token: int, result: Result | None, *, by: Actor) -> None:
    """All is done; keep the file it ended with for seven days. Raises JobTakenOver."""
    by.require("work.finish_job")
    with transaction.atomic():
        job = hold_job(job_id, token, by=by)
        if result is not None:
            starter = Actor.staff(job.started_by)
            job.result = keep_job_file(result.name, result.content, by=starter)
        advance(job, "finish")
        job.ended_at = now()
        job.save(update_fields=["status", "ended_at", "result"])
        publish(LongWorkFinished(job.pk, job.kind, job.done, job.refused), by=by)


def note_failure(job_id: int, token: int, error: str, is_final: bool, *, by: Actor) -> bool:
    """It broke off. Whether that was once too often, and it has failed. Raises JobTakenOver."""
    by.require("work.note_failure")
    with transaction.atomic():
        job = hold_job(job_id, token, by=by)
        job.failures, job.last_error = job.failures + 1, error[:500]
        has_failed = is_final or job.failures >= MOST_FAILURES
        if has_failed:
            advance(job, "fail")
            job.ended_at = now()
            publish(LongWorkFailed(job.pk, job.kind, job.done), by=by)
        job.save(update_fields=["failures", "last_error", "status", "ended_at"])
    return has_failed


def forget_ended_jobs(*, by: Actor) -> int:
    """Let go what ended a quarter of a year ago, with its refused rows; how many. The log keeps
    who did what, and the files went long before."""
    by.require("work.forget_ended_jobs")
    with transaction.atomic():
        ended = Job.objects.past_their_time(now())
        JobError.objects.filter(job__in=ended).delete()
        return ended.delete()[0]


def keep_job_file(name: str, content: bytes, *, by: Actor) -> StoredFile:
    """Keep a table that somebody gave or that was made for them, for seven days, theirs alone.

    Raises FileRefused, FileQuotaFull.
    """
    by.require("work.start_job")
    owner = by.user.party if by.user else None
    return keep_file(JOB_FILE, name, content, owner=owner, by=OF_LONG_WORK)
