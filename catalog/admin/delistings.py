"""Staff pages of what is off sale, and of what is proposed to go (CA4)."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.kinds import DELISTING_FOLLOW_UP
from catalog.models import Delisting, DelistingCandidate
from catalog.rendering import figures_told, rules_shown
from shop.doors.desk.facts import Fact, shown
from shop.doors.desk.readonly import ReadOnlyAdmin, state_badge
from shop.doors.files.desk import link_to
from shop.work.models import WorkItem

DELISTING_LOOKS = {"open": "wait", "closed": "good"}
CANDIDATE_LOOKS = {"open": "wait", "taken": "bad", "declined": "plain", "lapsed": "plain"}


@admin.register(Delisting)
class DelistingAdmin(ReadOnlyAdmin):
    list_display = ("code", "title", "reason", "state", "channels", "requested_by", "requested_at")
    list_filter = ("status", "reason")
    list_select_related = ("product", "withdrawn", "requested_by")
    search_fields = ("product__code", "withdrawn__title")
    search_help_text = _("Product code or title")
    record_template = "catalog/desk/delisting.html"
    state = state_badge(DELISTING_LOOKS)
    state.short_description = _("state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delisting]:
        rows: QuerySet[Delisting] = super().get_queryset(request)
        return rows.annotate(
            all=Count("checks"),
            confirmed=Count("checks", filter=Q(checks__confirmed_at__isnull=False)),
        )

    @admin.display(description=_("product code"), ordering="product__code")
    def code(self, delisting: Delisting) -> str:
        return delisting.product.code

    @admin.display(description=_("title"), ordering="withdrawn__title")
    def title(self, delisting: Delisting) -> str:
        return delisting.withdrawn.title

    @admin.display(description=_("channels confirmed"))
    def channels(self, delisting: Any) -> str:
        return f"{delisting.confirmed} / {delisting.all}"

    def facts(self, delisting: Any) -> list[Fact]:
        names = (
            "product", "withdrawn", "units_left", "orders_open", "papers_open", "requested_by",
            "requested_at", "closed_by", "closed_at",
        )  # fmt: skip
        fields = [delisting._meta.get_field(name) for name in names]
        known = [Fact(field.verbose_name, shown(delisting, field)) for field in fields]
        file = [Fact(_("evidence file"), link_to(delisting.file))] if delisting.file else []
        return [*file, *known]

    def about(self, request: HttpRequest, delisting: Delisting) -> dict[str, Any]:
        following = WorkItem.objects.filter(
            kind=DELISTING_FOLLOW_UP.code,
            subject=delisting.stream,
            opened_at__gte=delisting.requested_at,
            **({"opened_at__lte": delisting.closed_at} if delisting.closed_at else {}),
        )
        return {
            "state_look": DELISTING_LOOKS[delisting.status],
            "checks": delisting.checks.select_related("channel", "confirmed_by", "delisting"),
            "following": [
                (item, DELISTING_FOLLOW_UP.reason(item.reason).label)
                for item in following.order_by("pk")
            ],
        }


@admin.register(DelistingCandidate)
class CandidateAdmin(ReadOnlyAdmin):
    list_display = ("code", "title", "rule", "why_proposed", "state", "proposed_at", "why")
    list_filter = ("status", "rule")
    list_select_related = ("product__live_revision", "delisting__withdrawn")
    search_fields = ("product__code",)
    search_help_text = _("Product code")
    record_template = "catalog/desk/candidate.html"
    leave_out = frozenset({"figures"})
    state = state_badge(CANDIDATE_LOOKS)
    state.short_description = _("state")

    @admin.display(description=_("product code"), ordering="product__code")
    def code(self, candidate: DelistingCandidate) -> str:
        return candidate.product.code

    @admin.display(description=_("title"))
    def title(self, candidate: DelistingCandidate) -> str:
        live = candidate.product.live_revision
        if live is None and candidate.delisting is not None:
            return candidate.delisting.withdrawn.title
        return live.title if live else "—"

    @admin.display(description=_("figures"))
    def why_proposed(self, candidate: DelistingCandidate) -> str:
        return figures_told(candidate)

    def about(self, request: HttpRequest, candidate: DelistingCandidate) -> dict[str, Any]:
        return {
            "state_look": CANDIDATE_LOOKS[candidate.status],
            "told": figures_told(candidate),
            "rules": rules_shown(),
        }
