"""One sending: begun, put back, settled, let go after quiet hours, sent again by people."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Least

from shop.clock import now
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.notices.actions.queue import hold_sending, queue_sending
from shop.notices.errors import GroupIsFull
from shop.notices.events import NoticeResent
from shop.notices.kinds import Channel
from shop.notices.models import Allowance, NoticeSending
from shop.notices.rules import MOST_ALLOWED, ROBOT_A_MINUTE, STALE_AFTER
from shop.notices.selectors import obstacle, opening

Status, Reason = NoticeSending.Status, NoticeSending.Reason
WAITING = (Status.QUEUED, Status.SENDING)


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt: a verb of TRANSITIONS, why, and the vendor's code."""

    verb: str
    reason: str = ""
    code: str = ""


def begin_sending(sending_id: int, *, by: Actor) -> NoticeSending | None:
    """Take it in hand, as `attempts` says; None when it is settled or must wait.

    Everything is asked again, for it may have waited long: consent, wishes, address, quiet hours,
    whether it still matters. One of the customer's allowed messages is spoken for. What was in
    hand before and never settled is counted as a repeat. Raises GroupIsFull.
    """
    by.require("notices.begin_sending")
    with transaction.atomic():
        sending = NoticeSending.objects.locked().get(pk=sending_id)
        if sending.status not in WAITING:
            return None
        if sending.status == Status.SENDING:
            sending.repeats += 1
        if not _may_go(sending, by):
            return None
        _require_room(sending)
        advance(sending, "begin")
        sending.attempts += 1
        sending.begun_at = now()
        sending.save(update_fields=["status", "attempts", "repeats", "begun_at"])
    return sending


def _may_go(sending: NoticeSending, by: Actor) -> bool:
    """Else it is settled or held, and saved."""
    if ending := _ending(sending):
        _settle(sending, ending)
        return False
    opens = opening(sending, now())
    if opens > now():
        hold_sending(sending, opens, by=by)
        return False
    return True


def _ending(sending: NoticeSending) -> Outcome | None:
    """What ends it before it is sent; the customer's allowance is taken last."""
    if reason := obstacle(sending):
        return Outcome("refuse", reason)
    if not sending.notice.declared.still_matters(sending.notice):
        return Outcome("withdraw", Reason.SETTLED)
    if sending.has_waited(now(), STALE_AFTER):
        return Outcome("fail", Reason.STALE)
    if sending.channel == Channel.WECHAT and not _take_allowance(sending):
        return Outcome("refuse", Reason.NO_QUOTA)
    return None


def _require_room(sending: NoticeSending) -> None:
    if sending.channel != Channel.WECOM:
        return
    minute = NoticeSending.objects.written_since(now() - timedelta(minutes=1))
    if minute.exclude(pk=sending.pk).count() >= ROBOT_A_MINUTE:
        raise GroupIsFull


def put_back_sending(sending: NoticeSending, *, by: Actor) -> None:
    """Surely not sent: the lane tries again later, and that will be no repeat."""
    by.require("notices.put_back_sending")
    with transaction.atomic():
        held = _still_ours(sending)
        if held is not None:
            advance(held, "put_back")
            held.save(update_fields=["status"])


def settle_sending(sending: NoticeSending, outcome: Outcome, *, by: Actor) -> bool:
    """Write what became of it. False: a later attempt has taken it over, and says so itself."""
    by.require("notices.settle_sending")
    with transaction.atomic():
        held = _still_ours(sending)
        if held is None:
            return False
        _settle(held, outcome)
    return True


def _still_ours(sending: NoticeSending) -> NoticeSending | None:
    return (
        NoticeSending.objects.locked()
        .filter(pk=sending.pk, attempts=sending.attempts, status=Status.SENDING)
        .first()
    )


def _settle(sending: NoticeSending, outcome: Outcome) -> None:
    advance(sending, outcome.verb)
    sending.reason, sending.code = outcome.reason, outcome.code[:20]
    sending.settled_at = now()
    if outcome.reason == Reason.NOT_SUBSCRIBED:
        _allowances(sending).update(remaining=0)
    elif outcome.verb not in {"succeed", "lose"}:
        _give_back_allowance(sending)
    sending.save(update_fields=["status", "reason", "code", "settled_at", "took_quota", "repeats"])


def _take_allowance(sending: NoticeSending) -> bool:
    """Once per message, however often it is tried or held: the taking is kept with it."""
    if not sending.took_quota:
        left = _allowances(sending).filter(remaining__gt=0)
        sending.took_quota = bool(left.update(remaining=F("remaining") - 1))
        sending.save(update_fields=["took_quota"])
    return sending.took_quota


def _give_back_allowance(sending: NoticeSending) -> None:
    if sending.took_quota:
        _allowances(sending).update(remaining=Least(F("remaining") + 1, MOST_ALLOWED))
        sending.took_quota = False


def _allowances(sending: NoticeSending) -> QuerySet[Allowance]:
    notice = sending.notice
    template = notice.declared.template
    return Allowance.objects.filter(
        customer__party=notice.party_id, template=template.name if template else ""
    )


def release_sending(sending_id: int, *, by: Actor) -> bool:
    """Quiet hours are over: queue it, or hold it on if they were moved. False: nothing waits."""
    by.require("notices.release_sending")
    with transaction.atomic():
        sending = NoticeSending.objects.locked().get(pk=sending_id)
        if sending.status != Status.HELD:
            return False
        advance(sending, "release")
        sending.release_at = now()
        sending.save(update_fields=["status", "release_at"])
        if _may_go(sending, by):
            queue_sending(sending, by=by)
    return True


def resend_notice(sending: NoticeSending, *, by: Actor) -> NoticeSending:
    """Try again what failed, or what nobody knows the outcome of: the recipient may get it twice,
    under one number. What stands in its way now is asked again when it goes out."""
    by.require("notices.resend_notice")
    with transaction.atomic():
        sending = NoticeSending.objects.locked().get(pk=sending.pk)
        if sending.status == Status.UNKNOWN:
            sending.repeats += 1
        advance(sending, "resend")
        sending.reason, sending.code, sending.settled_at = "", "", None
        sending.queued_at, sending.release_at = now(), None
        sending.save()
        publish(NoticeResent(sending.notice_id, sending.channel), by=by)
        queue_sending(sending, by=Actor.system("sent again by staff"))
    return sending
