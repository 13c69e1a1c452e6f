"""Work items, their logs and their hand-overs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.errors import Text
from shop.events.states import Transitions
from shop.identity.models import User
from shop.identity.roles import BY_CODE
from shop.timing.models import Clock
from shop.work import rules
from shop.work.kinds import KINDS, WorkKind

if TYPE_CHECKING:
    from shop.identity.actors import Actor

APPEND_ONLY = pgtrigger.Protect(
    name="append_only", operation=pgtrigger.Update | pgtrigger.Delete
)  # fmt: skip


class WorkItemQuerySet(models.QuerySet["WorkItem"]):
    def visible_to(self, actor: Actor) -> WorkItemQuerySet:
        """What my posts and those below them have to do, what is mine, and what I asked for."""
        if actor.user is None:
            return self.none() if actor.customer else self
        if not actor.may("work.view_workitem"):
            return self.none()
        posts = posts_under(actor.user)
        mine = Q(person=actor.user) | Q(opened_by=actor.user)
        return self.filter(mine | Q(role__in=posts))

    def locked(self) -> WorkItemQuerySet:
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def open(self) -> WorkItemQuerySet:
        return self.filter(status__in=WorkItem.OPEN)

    def of(self, subject: str) -> WorkItemQuerySet:
        return self.filter(subject=subject)

    def about(self, kind: str, subject: str, key: str) -> WorkItemQuerySet:
        """Of one kind, about one matter."""
        return self.filter(kind=kind, subject=subject, key=key)

    def mine(self, user: User) -> WorkItemQuerySet:
        return self.filter(person=user)

    def of_posts(self, roles: list[str]) -> WorkItemQuerySet:
        """What waits for anybody of these posts."""
        return self.filter(role__in=roles, person=None)

    def holding(self, step: str) -> WorkItemQuerySet:
        """Open ones that hold this step."""
        return self.open().filter(holds__contains=[step])

    def late(self, at: datetime) -> WorkItemQuerySet:
        """Open ones whose time is up, noticed or not."""
        return self.open().filter(clock__breach_at__lte=at)

    def by_urgency(self) -> WorkItemQuerySet:
        """Urgent kinds first, then by due time; what has none comes last."""
        ordered = self.order_by("priority", F("clock__breach_at").asc(nulls_last=True), "pk")
        return ordered.select_related("clock__version", "person", "opened_by")


class WorkItem(models.Model):
    """Something to be done: about what, by which post or person, until when, holding what.

    `kind` and `reason` are declared in code (`kinds.py`); `key` tells matters of one kind and
    subject apart, so that a fact that repeats opens no second item.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("to be taken")
        TAKEN = "taken", _("in work")
        CLOSED = "closed", _("settled")
        CANCELLED = "cancelled", _("withdrawn")

    class Priority(models.IntegerChoices):
        URGENT = 1, _("urgent")
        NORMAL = 2, _("normal")

    OPEN = (Status.OPEN, Status.TAKEN)
    TRANSITIONS: ClassVar[Transitions] = {
        "take": ({Status.OPEN}, Status.TAKEN),
        "hand_over": ({Status.OPEN, Status.TAKEN}, Status.OPEN),
        "close": ({Status.OPEN, Status.TAKEN}, Status.CLOSED),
        "cancel": ({Status.OPEN, Status.TAKEN}, Status.CANCELLED),
    }

    kind = models.CharField(_("kind of work"), max_length=40)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    key = models.CharField(max_length=80, blank=True)
    subject = models.CharField(_("subject"), max_length=80)
    figures = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="ids and figures, no personal data"
    )
    holds = models.JSONField(default=list, help_text="the actions that wait until it is closed")
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority.choices, default=Priority.NORMAL
    )
    role = models.CharField(_("post"), max_length=40)
    person = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="work", verbose_name=_("person")
    )
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.OPEN
    )
    clock = models.OneToOneField(Clock, models.PROTECT, null=True, related_name="work_item")
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("opened by")
    )
    taken_at = models.DateTimeField(_("taken at"), null=True)
    escalated_at = models.DateTimeField(_("escalated at"), null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    outcome = models.CharField(_("outcome"), max_length=40, blank=True)
    done = models.CharField(_("what was done"), max_length=rules.LONGEST_TEXT, blank=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("work item")
        verbose_name_plural = _("work items")
        ordering = ["-pk"]
        permissions = [
            ("open_item", "Can open a work item"),
            ("take_item", "Can take a work item"),
            ("hand_over_item", "Can hand over a work item"),
            ("note_item", "Can write into the log of a work item"),
            ("log_contact", "Can log a contact about a work item"),
            ("pause_item", "Can pause the time of a work item"),
            ("resume_item", "Can let the time of a work item run on"),
            ("close_item", "Can close a work item"),
            ("cancel_item", "Can withdraw a work item"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "key"],
                condition=Q(status__in=["open", "taken"]),
                name="one_open_work_item",
            ),
            models.CheckConstraint(
                name="work_item_state_has_its_time",
                condition=Q(status="open", taken_at__isnull=True, closed_at__isnull=True)
                | Q(
                    status="taken",
                    taken_at__isnull=False,
                    person__isnull=False,
                    closed_at__isnull=True,
                )
                | Q(status__in=["closed", "cancelled"], closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="work_item_closed_has_outcome",
                condition=~Q(status="closed") | ~Q(outcome=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["role"], name="work_of_role", condition=Q(status__in=["open", "taken"])
            ),
            models.Index(
                fields=["person"], name="work_of_person", condition=Q(status__in=["open", "taken"])
            ),
            models.Index(fields=["subject"], name="work_of_subject"),
        ]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def stream(self) -> str:
        """Where its events are, and what its clock is about."""
        return f"work_item:{self.pk}"

    @property
    def declared(self) -> WorkKind:
        return KINDS[self.kind]

    @property
    def title(self) -> Text:
        """One line; a kind that this release no longer knows is shown by its code."""
        kind = KINDS.get(self.kind)
        return kind.title(self.figures) if kind else f"{self.kind} {self.subject}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def due_at(self) -> datetime | None:
        """None when it has no clock, or while its clock is paused."""
        return self.clock.breach_at if self.clock else None

    @property
    def is_paused(self) -> bool:
        return self.clock is not None and self.clock.status == Clock.Status.PAUSED

    @property
    def post(self) -> Text:
        role = BY_CODE.get(self.role)
        return role.name if role else self.role

    def lateness(self, at: datetime) -> rules.Lateness | None:
        """How late it is while open; None when it is in time, paused, or has no clock."""
        if not self.is_open or self.clock is None or self.clock.breach_at is None:
            return None
        return rules.lateness(self.clock.version.hours(), self.clock.breach_at, at)


class WorkEntry(models.Model):
    """A line of an item's log: what was noted, whom we tried to reach, what proves it."""

    class Kind(models.TextChoices):
        NOTE = "note", _("note")
        CONTACT = "contact", _("contact")
        EVIDENCE = "evidence", _("evidence")

    class Channel(models.TextChoices):
        PHONE = "phone", _("phone call")
        WECHAT = "wechat", _("WeChat message")
        SMS = "sms", _("text message")
        EMAIL = "email", _("e-mail")
        IN_PERSON = "in_person", _("in person")

    class Result(models.TextChoices):
        REACHED = "reached", _("reached")
        NO_ANSWER = "no_answer", _("no answer")
        WILL_CALL_BACK = "will_call_back", _("will call back")
        WRONG_NUMBER = "wrong_number", _("number is wrong")

    item = models.ForeignKey(WorkItem, models.PROTECT, related_name="entries")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    channel = models.CharField(_("way"), max_length=10, choices=Channel.choices, blank=True)
    result = models.CharField(_("result"), max_length=20, choices=Result.choices, blank=True)
    text = models.CharField(_("text"), max_length=rules.LONGEST_TEXT, blank=True)
    at = models.DateTimeField(_("at"))
    written_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("entry of a work item")
        verbose_name_plural = _("entries of a work item")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="work_entry_says_something",
                condition=Q(kind="contact") & ~Q(channel="") & ~Q(result="")
                | Q(kind__in=["note", "evidence"], channel="", result="") & ~Q(text=""),
            ),
        ]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.item_id} {self.kind}"


class WorkHandOver(models.Model):
    """From whom to whom an item went, and why."""

    item = models.ForeignKey(WorkItem, models.PROTECT, related_name="hand_overs")
    from_role = models.CharField(_("from the post"), max_length=40)
    from_person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    to_role = models.CharField(_("to the post"), max_length=40)
    to_person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    why = models.CharField(_("why"), max_length=rules.LONGEST_TEXT)
    at = models.DateTimeField(_("at"))
    handed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ["-pk"]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.from_role} → {self.to_role}"


def posts_under(user: User) -> list[str]:
    """The posts this person holds and all those below them."""
    held = [role.code for role in user.roles]
    return sorted({*held, *(post for role in held for post in rules.team_of(role))})
