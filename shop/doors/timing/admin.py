"""Lists and records of time: calendars, the clock's jobs and their runs, timers."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Case, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.clock import now, today
from shop.doors.admin import Choice
from shop.doors.desk.facts import Fact, shown_value
from shop.doors.desk.readonly import ReadOnlyAdmin
from shop.doors.desk.rows import page_of
from shop.doors.templatetags.desk import badge
from shop.doors.timing import buttons  # noqa: F401 - registers them
from shop.doors.timing.words import job_words, length_words, schedule_words
from shop.timing.jobs import JOBS
from shop.timing.models import Calendar, ClockJob, JobRun, Timer
from shop.timing.rules import UnusableSchedule
from shop.timing.selectors import upcoming_slots
from shop.timing.sweeper import FIRES

PLANNED_WITHIN = timedelta(minutes=1)
"""How late a slot may be planned before the page says that no clock runs."""

SHOWN_RUNS = 30
RUN_LOOKS = {"pending": "wait", "done": "plain", "failed": "bad", "missed": "wait"}
TIMER_LOOKS = {
    "armed": "wait", "fired": "plain", "cancelled": "plain", "skipped": "plain", "dead": "bad",
}  # fmt: skip


def first_line(error: str) -> str:
    """An error in a list: its first line, cut."""
    line = gettext(error.splitlines()[0]) if error else "—"
    return line if len(line) <= 80 else f"{line[:79]}…"


class Waiting(admin.SimpleListFilter):
    """What is waiting and what people must see, unless another state is asked for."""

    title, parameter_name = _("state"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Timer.State.choices)

    def choices(self, changelist: Any) -> Any:
        unasked, *states = super().choices(changelist)
        return [{**unasked, "display": _("failed and waiting")}, *states]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Timer]) -> QuerySet[Timer]:
        shown = [self.value()] if self.value() else [Timer.State.DEAD, Timer.State.ARMED]
        return queryset.filter(state__in=shown)


class TimerKind(Choice):
    title, parameter_name, column = _("kind"), "kind", "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind, kind) for kind in sorted(FIRES)]


@admin.register(Timer)
class TimerAdmin(ReadOnlyAdmin):
    """What falls due. Those that failed for good come first: they wait for people."""

    list_display = ("subject", "kind", "state_badge", "due", "attempts", "error")
    list_filter = (Waiting, TimerKind)
    search_fields = ("subject",)
    search_help_text = _("Subject, for example order:123")
    record_template = "desk/timer.html"
    leave_out = frozenset({"last_error"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Timer]:
        urgency = Case(
            When(state=Timer.State.DEAD, then=Value(0)),
            When(state=Timer.State.ARMED, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        rows: QuerySet[Timer] = super().get_queryset(request)
        return rows.annotate(urgency=urgency).order_by("urgency", "due_at", "pk")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Timer], search_term: str
    ) -> tuple[QuerySet[Timer], bool]:
        return (queryset.filter(subject=search_term) if search_term else queryset), False

    @admin.display(description=_("state"))
    def state_badge(self, timer: Timer) -> Any:
        return badge(timer.get_state_display(), TIMER_LOOKS[timer.state])

    @admin.display(description=_("due at"))
    def due(self, timer: Timer) -> Any:
        return due_words(timer)

    @admin.display(description=_("last error"))
    def error(self, timer: Timer) -> str:
        return first_line(timer.last_error)

    def about(self, request: HttpRequest, timer: Timer) -> dict[str, Any]:
        return {"badge_look": TIMER_LOOKS[timer.state]}


def due_words(timer: Timer) -> Any:
    """When, and for what still waits how long until then or since."""
    at = shown_value(timer.due_at)
    if timer.state != Timer.State.ARMED:
        return at
    left = timer.due_at - now()
    said = gettext("in {length}") if left > timedelta(0) else gettext("{length} overdue")
    return format_html("{} · {}", at, said.format(length=length_words(abs(left))))


@admin.register(ClockJob)
class ClockJobAdmin(ReadOnlyAdmin):
    """What the house does by itself, when it did last and when it does next."""

    list_display = ("name", "timetable", "last_run", "next_slot", "punctual")
    search_fields = ("code",)
    record_template = "desk/job.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClockJob]:
        last = JobRun.objects.filter(job=OuterRef("pk"), started_at__isnull=False)
        newest = last.order_by("-slot_at")
        return (
            super()
            .get_queryset(request)
            .annotate(
                last_state=Subquery(newest.values("state")[:1]),
                last_began=Subquery(newest.values("started_at")[:1]),
                last_slot=Subquery(newest.values("slot_at")[:1]),
            )
        )

    @admin.display(description=_("clock job"))
    def name(self, job: ClockJob) -> Any:
        return format_html("{}<br><code>{}</code>", job_words(job.code), job.code)

    @admin.display(description=_("timetable"))
    def timetable(self, job: ClockJob) -> str:
        return schedule_words(job.schedule)

    @admin.display(description=_("last run"))
    def last_run(self, job: Any) -> Any:
        if job.last_state is None:
            return "—"
        state = badge(JobRun.State(job.last_state).label, RUN_LOOKS[job.last_state])
        return format_html("{} {}", shown_value(job.last_began), state)

    @admin.display(description=_("next slot"))
    def next_slot(self, job: ClockJob) -> Any:
        return shown_value(job.next_at) if job.next_at else gettext("never again")

    @admin.display(description=_("on time"))
    def punctual(self, job: Any) -> Any:
        return punctual(job, job.last_began and job.last_began - job.last_slot)

    def facts(self, row: Any) -> list[Fact]:
        declared = JOBS.get(row.code)
        facts = [
            Fact(_("timetable"), schedule_words(row.schedule)),
            Fact(_("next slot"), self.next_slot(row)),
            Fact(_("on time"), self.punctual(row)),
        ]
        if declared:
            facts.append(Fact(_("slots missed meanwhile"), CATCH_UP[declared.catch_up]))
            facts.append(Fact(_("given up as dead after"), length_words(declared.lease)))
        return facts

    def about(self, request: HttpRequest, job: ClockJob) -> dict[str, Any]:
        return {
            "title": job_words(job.code),
            "original": job_words(job.code),
            "name": job_words(job.code),
            "upcoming": upcoming_of(job),
            "runs": [(run, run_badge(run)) for run in job.runs.all()[:SHOWN_RUNS]],
        }


CATCH_UP = {
    "latest_only": _("the latest is made up for, the others are left out"),
    "all": _("each is made up for, in order"),
    "none": _("none is made up for"),
}


def punctual(job: ClockJob, late: timedelta | None) -> Any:
    """In one badge: no clock plans it, it fails, or how late it began last."""
    if job.next_at and now() - job.next_at > PLANNED_WITHIN:
        length = length_words(now() - job.next_at)
        return badge(gettext("no clock runs: {length} late").format(length=length), "bad")
    if job.failing_since:
        length = length_words(now() - job.failing_since)
        return badge(gettext("failing for {length}").format(length=length), "bad")
    if late is None:
        return "—"
    if late > PLANNED_WITHIN:
        return badge(gettext("began {length} late").format(length=length_words(late)), "wait")
    return badge(gettext("on time"), "good")


def upcoming_of(job: ClockJob) -> list[Any]:
    """The next five slots; none for a timetable that this machine cannot read any more."""
    try:
        return upcoming_slots(job.schedule)
    except UnusableSchedule:
        return []


def run_badge(run: JobRun) -> Any:
    if run.state == JobRun.State.PENDING and run.is_running(now()):
        return badge(gettext("running"), "go")
    return badge(run.get_state_display(), RUN_LOOKS[run.state])


class JobFilter(Choice):
    title, parameter_name, column = _("clock job"), "job", "job__code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, job_words(code)) for code in sorted(JOBS)]


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    """Every slot of every job: when it ran, how late, and what went wrong."""

    list_display = ("slot", "name", "state_badge", "began", "attempts", "error")
    list_filter = ("state", JobFilter)
    record_template = "desk/run.html"
    leave_out = frozenset({"last_error", "handed_at", "leased_until", "by_hand"})
    ordering = ("-slot_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobRun]:
        return super().get_queryset(request).select_related("job")

    @admin.display(description=_("slot"))
    def slot(self, run: JobRun) -> Any:
        return shown_value(run.slot_at)

    @admin.display(description=_("clock job"))
    def name(self, run: JobRun) -> str:
        return job_words(run.job.code)

    @admin.display(description=_("state"))
    def state_badge(self, run: JobRun) -> Any:
        return run_badge(run)

    @admin.display(description=_("started at"))
    def began(self, run: JobRun) -> Any:
        if run.started_at is None or run.late is None:
            return "—"
        return f"{shown_value(run.started_at)} (+{length_words(run.late)})"

    @admin.display(description=_("last error"))
    def error(self, run: JobRun) -> str:
        return first_line(run.last_error)

    def about(self, request: HttpRequest, run: JobRun) -> dict[str, Any]:
        return {
            "title": job_words(run.job.code),
            "original": job_words(run.job.code),
            "name": job_words(run.job.code),
            "job_page": page_of(run.job),
            "state_badge": run_badge(run),
            "stream": run.job.stream,
            "error": gettext(run.last_error) if run.last_error else "",
        }


@admin.register(Calendar)
class CalendarAdmin(ReadOnlyAdmin):
    """The calendars; each has a page of its own."""

    list_display = ("name", "in_force", "years", "edited")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Its page of this year; nothing is ever posted here."""
        found = self.get_object(request, object_id)
        if found is None or request.method != "GET":
            return super().change_view(request, object_id, form_url, extra_context)
        return redirect("desk:calendar", found.pk, today().year)

    @admin.display(description=_("in force"))
    def in_force(self, calendar: Calendar) -> str:
        current = calendar.current()
        return f"v{current.number} · {shown_value(current.published_at)}"

    @admin.display(description=_("announced years"))
    def years(self, calendar: Calendar) -> str:
        return ", ".join(str(year) for year in calendar.current().years)

    @admin.display(description=_("draft"))
    def edited(self, calendar: Calendar) -> Any:
        return badge(gettext("being edited"), "wait") if calendar.draft() else "—"
