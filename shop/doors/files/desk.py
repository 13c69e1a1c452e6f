"""Files on the staff side: the register, and the door through which one is read."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from shop.doors.desk.facts import Fact
from shop.doors.desk.live import staff_page
from shop.doors.desk.readonly import ReadOnlyAdmin
from shop.doors.desk.rows import actor_of
from shop.doors.files.answers import download, read_or_report
from shop.doors.templatetags.desk import badge
from shop.errors import DomainError
from shop.records.models import StoredFile
from shop.records.purposes import PURPOSES


@require_GET
@staff_page
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    """The file itself, for whoever its purpose allows; to others it does not exist."""
    by = actor_of(request)
    stored = get_object_or_404(StoredFile.objects.visible_to(by), pk=pk)
    try:
        return download(stored, read_or_report(stored, by=by))
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:records_storedfile_change", stored.pk)


class PurposeFilter(admin.SimpleListFilter):
    """What it is kept for."""

    title, parameter_name = _("purpose"), "purpose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, purpose.label) for code, purpose in PURPOSES.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(purpose=self.value()) if self.value() else queryset


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    """What is kept, why and until when. The content is one press away, and on the trail."""

    list_display = ("number", "why", "content_type", "how_large", "kept_at", "until", "state")
    list_filter = (PurposeFilter,)
    leave_out = frozenset({"sha256", "key", "name", "size", "purpose", "removed_why", "owner"})

    @admin.display(description=_("file"), ordering="pk")
    def number(self, stored: StoredFile) -> str:
        return f"F{stored.pk:06d}"

    @admin.display(description=_("purpose"))
    def why(self, stored: StoredFile) -> Any:
        purpose = PURPOSES.get(stored.purpose)
        return purpose.label if purpose else stored.purpose

    @admin.display(description=_("size"), ordering="size")
    def how_large(self, stored: StoredFile) -> str:
        return filesizeformat(stored.size)

    @admin.display(description=_("keep until"), ordering="keep_until")
    def until(self, stored: StoredFile) -> Any:
        return stored.keep_until or "—"

    @admin.display(description=_("state"))
    def state(self, stored: StoredFile) -> Any:
        if stored.removed_at is None:
            return badge(_("kept"), "good")
        return badge(stored.get_removed_why_display(), "plain")

    def facts(self, stored: StoredFile) -> list[Fact]:
        known = super().facts(stored)
        shown = [
            Fact(_("purpose"), self.why(stored)),
            Fact(_("size"), self.how_large(stored)),
            Fact(_("state"), self.state(stored)),
            Fact("SHA-256", bytes(stored.sha256).hex()),
        ]
        if stored.removed_at is None:
            shown.insert(0, Fact(_("content"), link_to(stored)))
        return shown + known


def link_to(stored: StoredFile) -> Any:
    """The way to its content."""
    return format_html(
        '<a class="font-medium text-primary-600 hover:underline" href="{}">{}</a>',
        reverse("desk:file", args=[stored.pk]),
        stored.name,
    )
