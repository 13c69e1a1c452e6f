"""My long work on a page of its own: how far, what was refused, the file it ended with."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from shop.doors.desk.buttons import button
from shop.doors.desk.live import staff_page
from shop.doors.desk.queues import Queue, View, register_queue
from shop.doors.desk.rows import actor_of
from shop.doors.files.answers import download, read_or_report
from shop.doors.imports.declared import IMPORTERS, title_of
from shop.errors import DomainError
from shop.identity.actors import Actor
from shop.records.models import AuditEntry
from shop.records.trail import record
from shop.work.actions.jobs import OF_LONG_WORK, cancel_job
from shop.work.models import Job, JobError

FETCHED = gettext_noop("a file of long work")
MOST_ERRORS_SHOWN = 5
LOOKS = {"queued": "wait", "running": "go", "done": "good", "failed": "bad", "cancelled": "plain"}

CANCEL = button(
    cancel_job,
    _("Stop"),
    _("Stopped; what was done stays done."),
    confirm=_("Stop it? What is done stays done, the rest is left."),
    stays=True,
)


def all_jobs() -> QuerySet[Job]:
    return Job.objects.select_related("result").order_by("-pk")


def my_own(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    return rows.filter(started_by=actor.user)


def my_live(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    return my_own(rows, actor).filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])


def found_by(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """By its number."""
    return rows.filter(pk=int(text)) if text.isdecimal() and len(text) < 10 else rows.none()


def errors_of(rows: Sequence[Job]) -> dict[int, dict[str, Any]]:
    """The first refused rows of each: one query."""
    importers = {job.pk: IMPORTERS.get(job.payload.get("importer", "")) for job in rows}
    shown: dict[int, list[dict[str, Any]]] = {}
    for error in JobError.objects.filter(job__in=rows).order_by("pk"):
        if len(shown.setdefault(error.job_id, [])) < MOST_ERRORS_SHOWN:
            column = title_of(importers[error.job_id], error.column)
            shown[error.job_id].append({"row": error.row, "column": column, "said": error.said})
    return {
        job.pk: {
            "errors": shown.get(job.pk, []),
            "more": max(0, job.refused - MOST_ERRORS_SHOWN),
            "look": LOOKS[job.status],
        }
        for job in rows
    }


register_queue(
    Queue(
        code="jobs",
        title=_("Long work"),
        purpose=_("Exports and imports that take long. Leave this page and come back: it goes on."
                  " Files are kept for seven days."),
        empty=_("You have started no long work."),
        icon="hourglass_top",
        rows=all_jobs,
        find=found_by,
        about=errors_of,
        since="started_at",
        watched=("status", "done", "total", "refused", "failures"),
        template="work/desk/job_row.html",
        permission="work.view_job",
        buttons=(CANCEL,),
        search_hint=_("number of the work"),
        patience=timedelta(hours=1),
        views=(View("", _("All of mine"), my_own), View("live", _("Running"), my_live)),
        is_card=False,
        counted=_("pieces of work"),
    )
)  # fmt: skip


@require_GET
@staff_page
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    """The file that a piece of long work ended with, for whoever started it; on the trail."""
    by = actor_of(request)
    job = get_object_or_404(Job.objects.visible_to(by).select_related("result"), pk=pk)
    if job.result is None:
        raise Http404
    try:
        content = read_or_report(job.result, by=OF_LONG_WORK)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:queue", "jobs")
    record(AuditEntry.Kind.EXPORT, job.stream, FETCHED, by=by)
    return download(job.result, content)
