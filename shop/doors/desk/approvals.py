"""Approvals on the desks: the queue of what waits for my yes, and what exactly would happen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from shop.books.money import yuan
from shop.doors.desk.buttons import Button, button
from shop.doors.desk.facts import NOTHING, shown_value
from shop.doors.desk.queues import Queue, View, register_queue
from shop.doors.desk.timeline import in_words
from shop.doors.desk.work import row_behind
from shop.errors import Text
from shop.identity.actors import Actor
from shop.work.actions.approvals import approve, reject, withdraw
from shop.work.events import ApprovalBlocked
from shop.work.kinds import APPROVALS, ApprovalKind
from shop.work.models import Approval, WorkItem
from shop.work.rules import LONGEST_TEXT
from shop.work.selectors.approvals import Present, waiting_for

LOOKS = {"requested": "wait", "granted": "good", "used": "plain", "rejected": "bad",
         "withdrawn": "plain", "expired": "plain"}  # fmt: skip
SHORT = {"rows": 3, "maxlength": LONGEST_TEXT}
MONEY = "_fen"

Shown = Callable[[str, Any], Any]
WORDS: dict[str, Shown] = {}
"""Kind of approval → a value of its payload as people read it."""


def words_for(kind: ApprovalKind) -> Callable[[Shown], Shown]:
    """Register how the values of this kind's payloads read; without, money and plain values."""

    def register(words: Shown) -> Shown:
        WORDS[kind.code] = words
        return words

    return register


@dataclass(frozen=True)
class Line:
    """One value of what would happen, and what it is now when that is another."""

    label: Text
    asked: Any
    now: Any
    has_moved: bool


def lines_of(approval: Approval, present: Present | None) -> list[Line]:
    """Everything in the payload: what its kind has words for first, then the rest as it is."""
    kind = APPROVALS.get(approval.kind)
    labels: Mapping[str, Text] = kind.fields if kind else {}
    today = present.payload if present else approval.payload
    told = (set(approval.payload) | set(today)) - set(kind.about if kind else ())
    keys = [*(key for key in labels if key in told), *sorted(told - set(labels))]
    return [
        Line(
            labels.get(key, key),
            shown(approval.kind, key, approval.payload.get(key)),
            shown(approval.kind, key, today.get(key)),
            present is not None and today.get(key) != approval.payload.get(key),
        )
        for key in keys
    ]


def shown(kind: str, key: str, value: Any) -> Any:
    if value is None or value == "":
        return NOTHING
    if words := WORDS.get(kind):
        return words(key, value)
    return yuan(value) if key.endswith(MONEY) and isinstance(value, int) else shown_value(value)


def subject_of(approval: Approval) -> Model | None:
    """The row that would change, when its kind says where it is."""
    kind = APPROVALS.get(approval.kind)
    return row_behind(approval.subject, kind.models if kind else {})


class ApproveForm(forms.Form):
    comment = forms.CharField(
        label=_("Comment"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(SHORT),
    )


class RejectForm(forms.Form):
    comment = forms.CharField(label=_("Why"), max_length=LONGEST_TEXT, widget=forms.Textarea(SHORT))


def is_anothers(approval: Approval, actor: Actor) -> bool:
    return actor.user is not None and approval.requested_by_id != actor.user.pk


def is_own(approval: Approval, actor: Actor) -> bool:
    return actor.user is not None and approval.requested_by_id == actor.user.pk


APPROVE = button(
    approve,
    _("Approve"),
    _("Approved; it can be carried out now."),
    form=ApproveForm,
    confirm=_("Have you compared what is asked with what is there? Your name stands under it."),
    suits=is_anothers,
    is_primary=True,
)
REJECT = button(
    reject, _("Reject"), _("Rejected, with your words."), form=RejectForm, suits=is_anothers
)
WITHDRAW = button(
    withdraw,
    _("Take back"),
    _("Taken back."),
    confirm=_("Take this back? It can be asked for again."),
    suits=is_own,
)


def offered(approval: Approval, by: Actor, may_decide: bool) -> list[Button]:
    deciding = (APPROVE, REJECT) if may_decide else ()
    return [made for made in (*deciding, WITHDRAW) if made.is_offered(approval, by)]


def for_me(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    return rows.filter(pk__in=waiting_for(actor).values("pk"))


def of_mine(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    return rows.filter(requested_by=actor.user)


def live() -> QuerySet[Approval]:
    return Approval.objects.live().select_related("requested_by", "decided_by").order_by("pk")


def found_by(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """By what it is about, a number in its payload, or who asked."""
    by_words = rows.filter(subject=text) | rows.filter(requested_by__name__icontains=text)
    return by_words | rows.filter(payload__number__startswith=text)


def due_of(rows: Sequence[Approval]) -> dict[int, dict[str, Any]]:
    """The clock of each one's work: one query."""
    streams = {row.stream: row.pk for row in rows}
    items = WorkItem.objects.open().filter(subject__in=streams).select_related("clock")
    return {streams[item.subject]: {"clock": item.clock} for item in items}


register_queue(
    Queue(
        code="approvals",
        title=_("Approvals"),
        purpose=_("What needs a second person's yes. Nobody decides what they asked for."),
        empty=_("Nothing waits for your decision."),
        icon="approval",
        rows=live,
        find=found_by,
        about=due_of,
        since="requested_at",
        watched=("status", "expires_at"),
        template="work/desk/approval_row.html",
        permission="work.view_approval",
        buttons=(),
        search_hint=_("order number, subject, or person"),
        patience=timedelta(hours=4),
        views=(
            View("", _("For me to decide"), for_me),
            View("mine", _("Asked by me"), of_mine),
        ),
        is_card=False,
        counted=_("to decide"),
    )
)


@in_words(ApprovalBlocked)
def blocked(event: ApprovalBlocked) -> Text:
    return REFUSALS.get(event.code, event.code)


REFUSALS: dict[str, Text] = {
    "own-approval": _("wanted to decide what they asked for"),
    "not-your-decision": _("has no right to decide it"),
    "duties-conflict": _("had a hand in it already"),
    "approval-expired": _("it had expired"),
    "approval-altered": _("its subject had changed"),
}
