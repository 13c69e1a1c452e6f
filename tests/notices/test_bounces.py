"""Mail that comes back: read from the report, counted once, suspended at the third, released."""

from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from django.test import Client

from shop.errors import IllegalTransition, NotAllowed
from shop.notices.actions.bounces import record_bounce, release_address
from shop.notices.kinds import ADDRESS_SUSPENDED
from shop.notices.models import MailAddress, MailBounce
from shop.notices.selectors import is_suspended
from shop.vendors.bounces import BadBounce, Bounce, read_bounce
from shop.work.models import WorkItem
from tests import cast
from tests.analytics.reports import THURSDAY, a_wednesday, outcomes, reader, tick
from tests.doors.conftest import desk_of

pytestmark = [pytest.mark.django_db, pytest.mark.article("AN10", "B2.2.1")]
KEY = "what-the-mail-server-shows"
ADDRESS = "director@shop.example"


def report(message_id, address=ADDRESS, status="5.1.1", action="failed", whole=False):
    """As a mail server writes it: words for people, fields for us, what came back."""
    made = MIMEMultipart("report", **{"report-type": "delivery-status"})
    made["From"], made["Subject"] = "MAILER-DAEMON@mx.example", "Undelivered Mail"
    made.attach(MIMEText("您的邮件无法送达。", _charset="utf-8"))
    fields = EmailMessage()
    fields["Reporting-MTA"] = "dns; mx.example"
    one = EmailMessage()
    one["Final-Recipient"] = f"rfc822; {address}"
    one["Action"], one["Status"] = action, status
    one["Diagnostic-Code"] = "smtp; 550 user unknown"
    status_part = MIMEMessage(fields, "delivery-status")
    status_part.get_payload().append(one)
    made.attach(status_part)
    if whole:
        back = EmailMessage()
        back["Message-ID"], back["Subject"] = f"<{message_id}>", "11-18 日报"
        back.set_content("正文")
        made.attach(MIMEMessage(back))
    else:
        made.attach(MIMEText(f"Message-ID: <{message_id}>\nSubject: x\n", "rfc822-headers"))
    return made.as_bytes()


def employed():
    user = cast.staff("director").user
    user.email = ADDRESS
    user.save()
    return user


def bounced(times=3):
    user = employed()
    for run in range(1, times + 1):
        record_bounce(f"kpi-{run}-{user.pk}@shop.example", ADDRESS, "5.1.1", by=cast.SYSTEM)
    return user


@pytest.mark.parametrize("whole", [True, False])
def test_a_report_says_whose_mail_came_back_and_why(whole):
    assert read_bounce(report("kpi-1-2@shop.example", whole=whole)) == [
        Bounce("kpi-1-2@shop.example", ADDRESS, "5.1.1")
    ]


@pytest.mark.parametrize(
    ("status", "is_hard"),
    [("5.1.1", True), ("5.4.4", True), ("5.2.2", False), ("5.7.1", False), ("4.4.1", False)],
)
def test_what_is_the_addresss_fault(status, is_hard):
    [bounce] = read_bounce(report("kpi-1-2@shop.example", status=status))
    assert bounce.is_hard is is_hard


def test_what_only_is_late_or_arrived_is_no_bounce():
    for action in ("delayed", "delivered", "relayed"):
        assert read_bounce(report("kpi-1-2@shop.example", action=action)) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: out of office\r\n\r\nI am away",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x--",
        report("", status="5.1.1"),
        report("kpi-1-2@shop.example", status="none"),
        b"\xff\xfe\x00" * 100,
    ],
)
def test_what_is_no_report_is_refused(raw):
    with pytest.raises(BadBounce):
        read_bounce(raw)


def test_the_third_suspends_the_address_and_is_work_for_hr():
    cast.staff("hr")
    user = bounced(times=2)
    assert not is_suspended(user)
    assert bounced(times=3) == user
    assert is_suspended(user)
    held = MailAddress.objects.get()
    assert (held.hard_bounces, MailBounce.objects.count()) == (3, 3)
    item = WorkItem.objects.get(kind=ADDRESS_SUSPENDED.code)
    assert (item.role, item.subject) == ("hr", held.stream)


def test_the_same_report_again_counts_once():
    user = bounced(times=1)
    for _again in range(5):
        again = record_bounce(f"kpi-1-{user.pk}@shop.example", ADDRESS, "5.1.1", by=cast.SYSTEM)
        assert again is False
    assert MailAddress.objects.get().hard_bounces == 1


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("kpi-1-999999@shop.example", ADDRESS),
        ("newsletter-1@shop.example", ADDRESS),
        ("notice.999999@shop.example", ADDRESS),
        ("kpi-1-{user}@shop.example", "nobody@shop.example"),
    ],
)
def test_a_report_of_a_mail_that_we_never_sent_there_changes_nothing(number, address):
    number = number.format(user=employed().pk)
    assert record_bounce(number, address, "5.1.1", by=cast.SYSTEM) is False
    assert not MailAddress.objects.exists()


def test_another_address_of_the_person_is_not_affected():
    user = bounced()
    user.email = "new@shop.example"
    user.save()
    assert not is_suspended(user)


def test_a_person_releases_it_and_it_is_counted_anew():
    user = bounced()
    desk, held = desk_of("hr"), MailAddress.objects.get()
    page = desk.get(f"/admin/notices/mailaddress/{held.pk}/change/").content.decode()
    assert f"kpi-3-{user.pk}@shop.example" in page
    desk.post(f"/admin/desk/act/notices.release_address/{held.pk}/", {})
    held.refresh_from_db()
    assert (held.suspended_at, held.hard_bounces) == (None, 0)
    assert held.released_by == cast.staff("hr").user
    assert not is_suspended(user)
    assert WorkItem.objects.get(kind=ADDRESS_SUSPENDED.code).status == "closed"
    with pytest.raises(IllegalTransition):
        release_address(held, by=cast.staff("hr"))
    with pytest.raises(NotAllowed):
        release_address(held, by=cast.staff("warehouse"))


def test_no_report_goes_to_a_suspended_address(postman):
    user = reader().user
    for run in range(3):
        record_bounce(f"kpi-{run}-{user.pk}@shop.example", user.email, "5.1.1", by=cast.SYSTEM)
    a_wednesday()
    tick(THURSDAY)
    assert postman.taken == []
    assert outcomes() == [("director", "skipped", "suspended")]


def handed_in(raw, key=KEY):
    return Client().post(
        "/hooks/mail/",
        raw,
        content_type="message/rfc822",
        headers={"Authorization": f"Bearer {key}"},
    )


def test_the_mail_server_hands_it_in(settings):
    settings.MAIL_HOOK_KEY = KEY
    user = employed()
    raw = report(f"kpi-1-{user.pk}@shop.example")
    assert [handed_in(raw).status_code for _twice in range(2)] == [204, 204]
    assert MailAddress.objects.get().hard_bounces == 1
    assert handed_in(b"Subject: x\r\n\r\nx").status_code == 400
    assert handed_in(b"x" * 300_000).status_code == 413
    assert handed_in(raw, key="guessed").status_code == 401


def test_without_a_key_nobody_hands_anything_in(settings):
    settings.MAIL_HOOK_KEY = ""
    assert handed_in(report("kpi-1-1@shop.example"), key="").status_code == 401
