"""A composed report as the mail that travels, and as a page of its own."""

from base64 import b64encode

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.translation import override

from analytics.models import ReportContent, ReportMail, ReportRun, Subscription
from analytics.rendering.letters import CHART
from analytics.rendering.wording import title_of
from shop.vendors.mail import Attachment, Inline, Mail

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SALT = "analytics.subscription"


def mail_of(mail: ReportMail) -> Mail:
    """The same bytes however often it is asked for, as long as the address is the same."""
    content = mail.content
    assert content is not None, "only what says something is handed over"
    picture = f"trend.{mail.run_id}@{_domain()}"
    return Mail(
        to=mail.recipient.email,
        subject=content.subject,
        text=content.text,
        html=content.html.replace(CHART, f"cid:{picture}"),
        message_id=f"kpi-{mail.run_id}-{mail.recipient_id}@{_domain()}",
        headers={**_list_headers(mail)},
        inline=(Inline(picture, bytes(content.chart), "image/png"),),
        attachments=(Attachment(file_name(mail.run), bytes(content.workbook), XLSX),),
        written_at=mail.run.composed_at,
    )


def file_name(run: ReportRun) -> str:
    """KPI_2026-11-18, KPI_2026-11-09_11-15 or KPI_2026-10: programs differ about names that are
    not ASCII."""
    return f"KPI_{run.period.replace('…', '_')}.xlsx"


def _list_headers(mail: ReportMail) -> dict[str, str]:
    """Which list it is of; and one press that ends it (RFC 2919, RFC 8058)."""
    report = mail.run.report
    assert mail.content is not None
    with override(mail.content.language):
        headers = {"List-Id": f"{title_of(report.code)} <{report.code}.reports.{_domain()}>"}
    subscription = Subscription.objects.filter(report=report, user=mail.recipient).first()
    if subscription is None:
        return headers
    address = reverse("unsubscribe", args=[token_of(subscription)])
    return {
        **headers,
        "List-Unsubscribe": f"<{settings.PUBLIC_URL}{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def token_of(subscription: Subscription) -> str:
    """Opens one person's subscription to one step back, and nothing else."""
    return Signer(salt=SALT).sign(str(subscription.pk))


def read_token(token: str) -> Subscription | None:
    """The subscription that a token opens; None for one that is not ours."""
    try:
        number = Signer(salt=SALT).unsign(token)
    except BadSignature:
        return None
    return Subscription.objects.filter(pk=number).first()


def shown_alone(content: ReportContent) -> str:
    """The HTML with the picture in it: for a page of ours, which fetches nothing."""
    picture = b64encode(bytes(content.chart)).decode()
    return content.html.replace(CHART, f"data:image/png;base64,{picture}")


def _domain() -> str:
    return str(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2]
