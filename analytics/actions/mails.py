"""One mail's way to the server: taken in hand once, settled behind a fence, decided by people."""

import random
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q

from analytics import rules
from analytics.errors import ResendTooSoon
from analytics.events import ReportMailLeft, ReportMailQueued, ReportMailResent
from analytics.models import MAIL_RETRY, ReportMail, Subscription
from analytics.models.reports import SubscriptionQuerySet
from analytics.selectors import obstacle
from shop.clock import now
from shop.errors import IllegalTransition
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.timing.actions.timers import arm_timer

Status, Reason = ReportMail.Status, ReportMail.Reason
IN_HAND = timedelta(seconds=50)
"""No attempt takes longer (the mail client stops at 40 s): whoever began before that has died."""


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt: a verb of TRANSITIONS, why, and the server's code."""

    verb: str
    reason: str = ""
    code: str = ""


def begin_report_mail(mail_id: int, *, by: Actor) -> ReportMail | None:
    """Take it in hand, by one guarded update; None when it is not, or must not go out.

    Rights, address and pause are asked again now. One that was in hand when its process died may
    have arrived: its outcome is unknown, and it is not sent again by itself.
    """
    by.require("analytics.begin_report_mail")
    with transaction.atomic():
        mail = ReportMail.objects.locked().get(pk=mail_id)
        if mail.status == Status.SENDING and mail.begun_at and mail.begun_at <= now() - IN_HAND:
            _settle(mail, Outcome("lose", Reason.CUT_OFF))
        if mail.status != Status.QUEUED:
            return None
        if reason := obstacle(mail):
            _settle(mail, Outcome("skip", reason))
            return None
    return _claim(mail)


def _claim(mail: ReportMail) -> ReportMail | None:
    at = now()
    free = Q(try_at__isnull=True) | Q(try_at__lte=at)
    waiting = ReportMail.objects.filter(free, pk=mail.pk, status=Status.QUEUED)
    is_ours = waiting.update(status=Status.SENDING, attempts=F("attempts") + 1, begun_at=at)
    if not is_ours:
        return None
    return ReportMail.objects.select_related("run__report", "recipient", "content").get(pk=mail.pk)


def put_back_report_mail(mail: ReportMail, code: str, *, by: Actor) -> None:
    """Surely not taken: again in 1, 5, 15, 60 minutes; given up when that would be after noon."""
    by.require("analytics.put_back_report_mail")
    with transaction.atomic():
        held = _still_ours(mail)
        if held is None:
            return
        jitter = random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries, keeps no secret
        again = rules.next_try(held.attempts, now(), held.run.stop_at, jitter)
        if again is None:
            _settle(held, Outcome("fail", Reason.LATE, code))
            return
        advance(held, "put_back")
        held.reason, held.code, held.try_at, held.settled_at = "", code[:20], again, None
        held.save(update_fields=["status", "reason", "code", "try_at", "settled_at"])
        arm_timer(MAIL_RETRY, held.stream, again, by=by)


def retry_report_mail(mail_id: int, *, by: Actor) -> bool:
    """Its time to be tried again has come. False: it is settled by now."""
    by.require("analytics.retry_report_mail")
    with transaction.atomic():
        mail = ReportMail.objects.locked().get(pk=mail_id)
        if mail.status != Status.QUEUED:
            return False
        publish(ReportMailQueued(mail.pk), by=by)
    return True


def settle_report_mail(mail: ReportMail, outcome: Outcome, *, by: Actor) -> bool:
    """Write what became of it. False: a later attempt has taken it over, and says so itself."""
    by.require("analytics.settle_report_mail")
    with transaction.atomic():
        held = _still_ours(mail)
        if held is None:
            return False
        _settle(held, outcome)
        if outcome.reason == Reason.BAD_ADDRESS:
            _subscriptions(held).update(refused_address=held.recipient.email)
    return True


def resend_report_mail(mail: ReportMail, *, by: Actor) -> ReportMail:
    """Send again what failed or what nobody knows the outcome of, under the same number.

    A mark on the address is taken off: a person has looked. Raises ResendTooSoon while an
    unanswered one may still arrive, IllegalTransition for one that arrived.
    """
    by.require("analytics.resend_report_mail")
    with transaction.atomic():
        held = ReportMail.objects.locked().get(pk=mail.pk)
        opens = held.resendable_from()
        if opens is not None and now() < opens:
            raise ResendTooSoon
        advance(held, "resend")
        held.reason, held.code, held.settled_at, held.try_at = "", "", None, None
        held.left_at = None
        held.save()
        _subscriptions(held).update(refused_address="")
        publish(ReportMailResent(held.pk), by=by)
        publish(ReportMailQueued(held.pk), by=Actor.system("sent again by staff"))
    return held


def leave_report_mail(mail: ReportMail, *, by: Actor) -> ReportMail:
    """Leave it as it is: somebody has looked, and it is not to be sent again."""
    by.require("analytics.leave_report_mail")
    with transaction.atomic():
        held = ReportMail.objects.locked().get(pk=mail.pk)
        if held.status not in ReportMail.TO_DECIDE or held.left_at is not None:
            raise IllegalTransition
        held.left_at = now()
        held.save(update_fields=["left_at"])
        publish(ReportMailLeft(held.pk), by=by)
    return held


def _still_ours(mail: ReportMail) -> ReportMail | None:
    """Held by this attempt, or given up for lost meanwhile: its own word is better than that."""
    ours = Q(status=Status.SENDING) | Q(status=Status.UNKNOWN, reason=Reason.CUT_OFF)
    return ReportMail.objects.locked().filter(ours, pk=mail.pk, attempts=mail.attempts).first()


def _settle(mail: ReportMail, outcome: Outcome) -> None:
    advance(mail, outcome.verb)
    mail.reason, mail.code, mail.settled_at = outcome.reason, outcome.code[:20], now()
    mail.save(update_fields=["status", "reason", "code", "settled_at"])


def _subscriptions(mail: ReportMail) -> SubscriptionQuerySet:
    return Subscription.objects.filter(report=mail.run.report, user=mail.recipient)
