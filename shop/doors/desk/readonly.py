"""The staff's view of rows that have a life: nothing is edited here, buttons call actions."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from shop.doors.desk.beginnings import beginnings_of
from shop.doors.desk.facts import Fact, facts_of
from shop.doors.desk.rows import actor_of, visible_rows


class Rows(ChangeList):
    """A list whose whole is counted once: what is shown unfiltered is the whole."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class ReadOnlyAdmin(ModelAdmin):
    """Lists, and one page per row: its facts, its buttons, its timeline.

    A chapter narrows `leave_out`, or gives `record_template` panels of its own together with
    `about`, which returns what they need.
    """

    record_template: ClassVar[str] = "desk/record.html"
    leave_out: ClassVar[frozenset[str]] = frozenset()
    actions = None
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = False
    list_fullwidth = True
    list_before_template = "desk/list_tools.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Rows]:
        return Rows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = visible_rows(self.model, actor_of(request))
        return rows.order_by(*self.get_ordering(request)) if self.get_ordering(request) else rows

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        named = {
            "title": self.opts.verbose_name_plural,
            "export_address": self._export_address(request),
            "beginnings": beginnings_of(self.model, actor_of(request)),
            **(extra_context or {}),
        }
        answer: HttpResponse = super().changelist_view(request, named)
        return answer

    def _export_address(self, request: HttpRequest) -> str:
        """Where what is shown can be exported, for whoever may; empty for others."""
        if getattr(self, "export", None) is None or not actor_of(request).may("work.export_list"):
            return ""
        address = reverse("desk:export", args=[self.opts.label_lower])
        return f"{address}?{request.GET.urlencode()}"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One row's page. A row the person may not see is 404."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "original": row,
            "row": row,
            "facts": self.facts(row),
            "stream": getattr(row, "stream", ""),
            "is_popup": False,
            **self.about(request, row),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.record_template, context)

    def facts(self, row: Any) -> list[Fact]:
        return facts_of(row, self.leave_out)

    def about(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the record's own panels need."""
        return {}


def state_badge(looks: dict[str, str]) -> Any:
    """A list column that shows `status` as a coloured word."""
    from shop.doors.templatetags.desk import badge

    @admin.display(ordering="status")
    def state(self: Any, row: Any) -> Any:
        return badge(row.get_status_display(), looks.get(row.status, "plain"))

    return state
