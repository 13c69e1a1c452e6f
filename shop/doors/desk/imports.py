"""Imports on the desks: choose a table, see what would be refused, apply it as long work."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from shop.doors.desk.live import staff_page
from shop.doors.desk.rows import actor_of, user_of
from shop.doors.imports.applying import IMPORT, TRIED, preview
from shop.doors.imports.declared import IMPORTERS, Importer, places_of, title_of
from shop.doors.sheets import Column, Sheet, read_table, write_xlsx
from shop.errors import DomainError
from shop.records.contents import ContentKind
from shop.records.models import StoredFile
from shop.work.actions.jobs import JOB_FILE, keep_job_file, start_job

MOST_SHOWN = 50


class TableForm(forms.Form):
    table = forms.FileField(
        label=_("Table (.xlsx or .csv)"),
        widget=forms.ClearableFileInput({"accept": ".xlsx,.csv"}),
    )


@require_http_methods(["GET", "POST"])
@staff_page
def page(request: HttpRequest, code: str) -> HttpResponse:
    """What the table must look like, and where to give it."""
    made = importer_or_404(request, code)
    form = TableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        stored = _taken(request, made, form)
        if stored is not None:
            return redirect("desk:import_preview", made.code, stored.pk)
    context = {**_common(request, made), "form": form}
    return TemplateResponse(request, "work/desk/import.html", context)


def _taken(request: HttpRequest, made: Importer, form: TableForm) -> StoredFile | None:
    """Read once under its limits before anything is kept; a refusal stands beside the field."""
    given = form.cleaned_data["table"]
    content = given.read(made.limits.bytes + 1)
    try:
        places_of(made, read_table(content, given.name, made.limits))
        return keep_job_file(given.name, content, by=actor_of(request))
    except DomainError as refusal:
        form.add_error("table", str(refusal))
        return None


@require_http_methods(["GET", "POST"])
@staff_page
def look(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """What would be refused and why; POST applies the rest."""
    made = importer_or_404(request, code)
    by = actor_of(request)
    mine = StoredFile.objects.kept().filter(purpose=JOB_FILE.code, owner=user_of(request).party)
    stored = get_object_or_404(mine, pk=pk)
    if request.method == "POST":
        payload = {"importer": made.code, "name": str(made.label)}
        start_job(IMPORT, payload, source=stored, by=by)
        messages.success(request, gettext("It has begun. Leave this page if you like."))
        return redirect("desk:queue", "jobs")
    shown = preview(made, stored, by)
    context = {
        **_common(request, made),
        "stored": stored,
        "preview": shown,
        "refusals": [
            {"row": one.row, "column": title_of(made, one.column), "said": one.said}
            for one in shown.refusals[:MOST_SHOWN]
        ],
        "more": max(0, len(shown.refusals) - MOST_SHOWN),
        "good": len(shown.table.rows) - shown.refused,
        "tried": TRIED,
        "rows": shown.table.rows[:5],
    }
    return TemplateResponse(request, "work/desk/import_preview.html", context)


@require_GET
@staff_page
def template(request: HttpRequest, code: str) -> HttpResponse:
    """An empty table with the right headings and one example."""
    made = importer_or_404(request, code)
    columns = [Column(column.title) for column in made.columns]
    example = [column.example for column in made.columns]
    answer = HttpResponse(
        write_xlsx([Sheet(made.label, columns, [example])]), content_type=ContentKind.XLSX.value
    )
    answer["Content-Disposition"] = f'attachment; filename="{made.code}.xlsx"'
    return answer


def importer_or_404(request: HttpRequest, code: str) -> Importer:
    made = IMPORTERS.get(code)
    if made is None or not actor_of(request).may(made.permission):
        raise Http404
    return made


def _common(request: HttpRequest, made: Importer) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": made.label, "importer": made}
