"""The page on which staff change a clock job's timetable, after seeing what it would mean."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shop.doors.desk.buttons import tell
from shop.doors.desk.rows import actor_of, page_of, visible_rows
from shop.doors.desk.views import staff_page
from shop.doors.timing.forms import ScheduleForm
from shop.doors.timing.words import job_words, schedule_words
from shop.timing.actions.jobs import reschedule_job
from shop.timing.errors import ScheduleUnusable
from shop.timing.models import ClockJob
from shop.timing.selectors import upcoming_slots


@require_http_methods(["GET", "POST"])
@staff_page
def timetable(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks, POST shows the next five slots; with `save` it changes the timetable."""
    by = actor_of(request)
    job = get_object_or_404(visible_rows(ClockJob, by), pk=pk)
    if not by.may("timing.reschedule_job"):
        raise PermissionDenied
    if request.method == "GET":
        form = ScheduleForm(initial=ScheduleForm.typed(job.schedule))
        return page(request, job, form, job.schedule)
    form = ScheduleForm(request.POST)
    schedule = usable(form, job)
    if schedule is None or "save" not in request.POST:
        return page(request, job, form, schedule, 200 if schedule else 400)
    reschedule_job(job, schedule, by=by)
    messages.success(request, _("The timetable is changed; it holds from now on."))
    return redirect(page_of(job))


def usable(form: ScheduleForm, job: ClockJob) -> dict[str, Any] | None:
    """The timetable as typed; None when it cannot be kept, and the form says where."""
    if not form.is_valid():
        return None
    schedule = form.schedule()
    try:
        upcoming_slots(schedule)
    except ScheduleUnusable as refusal:
        if "window" in refusal.fields:
            refusal.fields = {"closes": refusal.fields["window"]}
        tell(form, job, refusal)
        return None
    return schedule


def page(
    request: HttpRequest,
    job: ClockJob,
    form: ScheduleForm,
    schedule: dict[str, Any] | None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": job_words(job.code),
        "job": job,
        "form": form,
        "words": schedule_words(schedule) if schedule else "",
        "upcoming": upcoming_slots(schedule) if schedule else [],
        "back": page_of(job),
    }
    return TemplateResponse(request, "desk/timetable.html", context, status=status)
