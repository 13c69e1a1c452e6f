"""Reads over approvals: who may decide, for whom, what has moved, how much of the day is spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from shop.clock import SHANGHAI, now, today
from shop.events.models import EventLog
from shop.identity.actors import Actor
from shop.identity.duties import Conflict, conflicts_with
from shop.identity.models import User
from shop.work.errors import ApproverLostRight, DutiesConflict, NotYourDecision, OwnApproval
from shop.work.kinds import ApprovalKind
from shop.work.models.approvals import (
    Approval,
    ApprovalQuerySet,
    Deputation,
    WithinLimit,
    kinds_decided_by,
)
from shop.work.selectors.items import holders_of


@dataclass(frozen=True)
class Present:
    """The subject as it is now: its version, and what the payload would say today."""

    version: int
    payload: Mapping[str, Any]


PRESENT: dict[str, Callable[[Approval], Present]] = {}
"""Kind of approval → a look at its subject, declared by whoever declares the kind."""


def shows_present(
    kind: ApprovalKind,
) -> Callable[[Callable[[Approval], Present]], Callable[[Approval], Present]]:
    """Register how the subject of this kind's approvals is looked at now."""

    def register(look: Callable[[Approval], Present]) -> Callable[[Approval], Present]:
        PRESENT[kind.code] = look
        return look

    return register


def present_of(approval: Approval) -> Present | None:
    """None for a kind that shows no present."""
    look = PRESENT.get(approval.kind)
    return look(approval) if look else None


def deciding_for(approval: Approval, decider: User) -> User | None:
    """In whose name this person may decide it; None is in their own.

    Raises OwnApproval, DutiesConflict, NotYourDecision.
    """
    if decider.pk == approval.requested_by_id:
        raise OwnApproval
    _require_clean_hands(approval, decider)
    if holds(decider, approval.declared.decide):
        return None
    principals = principals_of(decider, approval.declared.decide)
    for principal in principals:
        if principal.pk != approval.requested_by_id and not conflicts_of(approval, principal):
            return principal
    raise OwnApproval if principals else NotYourDecision


def holds(user: User, permission: str) -> bool:
    """Whether a post carries it, read now: not a superuser's tick, not what a session remembers."""
    fresh = User.objects.filter(pk=user.pk, is_active=True).first()
    return fresh is not None and any(permission in role.permissions for role in fresh.roles)


def principals_of(deputy: User, permission: str) -> list[User]:
    """Those who hold the right and whose deputy this person is now."""
    named = Deputation.objects.at(now()).filter(deputy=deputy, deputy__is_active=True)
    away = [one.principal for one in named.select_related("principal").order_by("pk")]
    return [principal for principal in away if holds(principal, permission)]


def conflicts_of(approval: Approval, user: User) -> list[Conflict]:
    """What this person has done that excludes deciding here (`duties.CONFLICTS`)."""
    kind = approval.declared
    subjects = [approval.stream, *kind.subjects(approval.subject, approval.payload)]
    return [one for one in conflicts_with(kind.decide) if has_done(one, user, subjects)]


def has_done(conflict: Conflict, user: User, subjects: Iterable[str]) -> bool:
    """Whether the log of facts has this person doing it to one of the subjects."""
    trace = conflict.trace
    place = f"data__{trace.subject}__in" if trace.subject else "stream__in"
    like = {f"data__{name}": value for name, value in trace.like.items()}
    done = EventLog.objects.filter(kind=trace.fact, user_id=user.pk, **like)
    return done.filter(**{place: list(subjects)}).exists()


def _require_clean_hands(approval: Approval, user: User) -> None:
    if found := conflicts_of(approval, user):
        raise DutiesConflict(_("%(why)s Somebody else must decide.") % {"why": found[0].why})


def require_right_still_held(approval: Approval) -> None:
    """Who decided is still here and whose right it was still holds the post.

    Raises ApproverLostRight.
    """
    decider = approval.decided_by
    whose = approval.in_name_of or decider
    if decider is None or whose is None or not holds(whose, approval.declared.decide):
        raise ApproverLostRight
    if not User.objects.filter(pk=decider.pk, is_active=True).exists():
        raise ApproverLostRight


def post_to_decide(kind: ApprovalKind, requester: User) -> str:
    """The nearest post that somebody else than the requester holds; else the kind's own."""
    for post in kind.posts:
        if holders_of(post).exclude(pk=requester.pk).exists():
            return post
    return kind.posts[0]


def waiting_for(actor: Actor) -> ApprovalQuerySet:
    """What this person may decide now, as far as posts and deputations go."""
    if actor.user is None:
        return Approval.objects.none()
    kinds = set(kinds_decided_by(actor.user))
    named = Deputation.objects.at(now()).filter(deputy=actor.user).select_related("principal")
    for one in named:
        kinds.update(kinds_decided_by(one.principal))
    waiting = Approval.objects.waiting().filter(kind__in=kinds, expires_at__gt=now())
    return waiting.exclude(requested_by=actor.user)


def requested_today(kind: ApprovalKind, by: Actor) -> int:
    """Fen this person has had without approval or asked for today: splitting does not help."""
    if by.user is None:
        return 0
    midnight = datetime.combine(today(), time(), SHANGHAI)
    stands = [*Approval.LIVE, Approval.Status.USED]
    asked = Approval.objects.filter(kind=kind.code, requested_by=by.user, status__in=stands)
    passed = WithinLimit.objects.filter(kind=kind.code, person=by.user, on=today())
    return _sum(asked.filter(requested_at__gte=midnight)) + _sum(passed)


def _sum(rows: Any) -> int:
    return rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0


def deputations_of(user: User) -> Any:
    """Whom this person named, and who named them: those that are not over."""
    concerned = Q(principal=user) | Q(deputy=user)
    current = Deputation.objects.filter(concerned, ended_at=None, ends_at__gt=now())
    return current.select_related("principal", "deputy").order_by("starts_at")
