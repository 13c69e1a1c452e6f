"""Four eyes: asked for, decided by somebody else, carried out once, exactly as approved."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from shop.clock import now, today
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor, Door
from shop.identity.models import User
from shop.timing.actions.timers import arm_timer, cancel_timers
from shop.work import errors, rules
from shop.work.actions.items import Matter, open_item, settle_items
from shop.work.events import (
    ApprovalBlocked,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRefused,
    ApprovalRequested,
    ApprovalUsed,
    ApprovalWithdrawn,
)
from shop.work.kinds import ApprovalKind
from shop.work.models import Approval, WithinLimit
from shop.work.selectors.approvals import (
    deciding_for,
    post_to_decide,
    present_of,
    requested_today,
    require_right_still_held,
)

log = structlog.get_logger(__name__)
EXPIRY = "work.approval_expiry"
OF_THE_APPROVAL = Actor.system("an approval was asked for", Door.REACTION)
DECIDED = Actor.system("the approval is decided", Door.REACTION)
Payload = Mapping[str, Any]


def request_approval(
    kind: ApprovalKind,
    subject: str,
    payload: Payload,
    *,
    version: int,
    reason: str,
    amount_fen: int | None = None,
    by: Actor,
) -> Approval:
    """Ask for a second person's yes to exactly this payload at this version of the subject.

    Asking again for the same while it is alive returns it. It is work of the post that may decide,
    with a clock. Raises InvalidValue without a reason or a person, and AskedAlready.
    """
    by.require("work.request_approval")
    requester, reason = _person(by), _said(reason, "reason")
    with transaction.atomic():
        _one_at_a_time(f"approval:{kind.code} {subject}")
        asked = Approval.objects.live().about(kind, subject)
        known = asked.filter(
            payload_hash=rules.fingerprint(payload), target_version=version
        ).first()
        if known is not None:
            return _asked_by(known, requester)
        approval = Approval.objects.create(
            kind=kind.code,
            subject=subject,
            payload=dict(payload),
            payload_hash=rules.fingerprint(payload),
            target_version=version,
            reason=reason,
            amount_fen=amount_fen,
            requested_by=requester,
            requested_at=now(),
            expires_at=now() + kind.expires,
        )
        _set_going(approval, post_to_decide(kind, requester), by)
    return approval


def _asked_by(known: Approval, requester: User) -> Approval:
    if known.requested_by_id != requester.pk:
        raise errors.AskedAlready
    return known


def _set_going(approval: Approval, post: str, by: Actor) -> None:
    arm_timer(EXPIRY, approval.stream, approval.expires_at, by=OF_THE_APPROVAL)
    matter = Matter(approval.stream, reason=post, figures=dict(approval.payload))
    open_item(approval.declared.work, matter, by=OF_THE_APPROVAL)
    publish(ApprovalRequested(approval.pk, approval.kind, approval.subject, post), by=by)


def approve(approval: Approval, *, comment: str = "", by: Actor) -> Approval:
    """Say yes, as somebody who may decide it or in the name of whoever named them as deputy.

    Raises OwnApproval, NotYourDecision, DutiesConflict, ApprovalExpired, ApprovalAltered when its
    subject has moved on, IllegalTransition.
    """
    by.require("work.approve")
    with _attempts_recorded(approval, "approve", by), transaction.atomic():
        approval = _decide(approval, "approve", comment, by)
        publish(ApprovalGranted(approval.pk, approval.kind, approval.subject), by=by)
    return approval


def reject(approval: Approval, *, comment: str, by: Actor) -> Approval:
    """Say no, with words. Raises as `approve` does, and InvalidValue without words."""
    by.require("work.reject")
    comment = _said(comment, "comment")
    with _attempts_recorded(approval, "reject", by), transaction.atomic():
        approval = _decide(approval, "reject", comment, by)
        cancel_timers(EXPIRY, approval.stream, by=DECIDED)
        publish(ApprovalRefused(approval.pk, approval.kind, approval.subject), by=by)
    return approval


def _decide(approval: Approval, verb: str, comment: str, by: Actor) -> Approval:
    approval = Approval.objects.locked().get(pk=approval.pk)
    decider = _person(by)
    advance(approval, verb)
    approval.in_name_of = deciding_for(approval, decider)
    _require_in_time(approval)
    if verb == "approve":
        _require_unmoved(approval)
    approval.decided_by, approval.decided_at = decider, now()
    approval.comment = comment.strip()[: rules.LONGEST_TEXT]
    approval.save(update_fields=["status", "decided_by", "in_name_of", "decided_at", "comment"])
    settle_items(approval.declared.work, approval.stream, by=DECIDED)
    return approval


def withdraw(approval: Approval, *, by: Actor) -> Approval:
    """Take back what one asked for, decided or not. Raises NotYourDecision, IllegalTransition."""
    by.require("work.withdraw")
    with _attempts_recorded(approval, "withdraw", by), transaction.atomic():
        approval = Approval.objects.locked().get(pk=approval.pk)
        if by.user is not None and by.user.pk != approval.requested_by_id:
            raise errors.NotYourDecision(_("Only who asked for it can take it back."))
        _end(approval, "withdraw")
        publish(ApprovalWithdrawn(approval.pk, approval.kind, approval.subject), by=by)
    return approval


def expire_approval(approval_id: int, *, by: Actor) -> bool:
    """Its time is over. False when it was settled before."""
    by.require("work.expire_approval")
    with transaction.atomic():
        approval = Approval.objects.locked().get(pk=approval_id)
        if not approval.is_live or approval.expires_at > now():
            return False
        _end(approval, "expire")
        publish(ApprovalExpired(approval.pk, approval.kind, approval.subject), by=by)
    return True


def _end(approval: Approval, verb: str) -> None:
    advance(approval, verb)
    approval.save(update_fields=["status"])
    cancel_timers(EXPIRY, approval.stream, by=DECIDED)
    settle_items(approval.declared.work, approval.stream, by=DECIDED)


def use_approval(
    kind: ApprovalKind, subject: str, payload: Payload, *, version: int, by: Actor
) -> Approval:
    """Use up the yes to exactly this, in the transaction of the step itself; once.

    The approver's right is read again. The caller holds the subject's lock. Raises ApprovalMissing,
    ApprovalExpired, ApprovalAltered (another payload or version), ApproverLostRight.
    """
    by.require("work.use_approval")
    with _attempts_logged(f"{kind.code} {subject}", "use", by), transaction.atomic():
        rows = list(Approval.objects.locked().about(kind, subject))
        approval = _usable(rows, payload, version)
        _require_in_time(approval)
        require_right_still_held(approval)
        advance(approval, "use")
        approval.used_at, approval.used_by = now(), by.user
        approval.save(update_fields=["status", "used_at", "used_by"])
        cancel_timers(EXPIRY, approval.stream, by=DECIDED)
        publish(ApprovalUsed(approval.pk, approval.kind, approval.subject), by=by)
    return approval


def _usable(rows: list[Approval], payload: Payload, version: int) -> Approval:
    """The granted one for exactly this, untouched; or the reason why there is none."""
    granted = [one for one in rows if one.status == Approval.Status.GRANTED]
    for one in granted:
        if one.is_for(payload, version) and one.is_intact:
            return one
    if granted:
        raise errors.ApprovalAltered
    same = [one for one in rows if one.is_for(payload, version)]
    if same and same[-1].status == Approval.Status.EXPIRED:
        raise errors.ApprovalExpired
    raise errors.ApprovalMissing


def spend_within_limit(
    kind: ApprovalKind, subject: str, amount_fen: int, limit_fen: int, *, by: Actor
) -> bool:
    """Whether this person may do it alone today, counting all they had and asked for; if so it
    is counted now. Two at once count one after the other: splitting does not help.
    """
    by.require("work.spend_within_limit")
    with transaction.atomic():
        _one_at_a_time(f"limit:{kind.code} {by.user.pk if by.user else ''}")
        if requested_today(kind, by) + amount_fen > limit_fen:
            return False
        WithinLimit.objects.create(
            kind=kind.code, subject=subject, amount_fen=amount_fen, person=by.user,
            on=today(), at=now(),
        )  # fmt: skip
    return True


def _require_in_time(approval: Approval) -> None:
    if approval.expires_at <= now():
        raise errors.ApprovalExpired


def _require_unmoved(approval: Approval) -> None:
    present = present_of(approval)
    if present is not None and present.version != approval.target_version:
        raise errors.ApprovalAltered
    if not approval.is_intact:
        raise errors.ApprovalAltered


@contextmanager
def _attempts_recorded(approval: Approval, step: str, by: Actor) -> Iterator[None]:
    """What four eyes refuse is logged and, its transaction being undone, a fact of its own."""
    try:
        with _attempts_logged(approval.stream, step, by):
            yield
    except errors.FourEyesRefusal as refusal:
        with transaction.atomic():
            publish(ApprovalBlocked(approval.pk, step, refusal.code), by=by)
        raise


@contextmanager
def _attempts_logged(subject: str, step: str, by: Actor) -> Iterator[None]:
    try:
        yield
    except errors.FourEyesRefusal as refusal:
        user = by.user.pk if by.user else None
        log.warning("four_eyes", step=step, subject=subject, code=refusal.code, user=user)
        raise


def _one_at_a_time(what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])


def _person(by: Actor) -> User:
    if by.user is None:
        raise errors.NotYourDecision(_("Only a person can ask for this or decide it."))
    return by.user


def _said(text: str, field: str) -> str:
    text = text.strip()[: rules.LONGEST_TEXT]
    if not text:
        raise InvalidValue(fields={field: [_("Say why.")]})
    return text
