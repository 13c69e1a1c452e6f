"""Staff pages over the kernel's own rows: people, deliveries, events, messages."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.paginator import InfinitePaginator

from shop.clock import now
from shop.doors import ledger  # noqa: F401 - its pages are registered there
from shop.doors.desk import jobs, mail_log, notice_log, work  # noqa: F401 - they register their pages
from shop.doors.desk.buttons import BUTTONS, button
from shop.doors.desk.exports import Export, ExportColumn
from shop.doors.desk.readonly import ReadOnlyAdmin, state_badge
from shop.doors.desk.rows import actor_of, visible_rows
from shop.doors.desk.timeline import detail_of, label_of, who_of
from shop.doors.desk.words import words
from shop.doors.sheets import INSTANT, NUMBER
from shop.doors.templatetags.desk import badge
from shop.events.actions import replay_delivery, skip_delivery
from shop.events.models import Delivery, EventLog, InboxMessage
from shop.events.outbox import EVENTS, LANES, REACTIONS
from shop.identity.actions import dismiss_staff_user, reset_second_factor
from shop.identity.models import Customer, ResetReason, User
from shop.identity.roles import ROLES
from shop.records.models import AuditEntry
from shop.records.trail import record
from shop.work.kinds import KINDS
from shop.work.models import WorkItem

# Groups are written from roles.py, devices are enrolled: neither is edited by hand.
for model in (Group, TOTPDevice):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

WORK_LOOKS = {"open": "wait", "taken": "go", "closed": "good", "cancelled": "plain"}
DELIVERY_LOOKS = {"pending": "wait", "done": "plain", "parked": "bad", "skipped": "plain"}


LOOK_AT_CUSTOMER = gettext_noop("the customer's page")


def is_parked(delivery: Delivery) -> bool:
    return delivery.state == Delivery.State.PARKED


button(
    replay_delivery,
    _("Try again"),
    _("It is being tried again now."),
    when=is_parked,
    is_primary=True,
)
button(
    skip_delivery,
    _("Give up"),
    _("Given up; later ones of its subject go on."),
    when=is_parked,
    confirm=_("What this delivery should have done will then never happen. Give it up for good?"),
)


button(
    dismiss_staff_user,
    _("Close the account"),
    _("Closed; open work went back to the posts."),
    when=lambda user: user.is_active,
    confirm=_("This person leaves the company? The account opens nothing from now on, and what"
              " is in their hands falls back to their posts."),
)  # fmt: skip


class ResetForm(forms.Form):
    """Why a device is taken off an account."""

    why = forms.ChoiceField(label=_("Reason"), choices=ResetReason.choices)


def has_device(user: User) -> bool:
    devices: Any = user.totpdevice_set  # type: ignore[attr-defined]
    return any(device.confirmed for device in devices.all())


button(
    reset_second_factor,
    _("Reset the second factor"),
    _("Reset: signed out everywhere; the next sign-in enrols a new device."),
    when=has_device,
    form=ResetForm,
    confirm=_(
        "Have you made sure, in person or by a call to the number on file, that it is really this"
        " colleague who asks? The reset is kept on the audit trail."
    ),
)


class Choice(admin.SimpleListFilter):
    """A filter over names known in the code: no query over a large table fills it."""

    names: list[tuple[str, Any]] = []
    column = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return self.names

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class StateFilter(admin.SimpleListFilter):
    """What is still owed, unless another state is asked for."""

    title, parameter_name = _("state"), "state"
    OWED = (Delivery.State.PARKED, Delivery.State.PENDING)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Delivery.State.choices)

    def choices(self, changelist: Any) -> Any:
        """Django's own first choice is called All; ours is what it shows."""
        unasked, *states = super().choices(changelist)
        return [{**unasked, "display": _("parked and waiting")}, *states]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        return queryset.filter(state__in=[self.value()] if self.value() else self.OWED)


class LaneFilter(Choice):
    title, parameter_name, column = _("lane"), "lane", "lane"
    names = [(lane, lane) for lane in LANES]


class ReactionFilter(Choice):
    title, parameter_name, column = _("reaction"), "reaction", "reaction"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, name) for name in sorted(REACTIONS)]


class KindFilter(Choice):
    title, parameter_name, column = _("event"), "kind", "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, f"{kind.label} ({name})") for name, kind in sorted(EVENTS.items())]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What is owed to facts. Parked deliveries come first: they wait for people."""

    list_display = ("reaction", "state_badge", "lane", "subject", "attempts", "error", "created_at")
    list_filter = (StateFilter, LaneFilter, ReactionFilter)
    search_fields = ("stream",)
    search_help_text = _("Subject, for example order:123")
    record_template = "desk/delivery.html"
    leave_out = frozenset({"last_error", "seq", "handed_at", "leased_until", "trying_since"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Parked, then waiting, then the settled ones; the newest of each first."""
        urgency = Case(
            When(state=Delivery.State.PARKED, then=Value(0)),
            When(state=Delivery.State.PENDING, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        rows: QuerySet[Delivery] = super().get_queryset(request).select_related("event")
        return rows.annotate(urgency=urgency).order_by("urgency", "-pk")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        return (queryset.filter(stream=search_term) if search_term else queryset), False

    @admin.display(description=_("state"))
    def state_badge(self, delivery: Delivery) -> Any:
        return badge(delivery.get_state_display(), DELIVERY_LOOKS[delivery.state])

    @admin.display(description=_("subject"))
    def subject(self, delivery: Delivery) -> str:
        return f"{delivery.stream} #{delivery.seq}"

    @admin.display(description=_("last error"))
    def error(self, delivery: Delivery) -> str:
        first = delivery.last_error.splitlines()[0] if delivery.last_error else "—"
        return first if len(first) <= 80 else f"{first[:79]}…"

    def about(self, request: HttpRequest, delivery: Delivery) -> dict[str, Any]:
        behind = Delivery.objects.filter(
            reaction=delivery.reaction, stream=delivery.stream, seq__gt=delivery.seq
        ).filter(state=Delivery.State.PENDING)
        return {
            "badge_look": DELIVERY_LOOKS[delivery.state],
            "event_label": label_of(delivery.event),
            "stream": delivery.stream,
            "behind": behind.count(),
        }


class WorkKindFilter(Choice):
    title, parameter_name, column = _("kind of work"), "kind", "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, kind.label) for code, kind in KINDS.items()]


class PostFilter(Choice):
    title, parameter_name, column = _("post"), "post", "role"
    names = [(role.code, role.name) for role in ROLES]


@admin.register(EventLog)
class EventLogAdmin(ReadOnlyAdmin):
    """All facts, newest first. The table only grows: it is never counted."""

    list_display = ("at", "label", "subject", "figures", "who")
    list_display_links = ("label",)
    list_filter = (KindFilter,)
    search_fields = ("stream",)
    search_help_text = _("Subject, for example order:123")
    paginator = InfinitePaginator
    ordering = ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[EventLog], search_term: str
    ) -> tuple[QuerySet[EventLog], bool]:
        return (queryset.filter(stream=search_term) if search_term else queryset), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self.names = User.objects.in_bulk()  # staff are few; one query for the page
        return super().changelist_view(request, extra_context)

    @admin.display(description=_("event"))
    def label(self, fact: EventLog) -> Any:
        return label_of(fact)

    @admin.display(description=_("subject"))
    def subject(self, fact: EventLog) -> str:
        return f"{fact.stream} #{fact.seq}"

    @admin.display(description=_("figures"))
    def figures(self, fact: EventLog) -> Any:
        return detail_of(fact) or "—"

    @admin.display(description=_("by"))
    def who(self, fact: EventLog) -> Any:
        return who_of(fact, self.names)


@admin.register(InboxMessage)
class InboxMessageAdmin(ReadOnlyAdmin):
    """What came from outside: when and what became of it, never what it says."""

    list_display = ("external_id", "source", "outcome", "repeats", "received_at", "applied_at")
    list_filter = ("source",)
    search_fields = ("external_id",)
    leave_out = frozenset({"raw"})

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxMessage]:
        return super().get_queryset(request).defer("raw")


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Staff accounts: who holds which post, since when, with a device or not yet."""

    list_display = ("username", "name", "posts", "has_device", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username", "name")
    leave_out = frozenset({"password", "email", "is_superuser", "is_staff", "party"})
    record_template = "desk/user.html"
    ordering = ("username",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "totpdevice_set")

    @admin.display(description=_("posts"))
    def posts(self, user: User) -> str:
        return "、".join(str(role.name) for role in user.roles) or "—"

    @admin.display(description=_("device"))
    def has_device(self, user: User) -> Any:
        enrolled = has_device(user)
        return badge(_("enrolled"), "good") if enrolled else badge(_("not yet"), "wait")

    def about(self, request: HttpRequest, user: User) -> dict[str, Any]:
        return {"roles": user.roles, "has_device": self.has_device(user)}


@admin.register(WorkItem)
class WorkItemAdmin(ReadOnlyAdmin):
    """All work that one's posts, and those below them, have or had."""

    list_display = ("title", "state", "kind_name", "whose", "due", "opened_at", "closed_at")
    list_display_links = ("title",)
    list_filter = ("status", WorkKindFilter, PostFilter)
    search_fields = ("subject", "figures__number", "person__name")
    search_help_text = _("Order number, subject (order:123) or person")
    record_template = "work/desk/item.html"
    state = state_badge(WORK_LOOKS)
    state.short_description = _("state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkItem]:
        rows: QuerySet[WorkItem] = super().get_queryset(request)
        return rows.select_related("clock__version", "person", "opened_by", "closed_by")

    @admin.display(description=_("work"))
    def title(self, item: WorkItem) -> Any:
        return item.title

    @admin.display(description=_("kind of work"), ordering="kind")
    def kind_name(self, item: WorkItem) -> Any:
        return KINDS[item.kind].label if item.kind in KINDS else item.kind

    @admin.display(description=_("whose"), ordering="role")
    def whose(self, item: WorkItem) -> str:
        return f"{item.post} · {item.person}" if item.person else str(item.post)

    @admin.display(description=_("due at"), ordering="clock__breach_at")
    def due(self, item: WorkItem) -> Any:
        return item.due_at or "—"

    def about(self, request: HttpRequest, item: WorkItem) -> dict[str, Any]:
        by = actor_of(request)
        subject = work.subject_of(item)
        sees_subject = (
            subject is not None and visible_rows(type(subject), by).filter(pk=subject.pk).exists()
        )
        return {
            "kind": item.declared,
            "reason": work.reason_of(item),
            "late": item.lateness(now()),
            "waits_for": work.waits_for(item),
            "holds": [BUTTONS[step].label for step in item.holds],
            "outcome": work.outcome_of(item),
            "badge_look": WORK_LOOKS[item.status],
            "acts": work.offered(work.ACTS, item, by),
            "log_acts": work.offered(work.LOG_ACTS, item, by),
            "entries": item.entries.select_related("written_by"),
            "hand_overs": work.hand_overs_of(item),
            "subject": subject,
            "subject_kind": subject._meta.verbose_name if subject else "",
            "sees_subject": sees_subject,
            "mends_subject": sees_subject and item.kind in work.MENDED_THERE,
            "error": getattr(subject, "last_error", ""),
            "words": words(),
        }


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """Customers by nickname; what identifies them stays masked."""

    list_display = ("name", "created_at")
    search_fields = ("nickname",)
    leave_out = frozenset({"party"})
    export = Export(
        (
            ExportColumn(_("number"), lambda customer: customer.pk, NUMBER),
            ExportColumn(_("customer"), str),
            ExportColumn(_("since"), lambda customer: customer.created_at, INSTANT),
        ),
        of_persons=True,
    )

    def about(self, request: HttpRequest, customer: Customer) -> dict[str, Any]:
        """Whoever opens a customer's page is on the audit trail."""
        look = AuditEntry.Kind.LOOK
        record(look, customer.stream, LOOK_AT_CUSTOMER, by=actor_of(request))
        return {}

    @admin.display(description=_("customer"), ordering="nickname")
    def name(self, customer: Customer) -> str:
        return str(customer)


from shop.doors import (  # noqa: E402 - more kernel pages
    approvals_admin,  # noqa: F401
    policies_admin,  # noqa: F401
    records_admin,  # noqa: F401
)
from shop.doors.files import desk as files_desk  # noqa: E402, F401 - files too
from shop.doors.forms import desk as forms_desk  # noqa: E402, F401 - scored forms
from shop.doors.papers import desk as papers_desk  # noqa: E402, F401 - licences
from shop.doors.rights import desk as rights_desk  # noqa: E402, F401 - and requests
