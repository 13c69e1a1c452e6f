"""When a report is sent, and to whom."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction

from analytics import rules
from analytics.errors import DutyToRead, MayNotRead, PauseTooLong
from analytics.events import (
    RecipientAdded,
    RecipientRemoved,
    ReportRescheduled,
    SubscriptionPaused,
    SubscriptionResumed,
)
from analytics.models import DAILY, Report, Subscription
from analytics.models.reports import READ
from shop.clock import now, today
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.timing.actions.jobs import establish_jobs, reschedule_job
from shop.timing.models import ClockJob

OF_THE_REPORT = Actor.system("a report's timetable")


def establish_report(code: str = DAILY, *, by: Actor) -> Report:
    """The report of this code, which exists from the first time that somebody asks for it."""
    by.require("analytics.establish_report")
    begins = Report.Days.EVERY_DAY if code == DAILY else Report.Days.WORKDAYS
    report, _new = Report.objects.get_or_create(code=code, defaults={"days": begins})
    return report


def reschedule_report(
    report: Report, time: str, zone: str, days: str, on: int | None = None, *, by: Actor
) -> Report:
    """Send it at this wall time of the zone from now on, every day or on workdays (AN10).

    `on` is the weekday of a weekly report (Monday is 0), the day of the month of a monthly one.
    What had come by the old timetable is still owed. Raises ScheduleUnusable, InvalidValue.
    """
    by.require("analytics.reschedule_report")
    if days not in Report.Days.values:
        raise InvalidValue(fields={"days": [Report.Days.EVERY_DAY]})
    schedule = _timetable(report, time, zone, on)
    establish_jobs(by=OF_THE_REPORT)
    with transaction.atomic():
        report = Report.objects.locked().get(pk=report.pk)
        job = ClockJob.objects.get(code=report.job_code)
        reschedule_job(job, schedule, by=OF_THE_REPORT)
        report.days = days
        report.save(update_fields=["days"])
        publish(ReportRescheduled(report.pk, time, zone, days, on), by=by)
    return report


def _timetable(report: Report, time: str, zone: str, on: int | None) -> dict[str, Any]:
    try:
        return rules.timetable(report.code, time, zone, on)
    except ValueError:
        raise InvalidValue(fields={"on": [str(on)]}) from None


def add_recipient(report: Report, user: User, *, by: Actor) -> Subscription:
    """Let somebody get the report by mail. Raises MayNotRead for who may not look at figures."""
    by.require("analytics.add_recipient")
    if not Actor.staff(user).may(READ):
        raise MayNotRead
    with transaction.atomic():
        report = Report.objects.locked().get(pk=report.pk)
        known, is_new = Subscription.objects.get_or_create(
            report=report, user=user, defaults={"since": now()}
        )
        if is_new or known.ended_at is not None:
            known.since, known.ended_at, known.paused_until = now(), None, None
            known.refused_address = ""
            known.save()
            publish(RecipientAdded(report.pk, user.pk), by=by)
    return known


def remove_recipient(subscription: Subscription, *, by: Actor) -> None:
    """End somebody's getting the report. Who reads by duty is replaced, not left out, by posts:
    this is for the manager to decide."""
    by.require("analytics.remove_recipient")
    with transaction.atomic():
        _end(Subscription.objects.locked().get(pk=subscription.pk), by)


def pause_subscription(subscription: Subscription, until: date, *, by: Actor) -> Subscription:
    """No mail before that day; one's own, or another's for whoever may change recipients.

    Raises PauseTooLong when it is not within the next seven days.
    """
    by.require("analytics.pause_subscription")
    with transaction.atomic():
        held = Subscription.objects.visible_to(by).locked().get(pk=subscription.pk)
        if not today() < until <= today() + timedelta(days=rules.MOST_PAUSED):
            raise PauseTooLong
        held.paused_until = until
        held.save(update_fields=["paused_until"])
        publish(SubscriptionPaused(held.report_id, held.user_id, f"{until}"), by=by)
    return held


def resume_subscription(subscription: Subscription, *, by: Actor) -> Subscription:
    """Mail again from the next slot on."""
    by.require("analytics.resume_subscription")
    with transaction.atomic():
        held = Subscription.objects.visible_to(by).locked().get(pk=subscription.pk)
        held.paused_until = None
        held.save(update_fields=["paused_until"])
        publish(SubscriptionResumed(held.report_id, held.user_id), by=by)
    return held


def leave_report(subscription: Subscription, *, by: Actor) -> None:
    """Get the report no more, by one's own wish. Raises DutyToRead: such may only pause it."""
    by.require("analytics.leave_report")
    with transaction.atomic():
        held = Subscription.objects.visible_to(by).locked().get(pk=subscription.pk)
        if held.is_duty:
            raise DutyToRead
        _end(held, by)


def step_back_from_report(subscription: Subscription, *, by: Actor) -> Subscription:
    """One press in a mail program (RFC 8058): it ends; for who reads by duty, a week's pause."""
    by.require("analytics.step_back_from_report")
    with transaction.atomic():
        held = Subscription.objects.locked().get(pk=subscription.pk)
        if held.is_duty:
            held.paused_until = today() + timedelta(days=rules.MOST_PAUSED)
            held.save(update_fields=["paused_until"])
            publish(SubscriptionPaused(held.report_id, held.user_id, f"{held.paused_until}"), by=by)
        else:
            _end(held, by)
    return held


def _end(held: Subscription, by: Actor) -> None:
    """The caller holds its lock. A repeat finds it ended."""
    if held.ended_at is None:
        held.ended_at = now()
        held.save(update_fields=["ended_at"])
        publish(RecipientRemoved(held.report_id, held.user_id), by=by)
