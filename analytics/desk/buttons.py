"""What people can do with reports, subscriptions and mails."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS as WEEKDAYS_TOLD
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.actions import (
    add_recipient,
    leave_report,
    leave_report_mail,
    pause_subscription,
    remove_recipient,
    reschedule_report,
    resend_report_mail,
    resume_subscription,
    send_test_report,
)
from analytics.models import DAILY, MONTHLY, WEEKLY, Report, ReportMail, Subscription
from analytics.rules import MONTH_DAYS, MOST_PAUSED, WEEKDAYS
from shop.clock import now, today
from shop.doors.desk.buttons import button
from shop.doors.timing.forms import clock_time
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.timing.models import ClockJob

BEGINS_ON = {WEEKLY: 0, MONTHLY: 1}


class ScheduleForm(forms.Form):
    """When it is sent. What no clock can show, the action refuses."""

    on = forms.TypedChoiceField(label=_("On which day"), coerce=int)
    time = forms.CharField(label=_("Time of day"), max_length=5)
    zone = forms.CharField(label=_("Time zone"), max_length=40)
    days = forms.ChoiceField(
        label=_("On days off"),
        help_text=_("Make-up workdays (调休) are workdays, holidays are not."),
    )

    def clean_time(self) -> str:
        return clock_time(self.cleaned_data["time"].strip())

    def clean_zone(self) -> str:
        return str(self.cleaned_data["zone"]).strip()


class RecipientForm(forms.Form):
    user = forms.ModelChoiceField(label=_("Recipient"), queryset=User.objects.none())


ON_DAYS_OFF = {
    DAILY: (_("it comes all the same"), _("it is left out")),
    WEEKLY: (_("it comes all the same"), _("it comes on the next workday")),
    MONTHLY: (_("it comes all the same"), _("it comes on the next workday")),
}


def days_of(code: str) -> list[tuple[int, str]]:
    """The weekdays that a weekly report can come on, the days of the month of a monthly one."""
    if code == WEEKLY:
        return [(day, str(WEEKDAYS_TOLD[day])) for day in WEEKDAYS]
    if code == MONTHLY:
        return [(day, gettext("day %(day)d of the month") % {"day": day}) for day in MONTH_DAYS]
    return []


def shape_schedule(form: Any, report: Report) -> None:
    """What comes daily has no day to choose; what a day off does, each report says its way."""
    every_day, workdays = ON_DAYS_OFF[report.code]
    choices = [(Report.Days.EVERY_DAY, every_day), (Report.Days.WORKDAYS, workdays)]
    form.fields["days"].choices = choices
    if report.code == DAILY:
        del form.fields["on"]
    else:
        form.fields["on"].choices = days_of(report.code)


def days_ahead() -> list[tuple[str, str]]:
    """The longest pause first: who goes on leave wants that one."""
    days = [today() + timedelta(days=n) for n in range(MOST_PAUSED, 0, -1)]
    return [(f"{day}", date_format(day, "m-d l")) for day in days]


class PauseForm(forms.Form):
    until = forms.TypedChoiceField(
        label=_("First day with mail again"), coerce=date.fromisoformat, choices=days_ahead
    )


def timetable_now(report: Report) -> dict[str, Any]:
    """The report's schedule as the form shows it."""
    job = ClockJob.objects.filter(code=report.job_code).first()
    stored = job.schedule if job else {}
    times = stored.get("times") or ["08:30"]
    on = stored.get("weekdays", []) if report.code == WEEKLY else stored.get("month_days", [])
    return {
        "on": next(iter(on), BEGINS_ON.get(report.code)),
        "time": times[0],
        "zone": stored.get("zone", "Asia/Shanghai"),
        "days": report.days,
    }


def offer_readers(form: Any, report: Report) -> None:
    """Active staff who may look at figures and do not get it yet."""
    getting = report.subscriptions.standing().values("user")
    others = User.objects.filter(is_active=True).exclude(pk__in=getting).order_by("pk")
    may = [user.pk for user in others if Actor.staff(user).may("figures.view_measuredvalue")]
    form.fields["user"].queryset = User.objects.filter(pk__in=may).order_by("pk")


def is_mine(subscription: Subscription, actor: Actor) -> bool:
    return subscription.user == actor.user


def is_running(subscription: Subscription) -> bool:
    return subscription.ended_at is None and not subscription.is_paused(today())


button(
    send_test_report,
    _("Send a test to myself"),
    _("A test is on its way to your own address."),
)
button(
    reschedule_report,
    _("Change the timetable"),
    _("The timetable is changed; it holds from now on."),
    form=ScheduleForm,
    adapt=shape_schedule,
    initial=timetable_now,
)
button(
    add_recipient,
    _("Add a recipient"),
    _("They get the report from the next slot on."),
    form=RecipientForm,
    adapt=offer_readers,
)
button(
    pause_subscription,
    _("Pause"),
    _("No mail before that day."),
    form=PauseForm,
    when=is_running,
)
button(
    resume_subscription,
    _("Resume"),
    _("The next report comes by mail again."),
    when=lambda one: one.ended_at is None and one.is_paused(today()),
)
button(
    leave_report,
    _("Unsubscribe"),
    _("You do not get it any more."),
    when=lambda one: one.ended_at is None and not one.is_duty,
    suits=is_mine,
    confirm=_("No report from now on. A manager can add you again."),
)
button(
    remove_recipient,
    _("Remove"),
    _("They do not get it any more."),
    when=lambda one: one.ended_at is None,
    suits=lambda one, actor: not is_mine(one, actor),
    confirm=_("No report for this person from now on."),
)


def may_be_resent(mail: ReportMail) -> bool:
    opens = mail.resendable_from()
    return mail.status in ReportMail.TO_DECIDE and (opens is None or opens <= now())


button(
    resend_report_mail,
    _("Send again"),
    _("It is being sent again."),
    when=may_be_resent,
    confirm=_("It may have arrived already: then it arrives twice, under one number. Send it?"),
)
button(
    leave_report_mail,
    _("Leave it"),
    _("It stays as it is."),
    when=lambda mail: mail.status in ReportMail.TO_DECIDE and mail.left_at is None,
)
