"""Work on the desks: the queue of what is mine and late, and what staff do with an item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.db.models import Model, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.clock import now
from shop.doors.desk.buttons import Button, button
from shop.doors.desk.queues import Queue, View, register_queue
from shop.doors.desk.timeline import in_words
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.identity.roles import BY_CODE, ROLES
from shop.work.actions.hand_overs import hand_over_item
from shop.work.actions.items import cancel_item, close_item, take_item
from shop.work.actions.logs import log_contact, note_item, pause_item, resume_item
from shop.work.events import (
    WorkItemClosed,
    WorkItemHandedOver,
    WorkItemNoted,
    WorkItemOverdue,
    WorkItemPaused,
)
from shop.work.kinds import CAUSE_GONE, DEAD_TIMER, KINDS, PARKED_DELIVERY, PAUSES
from shop.work.models import WorkEntry, WorkItem, posts_under
from shop.work.rules import LONGEST_TEXT, Receiver
from shop.work.selectors import work_of

MENDED_THERE = {PARKED_DELIVERY.code, DEAD_TIMER.code}
"""Kinds whose page has the buttons of what they are about."""
SHORT = {"rows": 3, "maxlength": LONGEST_TEXT}


class FinishForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"))
    done = forms.CharField(
        label=_("What was done"), max_length=LONGEST_TEXT, widget=forms.Textarea(SHORT)
    )


class HandOverForm(forms.Form):
    to = forms.TypedChoiceField(label=_("To"), coerce=Receiver.parse)
    why = forms.CharField(label=_("Why"), max_length=LONGEST_TEXT, widget=forms.Textarea(SHORT))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = receivers()  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind.value, kind.label) for kind in WorkEntry.Kind if kind != "contact"],
    )
    text = forms.CharField(label=_("Text"), max_length=LONGEST_TEXT, widget=forms.Textarea(SHORT))


class ContactForm(forms.Form):
    channel = forms.ChoiceField(label=_("Way"), choices=WorkEntry.Channel.choices)
    result = forms.ChoiceField(label=_("Result"), choices=WorkEntry.Result.choices)
    text = forms.CharField(
        label=_("What was said"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(SHORT),
    )


class PauseForm(forms.Form):
    waits_for = forms.ChoiceField(label=_("Who must act"), choices=list(PAUSES.items()))


class WithdrawForm(forms.Form):
    why = forms.CharField(label=_("Why"), max_length=LONGEST_TEXT, widget=forms.Textarea(SHORT))


def receivers() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Every post and everybody who works here; whoever cannot take it is refused with words."""
    people = User.objects.filter(is_active=True, groups__isnull=False).distinct()
    named = [
        (f"person:{user.pk}", f"{user} · {'、'.join(str(role.name) for role in user.roles)}")
        for user in people.prefetch_related("groups").order_by("name")
    ]
    posts = [(f"post:{role.code}", role.name) for role in ROLES]
    return [("", [("", _("choose"))]), (_("People"), named), (_("Posts"), posts)]


def offer_outcomes(form: Any, item: WorkItem) -> None:
    form.fields["outcome"].choices = list(item.declared.outcomes.items())


def is_open(item: WorkItem) -> bool:
    return item.is_open


def lies_open(item: WorkItem, actor: Actor) -> bool:
    """For whoever may take it: its post's people and those above, while nobody else was named."""
    return actor.user is not None and (
        item.person_id == actor.user.pk
        or (item.person_id is None and item.role in posts_under(actor.user))
    )


def is_in_hand(item: WorkItem, actor: Actor) -> bool:
    """For whoever has taken it, and those above."""
    if actor.user is None:
        return False
    held = {role.code for role in actor.user.roles}
    return item.person_id == actor.user.pk or item.role in set(posts_under(actor.user)) - held


def may_finish(item: WorkItem, actor: Actor) -> bool:
    """What only its cause can settle has no outcomes to choose from."""
    return bool(item.declared.outcomes) and is_in_hand(item, actor)


def may_hand_over(item: WorkItem, actor: Actor) -> bool:
    return lies_open(item, actor) or is_in_hand(item, actor)


TAKE = button(
    take_item, _("Take"), _("It is yours now."), is_primary=True, suits=lies_open, stays=True
)
FINISH = button(
    close_item,
    _("Finish"),
    _("Done, and on record."),
    form=FinishForm,
    adapt=offer_outcomes,
    suits=may_finish,
    is_primary=True,
)
HAND_OVER = button(
    hand_over_item,
    _("Hand over"),
    _("Handed over."),
    form=HandOverForm,
    when=is_open,
    suits=may_hand_over,
)
CONTACT = button(log_contact, _("Log a contact"), _("In the log."), form=ContactForm, when=is_open)
NOTE = button(note_item, _("Add a note"), _("In the log."), form=NoteForm, when=is_open)
PAUSE = button(
    pause_item,
    _("Pause the time"),
    _("The time stands still until it is resumed."),
    form=PauseForm,
    when=lambda item: item.is_open and item.declared.may_pause and not item.is_paused,
    suits=is_in_hand,
)
RESUME = button(
    resume_item,
    _("Resume the time"),
    _("The time runs again."),
    when=lambda item: item.is_open and item.is_paused,
    suits=is_in_hand,
)
WITHDRAW = button(
    cancel_item,
    _("Withdraw"),
    _("Withdrawn."),
    form=WithdrawForm,
    when=is_open,
    suits=lambda item, actor: item.opened_by == actor.user or is_in_hand(item, actor),
)


ACTS = (TAKE, FINISH, HAND_OVER, PAUSE, RESUME, WITHDRAW)
LOG_ACTS = (CONTACT, NOTE)


def offered(buttons: Sequence[Button], item: WorkItem, by: Actor) -> list[Button]:
    return [made for made in buttons if made.is_offered(item, by)]


def mine(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    """In my hands, waiting for my posts, or late below me."""
    return rows.filter(pk__in=work_of(actor).values("pk"))


def in_my_hands(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    return rows.filter(person=actor.user)


def of_my_posts(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    return rows.filter(role__in=[role.code for role in actor.user.roles] if actor.user else [])


def late(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    """Late, as far as I may see."""
    return rows.visible_to(actor).late(now())  # type: ignore[attr-defined]


def all_i_see(rows: QuerySet[Any], actor: Actor) -> QuerySet[Any]:
    return rows.visible_to(actor)  # type: ignore[attr-defined]


def open_work() -> QuerySet[WorkItem]:
    return WorkItem.objects.open().by_urgency()


def found_by(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """By a number in its figures, its subject, or the name of its person."""
    by_number = rows.filter(figures__number__startswith=text)
    by_words = rows.filter(subject=text) | rows.filter(person__name__icontains=text)
    return by_number | by_words | rows.filter(kind__in=_kinds_called(text))


def _kinds_called(text: str) -> list[str]:
    return [kind.code for kind in KINDS.values() if text in str(kind.label)]


def about_items(rows: Sequence[WorkItem]) -> dict[int, dict[str, Any]]:
    """How late each is, in working time too; what to do first; what it is about."""
    at = now()
    return {item.pk: {"late": item.lateness(at), "reason": reason_of(item)} for item in rows}


def reason_of(item: WorkItem) -> Any:
    """What is declared for the item's reason; None for one that this release forgot."""
    kind = KINDS.get(item.kind)
    return kind.reasons.get(item.reason) if kind else None


def subject_of(item: WorkItem) -> Model | None:
    """The row that the item is about."""
    stream_kind, _colon, number = item.subject.partition(":")
    kind = KINDS.get(item.kind)
    label = kind.subjects.get(stream_kind) if kind else None
    if label is None:
        return None
    found: Model | None = apps.get_model(label)._default_manager.filter(pk=number).first()
    return found


def waits_for(item: WorkItem) -> Any:
    """Who outside the house must act while its time is paused."""
    pause = item.clock.pauses.filter(ended_at=None).first() if item.clock else None
    return PAUSES.get(pause.reason, pause.reason) if pause else ""


def hand_overs_of(item: WorkItem) -> list[dict[str, Any]]:
    """From whom, to whom, by whom and why, the last first."""
    went = item.hand_overs.select_related("from_person", "to_person", "handed_by")
    return [
        {
            "from": one.from_person or post_name(one.from_role),
            "to": one.to_person or post_name(one.to_role),
            "by": one.handed_by,
            "why": gettext(one.why),
            "at": one.at,
        }
        for one in went
    ]


def post_name(role: str) -> Any:
    return BY_CODE[role].name if role in BY_CODE else role


def outcome_of(item: WorkItem) -> Any:
    if item.outcome == CAUSE_GONE:
        return _("its cause is gone")
    return item.declared.outcomes.get(item.outcome, item.outcome)


@dataclass(frozen=True)
class Tally:
    """My work in figures: how much, how much of it late, and what falls due next."""

    open: int
    late: int
    next_due: datetime | None


def tally(items: Sequence[WorkItem]) -> Tally:
    at = now()
    due = [item.due_at for item in items if item.due_at is not None]
    return Tally(
        open=len(items),
        late=sum(instant <= at for instant in due),
        next_due=min((instant for instant in due if instant > at), default=None),
    )


WORK = register_queue(
    Queue(
        code="work",
        title=_("Work"),
        purpose=_("What is to be done, the latest first: mine, my posts', and what is late."),
        empty=_("Nothing to do here. New work appears by itself."),
        icon="task_alt",
        rows=open_work,
        find=found_by,
        about=about_items,
        since="opened_at",
        watched=("status", "role", "person_id", "clock__breach_at", "clock__status"),
        template="work/desk/row.html",
        permission="work.view_workitem",
        buttons=(TAKE, FINISH),
        search_hint=_("order number, person, or kind"),
        patience=timedelta(days=1),
        views=(
            View("", _("My work"), mine),
            View("mine", _("In my hands"), in_my_hands),
            View("posts", _("My posts"), of_my_posts),
            View("late", _("Late"), late),
            View("all", _("All I may see"), all_i_see),
        ),
        ticks=timedelta(minutes=1),
        is_card=False,
        counted=_("to do"),
    )
)


@in_words(WorkItemHandedOver)
def handed_over(event: WorkItemHandedOver) -> str:
    person = User.objects.filter(pk=event.user_id).first() if event.user_id else None
    return f"→ {person or post_name(event.role)}"


@in_words(WorkItemOverdue)
def overdue(event: WorkItemOverdue) -> str:
    return gettext("now before the %(post)s") % {"post": post_name(event.supervisor)}


@in_words(WorkItemNoted)
def noted(event: WorkItemNoted) -> Any:
    return WorkEntry.Kind(event.entry).label


@in_words(WorkItemPaused)
def paused(event: WorkItemPaused) -> Any:
    return PAUSES.get(event.waits_for, event.waits_for)


@in_words(WorkItemClosed)
def closed(event: WorkItemClosed) -> Any:
    kind = KINDS.get(event.kind)
    if event.outcome == CAUSE_GONE:
        return _("its cause is gone")
    return kind.outcomes.get(event.outcome, event.outcome) if kind else event.outcome
