"""The reports' pages: home, one run with its mails, a mail as it looks, a preview."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from analytics import flows
from analytics.actions import establish_report
from analytics.actions.runs import Letter
from analytics.desk.buttons import days_of, timetable_now
from analytics.models import DAILY, Report, ReportContent, ReportMail, ReportRun, Subscription
from analytics.rendering import XLSX, file_name, shown_alone, title_of
from analytics.rules import span_before
from analytics.selectors import Reader
from shop.clock import now, today
from shop.doors.desk.live import staff_page
from shop.doors.desk.rows import actor_of, user_of
from shop.identity.actors import Actor
from shop.identity.models import User
from shop.timing.models import ClockJob

MAY_SEE = "analytics.view_report"
RUNS_SHOWN = 30
DECIDE_SHOWN = 50
ALONE = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self';"
    " base-uri 'none'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""A mail shown in a frame runs nothing, fetches nothing and knows nothing of the page around it."""

LOOKS = {
    "queued": "wait",
    "sending": "wait",
    "accepted": "good",
    "unknown": "bad",
    "failed": "bad",
    "skipped": "plain",
}


@require_GET
@staff_page
def home(request: HttpRequest) -> HttpResponse:
    """Of one report: what I get and when, who else, what must be decided, and the archive."""
    actor = may_see(request)
    report = report_asked_for(request)
    own = report.subscriptions.standing().filter(user=user_of(request)).first()
    mails = ReportMail.objects.visible_to(actor)
    return page(
        request,
        "analytics/reports.html",
        title_of(report.code),
        report=report,
        reports=[(code, title_of(code)) for code in Report.Code.values],
        own=own,
        is_paused=own is not None and own.is_paused(today()),
        schedule=timetable_now(report),
        upcoming=upcoming(report),
        recipients=recipients(report, actor),
        on=on_which_day(report),
        undecided=[(mail, LOOKS[mail.status]) for mail in to_decide(actor, report)[:DECIDE_SHOWN]],
        runs=[(run, tally(run)) for run in report.runs.prefetch_related("mails")[:RUNS_SHOWN]],
        mine=mails.filter(
            run__report=report, recipient=user_of(request), content__isnull=False
        ).last(),
    )


def report_asked_for(request: HttpRequest) -> Report:
    """The daily one, unless another is named; one that there is not is 404."""
    code = request.GET.get("report", DAILY)
    if code not in Report.Code.values:
        raise Http404
    known = Report.objects.filter(code=code).first()
    return known or establish_report(code, by=Actor.system("a page asked for it"))


def on_which_day(report: Report) -> str:
    """On Monday, on day 1 of the month; empty for what comes daily."""
    on = timetable_now(report)["on"]
    return dict(days_of(report.code)).get(on, "")


def upcoming(report: Report) -> Any:
    job = ClockJob.objects.filter(code=report.job_code).first()
    return job.timetable().next(now(), 1)[0] if job else None


def recipients(report: Report, actor: Actor) -> list[tuple[Subscription, bool]]:
    """Everybody who gets it, and whether it is paused; empty for who may not change that."""
    if not actor.may("analytics.add_recipient"):
        return []
    standing = report.subscriptions.standing().select_related("user", "report")
    return [(one, one.is_paused(today())) for one in standing.prefetch_related("user__groups")]


def to_decide(actor: Actor, report: Report) -> Any:
    if not actor.may("analytics.resend_report_mail"):
        return ReportMail.objects.none()
    undecided = ReportMail.objects.visible_to(actor).undecided().filter(run__report=report)
    return undecided.select_related("run__report", "recipient").order_by("-pk")


def tally(run: ReportRun) -> list[tuple[str, str]]:
    """(look, state and how many) of the run's mails."""
    states = [mail.status for mail in run.mails.all()]
    return [
        (LOOKS[value], f"{label} {states.count(value)}")
        for value, label in ReportMail.Status.choices
        if value in states
    ]


@require_GET
@staff_page
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: what became of each mail, and one of them as it looks."""
    actor = may_see(request)
    runs = ReportRun.objects.visible_to(actor).select_related("report")
    found = get_object_or_404(runs, pk=pk)
    mails = list(
        ReportMail.objects.visible_to(actor)
        .filter(run=found)
        .select_related("recipient", "content")
    )
    return page(
        request,
        "analytics/run.html",
        str(found),
        run=found,
        file=file_name(found),
        mails=[(mail, LOOKS[mail.status]) for mail in mails],
        shown=chosen(request, mails),
    )


def chosen(request: HttpRequest, mails: list[ReportMail]) -> ReportMail | None:
    """The mail that was asked for; else one's own; else the first that says something."""
    telling = [mail for mail in mails if mail.content_id]
    asked = [mail for mail in telling if str(mail.pk) == request.GET.get("mail")]
    own = [mail for mail in telling if mail.recipient_id == user_of(request).pk]
    return next(iter([*asked, *own, *telling]), None)


@require_GET
@xframe_options_sameorigin
@staff_page
def content(request: HttpRequest, pk: int) -> HttpResponse:
    """A mail's HTML, byte for byte but for the picture, for the frame on the run's page."""
    return alone(shown_alone(content_of(request, pk)))


@require_GET
@staff_page
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """A mail's workbook."""
    kept = content_of(request, pk)
    answer = HttpResponse(bytes(kept.workbook), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{file_name(kept.run)}"'
    return answer


def content_of(request: HttpRequest, mail_id: int) -> ReportContent:
    """Of a mail this person may see; a stranger's is 404."""
    mails = ReportMail.objects.visible_to(may_see(request)).select_related("content__run__report")
    found: ReportContent | None = get_object_or_404(mails, pk=mail_id).content
    if found is None:
        raise Http404
    return found


@require_GET
@staff_page
def preview(request: HttpRequest) -> HttpResponse:
    """What a recipient would get now, by their rights and in their language."""
    report = report_asked_for(request)
    reader = previewed(request, report)
    return page(
        request,
        "analytics/preview.html",
        _("Preview for %(name)s") % {"name": reader.user},
        report=report,
        reader=reader,
        letter=letter_for(reader, report),
    )


@require_GET
@xframe_options_sameorigin
@staff_page
def preview_content(request: HttpRequest) -> HttpResponse:
    """The preview's HTML, for its frame."""
    report = report_asked_for(request)
    letter = letter_for(previewed(request, report), report)
    if letter.content is None:
        raise Http404
    said = letter.content
    kept = ReportContent(html=said.html, chart=said.chart)
    return alone(shown_alone(kept))


def previewed(request: HttpRequest, report: Report) -> Reader:
    """The recipient asked for, or oneself. Whose mail it would be, only managers may see."""
    may_see(request)
    asked = request.GET.get("user", "")
    subscriptions = report.subscriptions.standing()
    if not asked:
        return reader_of(user_of(request))
    if not actor_of(request).may("analytics.view_reportmail"):
        raise PermissionDenied
    if not asked.isascii() or not asked.isdecimal() or len(asked) > 9:
        raise Http404
    return reader_of(get_object_or_404(User, pk=int(asked), subscriptions__in=subscriptions))


def reader_of(user: User) -> Reader:
    refused = "" if Actor.staff(user).may("figures.view_measuredvalue") else "not_permitted"
    own = Subscription(user=user)
    return Reader(user, refused, own.is_duty)


def letter_for(reader: Reader, report: Report) -> Letter:
    span = span_before(report.code, today())
    run = ReportRun(report=report, since_on=span.since, data_on=span.until)
    return flows.preview(run, reader)


def alone(html: str) -> HttpResponse:
    answer = HttpResponse(html)
    answer["Content-Security-Policy"] = ALONE
    return answer


def may_see(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.may(MAY_SEE):
        raise PermissionDenied
    return actor


def page(request: HttpRequest, template: str, title: Any, **context: Any) -> HttpResponse:
    shared = admin.site.each_context(request)
    return TemplateResponse(request, template, {**shared, "title": title, **context})
