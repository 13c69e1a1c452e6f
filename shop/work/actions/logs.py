"""The log of a work item, and the pauses of its time."""

from django.db import transaction
from django.utils.translation import gettext as _

from shop.clock import now
from shop.errors import IllegalTransition, InvalidValue
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.timing.actions.clocks import pause_clock, resume_clock
from shop.timing.models import Clock
from shop.work import rules
from shop.work.actions.items import OF_THE_WORK
from shop.work.errors import MayNotPause
from shop.work.events import WorkItemNoted, WorkItemPaused, WorkItemResumed
from shop.work.kinds import PAUSES
from shop.work.models import WorkEntry, WorkItem
from shop.work.selectors import require_hands_on


def note_item(
    item: WorkItem, text: str, kind: str = WorkEntry.Kind.NOTE, *, by: Actor
) -> WorkEntry:
    """Add a note, or a reference to evidence, for ever. Anybody who sees the item may."""
    by.require("work.note_item")
    text = text.strip()[: rules.LONGEST_TEXT]
    if not text or kind not in {WorkEntry.Kind.NOTE, WorkEntry.Kind.EVIDENCE}:
        raise InvalidValue(fields={"text": [_("Write something.")]})
    return _log(WorkEntry(item=item, kind=kind, text=text), by)


def log_contact(
    item: WorkItem, channel: str, result: str, text: str = "", *, by: Actor
) -> WorkEntry:
    """Add whom one tried to reach, how, and with which result, for ever."""
    by.require("work.log_contact")
    if channel not in WorkEntry.Channel.values or result not in WorkEntry.Result.values:
        raise InvalidValue(fields={"result": [_("Say how, and with which result.")]})
    text = text.strip()[: rules.LONGEST_TEXT]
    kind = WorkEntry.Kind.CONTACT
    return _log(WorkEntry(item=item, kind=kind, channel=channel, result=result, text=text), by)


def pause_item(item: WorkItem, waits_for: str, *, by: Actor) -> WorkItem:
    """Stop its time while somebody outside must act. Raises MayNotPause, ClockRunOut."""
    by.require("work.pause_item")
    if waits_for not in PAUSES:
        raise InvalidValue(fields={"waits_for": [_("Say who is waited for.")]})
    with transaction.atomic():
        item = WorkItem.objects.locked().get(pk=item.pk)
        require_hands_on(item, by)
        if item.clock is None or not item.declared.may_pause:
            raise MayNotPause
        pause_clock(item.clock, waits_for, by=OF_THE_WORK)
        publish(WorkItemPaused(item.pk, waits_for), by=by)
    return item


def resume_item(item: WorkItem, *, by: Actor) -> WorkItem:
    """Let its time run on. Raises IllegalTransition when it was not paused."""
    by.require("work.resume_item")
    with transaction.atomic():
        item = WorkItem.objects.locked().get(pk=item.pk)
        require_hands_on(item, by)
        if item.clock is None or item.clock.status != Clock.Status.PAUSED:
            raise IllegalTransition
        resume_clock(item.clock, by=OF_THE_WORK)
        publish(WorkItemResumed(item.pk), by=by)
    return item


def _log(entry: WorkEntry, by: Actor) -> WorkEntry:
    with transaction.atomic():
        item = WorkItem.objects.locked().get(pk=entry.item_id)
        if not item.is_open:
            raise IllegalTransition(_("It is done: its log is complete."))
        entry.at, entry.written_by = now(), by.user
        entry.save()
        publish(WorkItemNoted(item.pk, entry.kind), by=by)
    return entry
