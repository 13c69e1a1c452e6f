"""The notice log: who was told what, by which channel, what became of it and why not."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from shop.doors.desk.buttons import button
from shop.doors.desk.readonly import ReadOnlyAdmin
from shop.doors.templatetags.desk import badge
from shop.events.selectors import history
from shop.identity.roles import BY_CODE
from shop.notices.actions.sendings import resend_notice
from shop.notices.kinds import KINDS
from shop.notices.models import Notice, NoticeSending
from shop.notices.rendering import page_of_subject, words_of
from shop.notices.selectors import address_of, name_of

LOOKS = {
    "queued": "wait",
    "held": "wait",
    "sending": "wait",
    "sent": "good",
    "refused": "plain",
    "failed": "bad",
    "unknown": "bad",
    "withdrawn": "plain",
}

RESEND = button(
    resend_notice,
    _("Send again"),
    _("It is being sent again."),
    confirm=_("It may have arrived already: then it arrives twice, under one number. Send it?"),
)


class NoticeKindFilter(admin.SimpleListFilter):
    """Kinds known in the code."""

    title, parameter_name = _("kind"), "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, kind.label) for code, kind in KINDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class OutcomeFilter(admin.SimpleListFilter):
    """Notices of which some sending is in this state."""

    title, parameter_name = _("state"), "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(NoticeSending.Status.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        if not self.value():
            return queryset
        found = NoticeSending.objects.filter(status=self.value()).values("notice")
        return queryset.filter(pk__in=found)


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """All notices, newest first. The table only grows: it is never counted."""

    list_display = ("raised_at", "label", "told", "outcomes", "subject")
    list_display_links = ("label",)
    list_filter = (OutcomeFilter, NoticeKindFilter)
    search_fields = ("subject",)
    search_help_text = _("Subject, for example order:123")
    record_template = "desk/notice.html"
    paginator = InfinitePaginator
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        rows: QuerySet[Notice] = super().get_queryset(request)
        named = rows.select_related("party__user", "party__customer")
        return named.prefetch_related("sendings")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Notice], search_term: str
    ) -> tuple[QuerySet[Notice], bool]:
        return (queryset.filter(subject=search_term) if search_term else queryset), False

    @admin.display(description=_("kind"))
    def label(self, notice: Notice) -> Any:
        kind = KINDS.get(notice.kind)
        return kind.label if kind else notice.kind

    @admin.display(description=_("told"))
    def told(self, notice: Notice) -> str:
        return told_of(notice)

    @admin.display(description=_("outcome"))
    def outcomes(self, notice: Notice) -> Any:
        shown = [(badge(outcome_of(one), LOOKS[one.status]),) for one in notice.sendings.all()]
        return format_html_join(" ", "{}", shown)

    def about(self, request: HttpRequest, notice: Notice) -> dict[str, Any]:
        return {
            "words": words_of(notice),
            "stream": notice.stream if history(notice.stream).exists() else "",
            "page": page_of_subject(notice),
            "kind_label": self.label(notice),
            "told": told_of(notice),
            "post": post_of(notice) if notice.party_id else "",
            "sendings": [
                {"row": one, "look": LOOKS[one.status], "address": address_of(one)}
                for one in notice.sendings.select_related("notice__party__user")
            ],
        }


def told_of(notice: Notice) -> str:
    """A person by name, a group or an empty post by the post's."""
    return name_of(notice.party) if notice.party else post_of(notice)


def post_of(notice: Notice) -> str:
    """The post it was meant for; whoever stands in for it is said to."""
    role = BY_CODE.get(notice.post)
    name = str(role.name) if role else notice.post
    return f"{name}（{_('stands in')}）" if notice.stands_in else name


def outcome_of(sending: NoticeSending) -> str:
    why = f"：{sending.get_reason_display()}" if sending.reason else ""
    return f"{sending.get_channel_display()} {sending.get_status_display()}{why}"
