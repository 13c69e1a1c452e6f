"""Lists as tables: what somebody sees of a list, on record, marked, and within four eyes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from shop.clock import now
from shop.doors.desk.live import staff_page
from shop.doors.desk.rows import actor_of, page_of
from shop.doors.sheets import Column, Sheet, write_csv, write_xlsx
from shop.doors.sheets.cells import TEXT, Kind
from shop.errors import Text
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.records.contents import ContentKind
from shop.records.models import AuditEntry
from shop.records.trail import record
from shop.work.actions.approvals import request_approval, use_approval
from shop.work.actions.jobs import start_job
from shop.work.errors import FourEyesRefusal
from shop.work.kinds import BIG_EXPORT
from shop.work.long_work import Result
from shop.work.models import Job
from shop.work.rules import LONGEST_TEXT
from shop.work.runner import Step

EXPORT = "doors.export_list"
EXPORT_LIST = "work.export_list"
SAID_EVERY = 500
"""Rows after which a long export says that it is still at work."""

AT_ONCE = 500
"""Rows that are written while the person waits; more is long work."""

PERSONS_ALONE = 1_000
"""Persons whose rows somebody may take out of the house without a second one's yes (I8)."""

MOST_ROWS = 50_000
LIST_TAKEN = gettext_noop("a list was exported")


@dataclass(frozen=True)
class ExportColumn:
    """A column of an exported list; with a `permission` only for whoever holds it."""

    title: Text
    value: Callable[[Any], Any]
    kind: Kind = TEXT
    permission: str = ""


@dataclass(frozen=True)
class Export:
    """What of a list is exported. `of_persons`: each row is about a person."""

    columns: tuple[ExportColumn, ...]
    of_persons: bool = False

    def for_actor(self, actor: Actor) -> list[ExportColumn]:
        return [one for one in self.columns if not one.permission or actor.may(one.permission)]


class ExportForm(forms.Form):
    format = forms.ChoiceField(label=_("Format"), choices=[("xlsx", "XLSX"), ("csv", "CSV")])
    reason = forms.CharField(
        label=_("What for"), max_length=LONGEST_TEXT, widget=forms.Textarea({"rows": 2})
    )


@dataclass(frozen=True)
class Wanted:
    """A list as one person sees it, filtered as they have it before them."""

    page: Any
    export: Export
    query: str
    by: Actor

    @property
    def label(self) -> str:
        return self.page.opts.label_lower

    @property
    def name(self) -> str:
        return str(self.page.opts.verbose_name_plural)

    def rows(self) -> Any:
        """The list's own rows under its own filters, for this person."""
        request = RequestFactory().get("/", QueryDict(self.query).dict())
        request.user = cast(User, self.by.user)
        return self.page.get_changelist_instance(request).get_queryset(request)

    def payload(self, format: str, count: int) -> dict[str, Any]:
        """What a second person says yes to: up to so many thousand of exactly this."""
        upto = -(-count // PERSONS_ALONE) * PERSONS_ALONE
        return {"list": self.name, "filter": self.query, "persons": upto, "format": format}

    def needs_approval(self, count: int) -> bool:
        return self.export.of_persons and count > PERSONS_ALONE


def wanted(label: str, query: str, by: Actor) -> Wanted:
    """Raises Http404 for what is no list that can be exported, PermissionDenied."""
    pages = {model._meta.label_lower: page for model, page in admin.site._registry.items()}
    page = pages.get(label)
    export: Export | None = getattr(page, "export", None)
    if page is None or export is None:
        raise Http404
    view = f"{page.opts.app_label}.view_{page.opts.model_name}"
    if not (by.may(view) and by.may(EXPORT_LIST)):
        raise PermissionDenied
    return Wanted(page, export, query, by)


@require_http_methods(["GET", "POST"])
@staff_page
def page(request: HttpRequest, label: str) -> HttpResponse:
    """What would be exported, and whether somebody must agree first; POST does it or asks."""
    by = actor_of(request)
    want = wanted(label, request.GET.urlencode(), by)
    count = want.rows().count()
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and count <= MOST_ROWS:
        return _taken(request, want, form.cleaned_data, count)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Export: %(list)s") % {"list": want.name},
        "form": form,
        "count": count,
        "columns": want.export.for_actor(by),
        "needs_approval": want.needs_approval(count),
        "too_many": count > MOST_ROWS,
        "most": MOST_ROWS,
    }
    return TemplateResponse(request, "work/desk/export.html", context)


def _taken(request: HttpRequest, want: Wanted, said: dict[str, Any], count: int) -> HttpResponse:
    if not want.needs_approval(count) and count <= AT_ONCE:
        record(AuditEntry.Kind.EXPORT, f"list:{want.label}", LIST_TAKEN, by=want.by)
        return _download(want, said["format"])
    try:
        _start(want, said["format"], count)
    except FourEyesRefusal:
        return _asked(request, want, said, count)
    messages.success(request, gettext("It has begun. Leave this page if you like."))
    return redirect("desk:queue", "jobs")


def _start(want: Wanted, format: str, count: int) -> None:
    """As long work; what needs a second one's yes uses it up in the same transaction."""
    with transaction.atomic():
        if want.needs_approval(count):
            use_approval(
                BIG_EXPORT, f"list:{want.label}", want.payload(format, count), version=0, by=want.by
            )
        record(AuditEntry.Kind.EXPORT, f"list:{want.label}", LIST_TAKEN, by=want.by)
        payload = {"list": want.label, "query": want.query, "format": format, "name": want.name}
        start_job(EXPORT, {**payload, "most": want.payload(format, count)["persons"]}, by=want.by)


def _asked(request: HttpRequest, want: Wanted, said: dict[str, Any], count: int) -> HttpResponse:
    approval = request_approval(
        BIG_EXPORT,
        f"list:{want.label}",
        want.payload(said["format"], count),
        version=0,
        reason=said["reason"],
        by=want.by,
    )
    messages.info(request, gettext("More than 1,000 persons: somebody else has to agree first."))
    return redirect(page_of(approval))


def _download(want: Wanted, format: str) -> HttpResponse:
    kind = ContentKind.XLSX if format == "xlsx" else ContentKind.CSV
    answer = HttpResponse(_written(want, format), content_type=kind.value)
    answer["Content-Disposition"] = f'attachment; filename="{want.label}.{format}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def run_export(job: Job, step: Step) -> Result | None:
    """Written in one go: begun again it is read again. The starter's rights are read anew, and
    no more rows are taken than were agreed to."""
    said = job.payload
    fresh = User.objects.get(pk=job.started_by_id)
    want = wanted(said["list"], said["query"], Actor.staff(fresh))
    count = min(want.rows().count(), said["most"])
    step.measure(count)
    content = _written(want, said["format"], count, step.go_on)
    with step.batch() as batch:
        batch.done, batch.resume = count - step.job.done, count
    return Result(f"{want.name}.{said['format']}", content)


def _written(
    want: Wanted,
    format: str,
    most: int = MOST_ROWS,
    still_at_it: Callable[[], object] = lambda: None,
) -> bytes:
    """Marked on every row and every printed page: who took it, and when."""
    mark = f"{want.by.user} {localtime(now()):%Y-%m-%d %H:%M}"
    columns = want.export.for_actor(want.by)
    titles = [Column(one.title, one.kind) for one in columns]
    found = _told_of(want.rows()[:most], still_at_it)
    rows = ([*(one.value(row) for one in columns), mark] for row in found)
    sheet = Sheet(want.name, [*titles, Column(_("exported by"))], rows, footer=mark)
    return write_csv(sheet) if format == "csv" else write_xlsx([sheet])


def _told_of(rows: Iterable[Any], still_at_it: Callable[[], object]) -> Iterator[Any]:
    for at, row in enumerate(rows):
        if at % SAID_EVERY == 0:
            still_at_it()
        yield row
