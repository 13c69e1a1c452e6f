"""A run: opened by its slot, waiting for figures, composed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from analytics import rules
from analytics.events import ReportMailQueued, RunComposed, RunDue
from analytics.models import DAILY, RUN_WAITS, Report, ReportContent, ReportMail, ReportRun
from shop.clock import SHANGHAI, now, today
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.timing.actions.calendars import shop_calendar
from shop.timing.actions.timers import arm_timer
from shop.timing.models import ClockJob
from shop.timing.rules import Schedule

A_TEST_TRIES = timedelta(hours=2)


@dataclass(frozen=True)
class Composed:
    """What a mail says, as bytes that never change."""

    digest: str
    language: str
    subject: str
    text: str
    html: str
    chart: bytes
    workbook: bytes


@dataclass(frozen=True)
class Letter:
    """A recipient's mail; without content, why there is none. `sight`: posts it tells of."""

    to: User
    content: Composed | None
    reason: str = ""
    sight: tuple[str, ...] = ()


def open_run(report: Report, slot: datetime, *, by: Actor) -> ReportRun | None:
    """Let the report of this slot become due, once per slot and per stretch of days told.

    On a day off a daily report is the last workday's, if that was missed; a weekly or monthly one
    waits for the next workday. None: there is nothing to do.
    """
    by.require("analytics.open_run")
    with transaction.atomic():
        report = Report.objects.locked().get(pk=report.pk)
        timetable = ClockJob.objects.get(code=report.job_code).timetable()
        slot_due = _slot_due(report, timetable, slot, by)
        if slot_due is None:
            return None
        run = _planned(report, timetable.zone, *slot_due)
        told = Q(slot_at=run.slot_at) | Q(data_on=run.data_on)
        if report.runs.filter(told, is_test=False).exists():
            return None
        run.save()
        _let_go_out(run, by)
    return run


def _slot_due(
    report: Report, timetable: Schedule, slot: datetime, by: Actor
) -> tuple[datetime, datetime] | None:
    """(The slot whose report is owed, when it goes out)."""

    def is_report_day(day: date) -> bool:
        return _is_report_day(report, day, by)

    if report.code != DAILY:
        return slot, rules.goes_out(slot, timetable.zone, is_report_day)
    owed = rules.due_slot(timetable, slot, is_report_day)
    return (owed, owed) if owed else None


def _planned(report: Report, zone: ZoneInfo, slot: datetime, due: datetime) -> ReportRun:
    span = rules.span_told(report.code, slot, zone)
    return ReportRun(
        report=report,
        slot_at=slot,
        due_at=due,
        zone=zone.key,
        since_on=span.since,
        data_on=span.until,
        deadline_at=rules.deadline(due, zone),
        stop_at=rules.stop_at(due, zone),
    )


def _let_go_out(run: ReportRun, by: Actor) -> None:
    if run.due_at > now():
        arm_timer(RUN_WAITS, run.stream, run.due_at, by=by)
    else:
        publish(RunDue(run.pk), by=by)


def _is_report_day(report: Report, day: date, by: Actor) -> bool:
    if report.days == Report.Days.EVERY_DAY:
        return True
    return bool(shop_calendar(by=by).current().hours().openings_on(day))


def send_test_report(report: Report, *, by: Actor) -> ReportRun:
    """Have the latest report sent to oneself, as it is now: nobody else gets it."""
    by.require("analytics.send_test_report")
    with transaction.atomic():
        at, span = now(), rules.span_before(report.code, today())
        run = report.runs.create(
            slot_at=at,
            due_at=at,
            zone=SHANGHAI.key,
            since_on=span.since,
            data_on=span.until,
            is_test=True,
            opened_by=by.user,
            deadline_at=at,
            stop_at=at + A_TEST_TRIES,
        )
        publish(RunDue(run.pk), by=by)
    return run


def await_figures(run: ReportRun, *, by: Actor) -> None:
    """Ask again in ten minutes whether its days are measured, and at the deadline."""
    by.require("analytics.await_figures")
    with transaction.atomic():
        run = ReportRun.objects.locked().get(pk=run.pk)
        if run.status == ReportRun.Status.WAITING:
            arm_timer(RUN_WAITS, run.stream, rules.next_ask(now(), run.deadline_at), by=by)


def resume_run(run_id: int, *, by: Actor) -> bool:
    """Ask again for the figures. False: it is composed."""
    by.require("analytics.resume_run")
    with transaction.atomic():
        run = ReportRun.objects.locked().get(pk=run_id)
        if run.status != ReportRun.Status.WAITING:
            return False
        publish(RunDue(run.pk), by=by)
    return True


def compose_run(
    run: ReportRun, letters: Sequence[Letter], is_complete: bool, *, by: Actor
) -> ReportRun:
    """Keep what each recipient's mail says and queue it; one mail per person and run.

    A repeat finds the run composed and changes nothing.
    """
    by.require("analytics.compose_run")
    with transaction.atomic():
        run = ReportRun.objects.locked().get(pk=run.pk)
        if run.status == ReportRun.Status.COMPOSED:
            return run
        advance(run, "compose")
        run.composed_at, run.is_complete = now(), is_complete
        run.save(update_fields=["status", "composed_at", "is_complete"])
        queued = _write_mails(run, letters)
        for mail in queued:
            publish(ReportMailQueued(mail.pk), by=by)
        skipped = len(letters) - len(queued)
        publish(RunComposed(run.pk, len(queued), skipped, is_complete), by=by)
    return run


def _write_mails(run: ReportRun, letters: Sequence[Letter]) -> list[ReportMail]:
    """Those that are queued."""
    kept = _keep(run, {letter.content for letter in letters if letter.content})
    mails = ReportMail.objects.bulk_create(
        ReportMail(
            run=run,
            recipient=letter.to,
            content=kept[letter.content.digest] if letter.content else None,
            status="queued" if letter.content else "skipped",
            reason=letter.reason,
            sight=list(letter.sight),
            settled_at=None if letter.content else now(),
        )
        for letter in letters
    )
    return [mail for mail in mails if mail.content_id is not None]


def _keep(run: ReportRun, contents: set[Composed]) -> dict[str, ReportContent]:
    rows = [
        ReportContent(
            run=run,
            digest=said.digest,
            language=said.language,
            subject=said.subject,
            text=said.text,
            html=said.html,
            chart=said.chart,
            workbook=said.workbook,
        )
        for said in contents
    ]
    return {row.digest: row for row in ReportContent.objects.bulk_create(rows)}
