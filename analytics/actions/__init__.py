"""What changes rows of analytics: visits that are counted, reports that are sent."""

from analytics.actions.mails import (
    begin_report_mail,
    leave_report_mail,
    put_back_report_mail,
    resend_report_mail,
    retry_report_mail,
    settle_report_mail,
)
from analytics.actions.reports import (
    add_recipient,
    establish_report,
    leave_report,
    pause_subscription,
    remove_recipient,
    reschedule_report,
    resume_subscription,
    step_back_from_report,
)
from analytics.actions.runs import (
    await_figures,
    compose_run,
    open_run,
    resume_run,
    send_test_report,
)
from analytics.actions.visits import take_events

__all__ = [
    "add_recipient",
    "await_figures",
    "begin_report_mail",
    "compose_run",
    "establish_report",
    "leave_report",
    "leave_report_mail",
    "open_run",
    "pause_subscription",
    "put_back_report_mail",
    "remove_recipient",
    "reschedule_report",
    "resend_report_mail",
    "resume_run",
    "resume_subscription",
    "retry_report_mail",
    "send_test_report",
    "settle_report_mail",
    "step_back_from_report",
    "take_events",
]
