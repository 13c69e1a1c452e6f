"""How the figures of a report's events read."""

from django.utils.translation import gettext as _

from analytics.desk.buttons import days_of
from analytics.events import (
    RecipientAdded,
    RecipientRemoved,
    ReportRescheduled,
    RunComposed,
    SubscriptionPaused,
)
from analytics.models import Report
from shop.doors.desk.timeline import in_words
from shop.identity.models import User


@in_words(ReportRescheduled)
def rescheduled(event: ReportRescheduled) -> str:
    report = Report.objects.filter(pk=event.report_id).first()
    on = dict(days_of(report.code)).get(event.on, "") if report and event.on is not None else ""
    told = f"{event.time} ({event.zone}), {Report.Days(event.days).label}"
    return f"{on} {told}".strip()


@in_words(RecipientAdded)
def added(event: RecipientAdded) -> str:
    return _name(event.user_id)


@in_words(RecipientRemoved)
def removed(event: RecipientRemoved) -> str:
    return _name(event.user_id)


@in_words(SubscriptionPaused)
def paused(event: SubscriptionPaused) -> str:
    told = {"name": _name(event.user_id), "day": event.until}
    return _("%(name)s, until %(day)s") % told


@in_words(RunComposed)
def composed(event: RunComposed) -> str:
    told = {"queued": event.queued, "skipped": event.skipped}
    return _("%(queued)d queued, %(skipped)d not sent") % told


def _name(user_id: int) -> str:
    user = User.objects.filter(pk=user_id).first()
    return str(user) if user else ""
