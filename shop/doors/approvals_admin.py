"""Staff pages over approvals: the register, and one approval with all that a decision needs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shop.books.money import yuan
from shop.doors.desk import approvals
from shop.doors.desk.readonly import ReadOnlyAdmin, state_badge
from shop.doors.desk.rows import actor_of, visible_rows
from shop.doors.desk.words import words
from shop.work.kinds import APPROVALS
from shop.work.models import Approval, Deputation
from shop.work.selectors.approvals import present_of, refusal_for


class ApprovalKindFilter(admin.SimpleListFilter):
    title, parameter_name = _("kind of approval"), "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, kind.label) for code, kind in APPROVALS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    """What was asked for, by whom, who decided it, and what became of it."""

    list_display = ("title", "state", "amount", "requested_by", "requested_at", "decided_by",
                    "decided_at")  # fmt: skip
    list_display_links = ("title",)
    list_filter = ("status", ApprovalKindFilter)
    search_fields = ("subject", "requested_by__name", "decided_by__name")
    search_help_text = _("Subject (order:123) or person")
    record_template = "work/desk/approval.html"
    state = state_badge(approvals.LOOKS)
    state.short_description = _("state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        rows: QuerySet[Approval] = super().get_queryset(request)
        return rows.select_related("requested_by", "decided_by", "in_name_of", "used_by")

    @admin.display(description=_("approval"))
    def title(self, approval: Approval) -> Any:
        return approval.title

    @admin.display(description=_("amount"), ordering="amount_fen")
    def amount(self, approval: Approval) -> str:
        return "—" if approval.amount_fen is None else yuan(approval.amount_fen)

    def about(self, request: HttpRequest, approval: Approval) -> dict[str, Any]:
        by = actor_of(request)
        present = present_of(approval)
        waits = approval.status == Approval.Status.REQUESTED
        refusal = refusal_for(approval, by.user) if waits and by.user else None
        subject = approvals.subject_of(approval)
        return {
            "badge_look": approvals.LOOKS[approval.status],
            "lines": approvals.lines_of(approval, present),
            "has_moved": present is not None and present.version != approval.target_version,
            "is_intact": approval.is_intact,
            "refusal": refusal,
            "acts": approvals.offered(approval, by, may_decide=waits and refusal is None),
            "clock": approvals.due_of([approval]).get(approval.pk, {}).get("clock"),
            "subject": subject,
            "subject_kind": subject._meta.verbose_name if subject else "",
            "sees_subject": subject is not None
            and visible_rows(type(subject), by).filter(pk=subject.pk).exists(),
            "words": words(),
        }


@admin.register(Deputation)
class DeputationAdmin(ReadOnlyAdmin):
    """Who decided in whose name, and when."""

    list_display = ("principal", "deputy", "starts_at", "ends_at", "ended_at", "why")
    search_fields = ("principal__name", "deputy__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deputation]:
        return super().get_queryset(request).select_related("principal", "deputy")
