"""What happens to reports and their mails."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class ReportRescheduled(Event):
    """From now on a report is sent at other times (wall time of a zone) or on other days: `on` a
    weekday (Monday is 0) or a day of the month, for those that do not come daily."""

    stream_kind = "report"
    label = _("report rescheduled")
    report_id: int
    time: str
    zone: str
    days: str
    on: int | None = None


@dataclass(frozen=True)
class RecipientAdded(Event):
    """Somebody gets a report from now on."""

    stream_kind = "report"
    label = _("recipient of a report added")
    report_id: int
    user_id: int


@dataclass(frozen=True)
class RecipientRemoved(Event):
    """Somebody does not get a report any more, by their own wish or another's."""

    stream_kind = "report"
    label = _("recipient of a report removed")
    report_id: int
    user_id: int


@dataclass(frozen=True)
class SubscriptionPaused(Event):
    """Somebody gets no mail of a report before a day (ISO date)."""

    stream_kind = "report"
    label = _("report paused")
    report_id: int
    user_id: int
    until: str


@dataclass(frozen=True)
class SubscriptionResumed(Event):
    """Somebody gets a paused report again."""

    stream_kind = "report"
    label = _("paused report resumed")
    report_id: int
    user_id: int


@dataclass(frozen=True)
class RunDue(Event):
    """A run's slot has come, or it is time to ask again whether its figures are measured."""

    stream_kind = "report_run"
    label = _("report due")
    run_id: int


@dataclass(frozen=True)
class RunComposed(Event):
    """A run's mails are written: so many queued, so many not to be sent."""

    stream_kind = "report_run"
    label = _("report composed")
    run_id: int
    queued: int
    skipped: int
    is_complete: bool


@dataclass(frozen=True)
class ReportMailQueued(Event):
    """A mail of a run waits to be handed to the mail server."""

    stream_kind = "report_mail"
    label = _("mail of a report queued")
    mail_id: int


@dataclass(frozen=True)
class ReportMailResent(Event):
    """A person had a mail sent again that failed, or whose outcome nobody knows."""

    stream_kind = "report_mail"
    label = _("mail of a report sent again")
    mail_id: int


@dataclass(frozen=True)
class ReportMailLeft(Event):
    """A person looked at a mail that failed or is unknown, and left it as it is."""

    stream_kind = "report_mail"
    label = _("mail of a report left as it is")
    mail_id: int
