"""Who reads a report, what stands in a mail's way, and the late work each may see."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.models import ReportMail, ReportRun, Subscription
from analytics.models.reports import READ
from shop.clock import now
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.notices.selectors import is_suspended
from shop.work.models import WorkItem, posts_under

Reason = ReportMail.Reason
MOST_LATE = 5


@dataclass(frozen=True)
class LateWork:
    """Open work past its time, as far as one person may see it; the latest first."""

    count: int
    items: tuple[WorkItem, ...]


def late_work(actor: Actor) -> LateWork:
    """What is late now among the work this person may see."""
    late = WorkItem.objects.visible_to(actor).late(now())
    first = late.select_related("clock__version", "person").order_by("clock__breach_at", "pk")
    return LateWork(late.count(), tuple(first[:MOST_LATE]))


@dataclass(frozen=True)
class Reader:
    """Somebody a run is for; `reason` says why they get none after all."""

    user: User
    reason: str
    is_duty: bool


def readers(run: ReportRun) -> list[Reader]:
    """Whom a run is for: its subscribers, or whoever asked for the test."""
    if run.is_test:
        assert run.opened_by is not None, "a test is asked for by somebody"
        return [Reader(run.opened_by, _unfit(run.opened_by), False)]
    standing = run.report.subscriptions.standing().select_related("user")
    return [
        Reader(one.user, _unfit(one.user) or _unwanted(one, run), one.is_duty)
        for one in standing.prefetch_related("user__groups")
    ]


def obstacle(mail: ReportMail) -> str:
    """Why a mail must not go out now, though it was composed; empty when nothing is in its way."""
    user = User.objects.get(pk=mail.recipient_id)  # afresh: rights are kept on the object
    if reason := _unfit(user):
        return reason
    if not set(mail.sight) <= set(sight_of(user)):
        return Reason.CHANGED
    if mail.run.is_test:
        return ""
    subscription = mail.run.report.subscriptions.filter(user=user).first()
    if subscription is None or subscription.ended_at is not None:
        return Reason.ENDED
    return _unwanted(subscription, mail.run)


def _unfit(user: User) -> str:
    if not user.is_active:
        return Reason.LEFT
    if not Actor.staff(user).may(READ):
        return Reason.NOT_PERMITTED
    if not user.email:
        return Reason.NO_ADDRESS
    return Reason.SUSPENDED if is_suspended(user) else ""


def _unwanted(subscription: Subscription, run: ReportRun) -> str:
    if subscription.is_paused(run.due_at.astimezone(run.place).date()):
        return Reason.PAUSED
    is_bad = subscription.refused_address == subscription.user.email
    return Reason.BAD_ADDRESS if is_bad else ""


def sight_of(user: User) -> tuple[str, ...]:
    """The posts whose work this person may see."""
    return tuple(posts_under(user))
