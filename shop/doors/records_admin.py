"""Staff pages over records: the audit trail with the state of its chain."""

import ipaddress
import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from shop.clock import SHANGHAI, today
from shop.doors.desk.facts import Fact, linked, shown_value
from shop.doors.desk.readonly import ReadOnlyAdmin
from shop.doors.desk.rows import actor_of
from shop.doors.templatetags.desk import badge
from shop.identity.models import Customer, User
from shop.records import rules
from shop.records.models import AuditEntry
from shop.records.selectors import chain_state
from shop.records.trail import fingerprint, record, stranger

LOOKS = {"sign_in_failed": "bad", "locked_out": "bad", "grant": "wait", "export": "wait"}
LOOK_AT_TRAIL = gettext_noop("the audit trail")
SUBJECT = re.compile(r"[a-z_]+:\S+")


class DayFilter(admin.SimpleListFilter):
    """One day of the last two weeks; older ones are found by typing the date."""

    title, parameter_name = _("day"), "day"
    SHOWN = 14

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        days = [today() - timedelta(days=ago) for ago in range(self.SHOWN)]
        return [(day.isoformat(), day.isoformat()) for day in days]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> QuerySet[AuditEntry]:
        day = day_of(self.value() or "")
        return on_day(queryset, day) if day else queryset


class PersonFilter(admin.SimpleListFilter):
    """One member of staff; two thousand names would want a search box, twenty want a list."""

    title, parameter_name = _("person"), "person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(user.pk), str(user)) for user in User.objects.order_by("username")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry]
    ) -> QuerySet[AuditEntry]:
        person = self.value() or ""
        return queryset.filter(user_id=int(person)) if person.isdecimal() else queryset


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def on_day(entries: QuerySet[AuditEntry], day: date) -> QuerySet[AuditEntry]:
    """By the time-ordered id, which is what the table is partitioned and indexed by."""
    midnight = datetime.combine(day, time(), SHANGHAI)
    bounds = [rules.first_id_of(midnight + timedelta(days=days)) for days in (0, 1)]
    return entries.filter(id__gte=bounds[0], id__lt=bounds[1])


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who looked, signed in, exported, was given what. Looking at this is on it too."""

    list_display = ("at", "kind_badge", "who", "subject", "why", "network_short")
    list_display_links = ("at",)
    list_filter = (("kind", admin.ChoicesFieldListFilter), PersonFilter, DayFilter)
    search_fields = ("subject",)
    search_help_text = _("Object (order:12), date (2026-11-22), network address or sign-in name")
    paginator = InfinitePaginator
    ordering = ("-id",)
    list_before_template = "desk/chain.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        return (found_by(queryset, search_term.strip()) if search_term else queryset), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self.has_view_permission(request):
            record(AuditEntry.Kind.LOOK, "audit:trail", LOOK_AT_TRAIL, by=actor_of(request))
        self.names = User.objects.in_bulk()  # staff are few; one query for the page
        return super().changelist_view(request, {"chain": chain_state(), **(extra_context or {})})

    def about(self, request: HttpRequest, entry: AuditEntry) -> dict[str, Any]:
        record(AuditEntry.Kind.LOOK, f"audit:{entry.pk}", LOOK_AT_TRAIL, by=actor_of(request))
        return {}

    def facts(self, entry: AuditEntry) -> list[Fact]:
        self.names = User.objects.in_bulk([entry.user_id] if entry.user_id else [])
        return [
            Fact(_("at"), shown_value(entry.at)),
            Fact(_("kind"), self.kind_badge(entry)),
            Fact(_("by"), self.who(entry)),
            Fact(_("object"), entry.subject),
            Fact(_("purpose"), self.why(entry)),
            Fact(_("door"), entry.door),
            Fact(_("network"), entry.network or "—"),
            Fact(_("request"), entry.request_id or "—"),
        ]

    @admin.display(description=_("kind"))
    def kind_badge(self, entry: AuditEntry) -> Any:
        return badge(entry.get_kind_display(), LOOKS.get(entry.kind, "plain"))

    @admin.display(description=_("by"))
    def who(self, entry: AuditEntry) -> Any:
        """Staff by name and page, a customer by number, else nobody we know."""
        if entry.user_id:
            user = self.names.get(entry.user_id)
            return linked(user) if user else gettext("former staff")
        if entry.customer_id:
            return linked(Customer(pk=entry.customer_id))
        return gettext("unknown") if entry.door == "desk" else gettext("system")

    @admin.display(description=_("purpose"))
    def why(self, entry: AuditEntry) -> str:
        return gettext(entry.purpose)

    @admin.display(description=_("network"))
    def network_short(self, entry: AuditEntry) -> str:
        return entry.network[:8] or "—"


def found_by(entries: QuerySet[AuditEntry], text: str) -> QuerySet[AuditEntry]:
    """By object, by day, by network address, or by the name somebody signed in under."""
    if day := day_of(text):
        return on_day(entries, day)
    if SUBJECT.fullmatch(text):
        return entries.filter(subject=text)
    try:
        return entries.filter(network=fingerprint(str(ipaddress.ip_address(text))))
    except ValueError:
        user = User.objects.filter(username=text).first()
        return entries.filter(subject=user.stream if user else stranger(text))
