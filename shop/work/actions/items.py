"""A work item's life: opened once, taken, closed; overdue in between; settled by its cause."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.timing.actions.calendars import shop_calendar
from shop.timing.actions.clocks import cancel_clock, meet_clock, start_clock
from shop.timing.models import Clock
from shop.work import rules
from shop.work.errors import NotYourWork
from shop.work.events import (
    WorkItemCancelled,
    WorkItemClosed,
    WorkItemDueSoon,
    WorkItemOpened,
    WorkItemOverdue,
    WorkItemTaken,
)
from shop.work.kinds import CAUSE_GONE, WorkKind
from shop.work.models import WorkItem
from shop.work.selectors import first_held, require_hands_on

OF_THE_WORK = Actor.system("the time of a work item")
STILL_OWED = (Clock.Status.RUNNING, Clock.Status.PAUSED)


@dataclass(frozen=True)
class Matter:
    """What an item is about: a stream (`order:12`), the reason, and the figures of its title.

    `key` tells matters apart that have kind and subject in common; without, the reason does.
    """

    subject: str
    reason: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""


def open_item(kind: WorkKind, matter: Matter, *, by: Actor) -> WorkItem:
    """Open a to-do or case for the kind's post, with its clock; or the one that is open already.

    A fact that repeats opens no second item. A post that nobody holds is skipped for the one
    above it. The caller holds the subject's lock when the item is to hold one of its steps.
    """
    by.require("work.open_item")
    key = matter.key or matter.reason
    with transaction.atomic():
        _one_opening_at_a_time(kind.code, matter.subject, key)
        known = WorkItem.objects.open().about(kind.code, matter.subject, key).first()
        if known is not None:
            return known
        item = _write_item(kind, matter, key, by)
        publish(WorkItemOpened(item.pk, item.kind, item.subject, item.role), by=by)
    return item


def _one_opening_at_a_time(kind: str, subject: str, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"work item:{kind} {subject} {key}"],
        )


def _write_item(kind: WorkKind, matter: Matter, key: str, by: Actor) -> WorkItem:
    item = WorkItem.objects.create(
        kind=kind.code,
        reason=matter.reason,
        key=key,
        subject=matter.subject,
        figures=dict(matter.figures),
        holds=sorted(kind.reason(matter.reason).holds),
        priority=WorkItem.Priority.URGENT if kind.is_urgent else WorkItem.Priority.NORMAL,
        role=first_held(kind.role_for(matter.reason)),
        opened_at=now(),
        opened_by=by.user,
    )
    if kind.target is not None:
        calendar = shop_calendar(by=OF_THE_WORK)
        item.clock = start_clock(kind.promise, item.stream, calendar, kind.target, by=OF_THE_WORK)
        item.save(update_fields=["clock"])
    return item


def take_item(item: WorkItem, *, by: Actor) -> WorkItem:
    """Say: I am on it. Raises NotYourWork, InAnothersHands, IllegalTransition."""
    by.require("work.take_item")
    if by.user is None:
        raise NotYourWork(_("Only a person can take work."))
    with transaction.atomic():
        item = WorkItem.objects.locked().get(pk=item.pk)
        require_hands_on(item, by)
        advance(item, "take")
        item.person, item.taken_at = by.user, now()
        item.save(update_fields=["status", "person", "taken_at"])
        publish(WorkItemTaken(item.pk, item.kind, item.subject, item.role, by.user.pk), by=by)
    return item


def close_item(item: WorkItem, outcome: str, done: str, *, by: Actor) -> WorkItem:
    """End it with one of its kind's outcomes and what was done; what it held is free again.

    Raises InvalidValue without the two, NotYourWork, InAnothersHands, IllegalTransition.
    """
    by.require("work.close_item")
    done = done.strip()[: rules.LONGEST_TEXT]
    if outcome not in item.declared.outcomes:
        raise InvalidValue(fields={"outcome": [_("Choose how it ended.")]})
    if not done:
        raise InvalidValue(fields={"done": [_("Say what was done.")]})
    with transaction.atomic():
        item = WorkItem.objects.locked().get(pk=item.pk)
        require_hands_on(item, by)
        item.person = item.person or by.user
        _close(item, outcome, done, by)
    return item


def cancel_item(item: WorkItem, why: str, *, by: Actor) -> WorkItem:
    """Withdraw what should not have been opened; what it held is free again.

    For whoever opened it, whoever has it, and those above. Raises InvalidValue without a reason.
    """
    by.require("work.cancel_item")
    why = why.strip()[: rules.LONGEST_TEXT]
    if not why:
        raise InvalidValue(fields={"why": [_("Say why.")]})
    with transaction.atomic():
        item = WorkItem.objects.locked().get(pk=item.pk)
        if by.user is None or item.opened_by_id != by.user.pk:
            require_hands_on(item, by)
        advance(item, "cancel")
        item.done, item.closed_at, item.closed_by = why, now(), by.user
        item.save(update_fields=["status", "done", "closed_at", "closed_by"])
        if item.clock is not None and item.clock.status in STILL_OWED:
            cancel_clock(item.clock, by=OF_THE_WORK)
        publish(WorkItemCancelled(item.pk, item.kind, item.subject), by=by)
    return item


def settle_items(
    kind: WorkKind, subject: str, *, reason: str | None = None, key: str | None = None, by: Actor
) -> int:
    """Close what is open of a kind about a subject, because its cause is gone; how many.

    Of one `reason` only, or of one matter's `key`, where that is said.
    """
    by.require("work.settle_items")
    with transaction.atomic():
        items = WorkItem.objects.open().locked().filter(kind=kind.code, subject=subject)
        if reason is not None:
            items = items.filter(reason=reason)
        if key is not None:
            items = items.filter(key=key)
        settled = list(items)
        for item in settled:
            _close(item, CAUSE_GONE, "", by)
    return len(settled)


def warn_of_item(item: WorkItem, *, by: Actor) -> None:
    """Say that a quarter of its time is left."""
    by.require("work.warn_of_item")
    with transaction.atomic():
        publish(WorkItemDueSoon(item.pk, item.kind, item.subject, item.role, item.person_id), by=by)


def escalate_item(item: WorkItem, *, by: Actor) -> None:
    """Its time is up: the supervising post sees it too, once, and all are told."""
    by.require("work.escalate_item")
    with transaction.atomic():
        item = WorkItem.objects.locked().get(pk=item.pk)
        if not item.is_open or item.escalated_at is not None:
            return
        item.escalated_at = now()
        item.save(update_fields=["escalated_at"])
        above = rules.supervisor_of(item.role) or item.role
        told = WorkItemOverdue(
            item.pk, item.kind, item.subject, item.role, item.person_id, first_held(above)
        )
        publish(told, by=by)


def _close(item: WorkItem, outcome: str, done: str, by: Actor) -> None:
    advance(item, "close")
    item.outcome, item.done, item.closed_at, item.closed_by = outcome, done, now(), by.user
    item.save(update_fields=["status", "person", "outcome", "done", "closed_at", "closed_by"])
    if item.clock is not None and item.clock.status != Clock.Status.CANCELLED:
        meet_clock(item.clock, by=OF_THE_WORK)
    publish(WorkItemClosed(item.pk, item.kind, item.subject, outcome), by=by)
