"""The reports' pages: what each may see and press, and a mail shown in a frame that is harmless."""

from datetime import timedelta

import pytest
from django.urls import reverse

from analytics.models import Report, ReportMail, ReportRun, Subscription
from shop.clock import now, today, turned_to
from shop.identity.roles import BY_CODE, ROLES
from shop.timing.models import ClockJob
from tests import cast
from tests.analytics.reports import MINUTE, THURSDAY, a_wednesday, reader, run_of, the_report, tick
from tests.doors.conftest import desk_of

pytestmark = pytest.mark.django_db
READERS = {role.code for role in ROLES if "analytics.view_report" in role.permissions}


@pytest.fixture
def archive(postman):
    """Thursday's report: the director's arrived, the analyst's was never answered."""
    one, other = reader(), reader("data_analyst")
    a_wednesday()
    postman.answers += ["250 OK", "hang up"]
    tick(THURSDAY)
    return {one.user.username: mail_to(one), other.user.username: mail_to(other)}


def mail_to(subscription):
    return ReportMail.objects.get(recipient=subscription.user)


def seen(role, page, *args, **query):
    return desk_of(role).get(reverse(f"reports:{page}", args=args), query)


def press(role, action, row, **values):
    return desk_of(role).post(
        reverse("desk:act", args=[f"analytics.{action}", row.pk]),
        values,
        headers={"Accept": "application/json"},
    )


def test_readers_land_there_unless_they_have_another_desk():
    the_report()
    home = reverse("reports:home")
    for role in ("director", "operations_manager", "department_head"):
        assert desk_of(role).get(reverse("desk:landing")).headers["Location"] == home
    assert desk_of("service_supervisor").get(reverse("desk:landing")).headers["Location"] != home


@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_the_pages_open_for_who_may_look_at_figures(role, archive):
    expected = 200 if role in READERS else 403
    for page, args in (("home", []), ("run", [run_of().pk])):
        assert seen(role, page, *args).status_code == expected, (role, page)
    assert (role in READERS) == ("figures.view_measuredvalue" in BY_CODE[role].permissions)


def test_nobody_sees_anything_without_signing_in(client, archive):
    for page, args in (("home", []), ("run", [1]), ("content", [1]), ("workbook", [1]),
                       ("preview", []), ("preview_content", [])):  # fmt: skip
        answer = client.get(reverse(f"reports:{page}", args=args))
        assert answer.status_code == 302
        assert "/admin/login/" in answer.headers["Location"]


def test_home_says_when_to_whom_and_what_must_be_decided(archive):
    text = seen("director", "home").content.decode()
    assert "08:30" in text
    assert "待处理" in text
    assert "未收到回执" in text
    assert "2026-11-18" in text
    assert "待处理" not in seen("data_analyst", "home").content.decode()


def test_one_sees_ones_own_mail_and_managers_see_all(archive):
    analysts, directors = archive["data_analyst"], archive["director"]
    assert seen("data_analyst", "content", analysts.pk).status_code == 200
    for page in ("content", "workbook"):
        assert seen("data_analyst", page, directors.pk).status_code == 404
        assert seen("operations_manager", page, directors.pk).status_code == 200
    assert "director" not in seen("data_analyst", "run", run_of().pk).content.decode()


def test_a_mail_in_its_frame_is_the_bytes_that_were_sent_and_can_do_nothing(archive):
    answer = seen("director", "content", archive["director"].pk)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    shown, sent = answer.content.decode(), archive["director"].content.html
    assert shown.partition("data:image/png;base64,")[0] == sent.partition("cid:trend")[0]
    page = seen("director", "run", run_of().pk).content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


def test_the_workbook_downloads_under_its_own_name(archive):
    answer = seen("director", "workbook", archive["director"].pk)
    assert 'filename="KPI_2026-11-18.xlsx"' in answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"PK")


def test_a_preview_is_by_the_recipients_rights_and_for_managers_alone(archive):
    analyst = cast.staff("data_analyst").user
    assert seen("director", "preview", user=analyst.pk).status_code == 200
    assert seen("director", "preview_content", user=analyst.pk).status_code == 200
    assert seen("data_analyst", "preview").status_code == 200
    assert seen("data_analyst", "preview", user=analyst.pk).status_code == 403
    stranger = cast.staff("warehouse").user
    for odd in (stranger.pk, "0", "x", "٣", "9" * 30):
        assert seen("director", "preview", user=odd).status_code == 404
    assert ReportMail.objects.count() == 2, "nothing is kept"


class TestPressed:
    def test_the_timetable(self):
        report = the_report()
        typed = {"time": "９:05", "zone": "Asia/Shanghai", "days": "workdays"}
        assert press("operations_manager", "reschedule_report", report, **typed).status_code == 200
        report.refresh_from_db()
        assert report.days == Report.Days.WORKDAYS
        assert ClockJob.objects.get(code=report.job_code).schedule["times"] == ["09:05"]

    def test_a_time_that_there_is_not_is_said_beside_the_button(self):
        typed = {"time": "25:00", "zone": "Asia/Shanghai", "days": "every_day"}
        answer = press("operations_manager", "reschedule_report", the_report(), **typed)
        assert answer.status_code in {400, 409}
        assert answer.json()["message"] or answer.json()["errors"]

    def test_a_recipient_added_from_those_who_may_and_do_not_get_it(self):
        report, lead = the_report(), cast.staff("technical_lead").user
        assert press("director", "add_recipient", report, user=lead.pk).status_code == 200
        assert Subscription.objects.get().user == lead
        for wrong in (lead, cast.staff("warehouse").user):
            assert press("director", "add_recipient", report, user=wrong.pk).status_code == 400

    def test_pause_resume_and_leave(self):
        one = reader("data_analyst")
        until = f"{today() + timedelta(days=3)}"
        assert press("data_analyst", "pause_subscription", one, until=until).status_code == 200
        assert press("data_analyst", "resume_subscription", one).status_code == 200
        assert press("data_analyst", "leave_report", one).status_code == 200
        assert not Subscription.objects.standing().exists()

    def test_a_strangers_subscription_is_not_found(self):
        one = reader()
        assert press("data_analyst", "leave_report", one).status_code == 404

    def test_send_again_and_leave(self, archive):
        unknown = archive["data_analyst"]
        with turned_to(THURSDAY + 5 * MINUTE):
            assert press("director", "resend_report_mail", unknown).status_code == 409
        with turned_to(THURSDAY + 40 * MINUTE):
            assert press("director", "leave_report_mail", unknown).status_code == 200
            assert press("data_analyst", "resend_report_mail", unknown).status_code == 403

    def test_a_test_to_oneself(self):
        assert press("operations_manager", "send_test_report", the_report()).status_code == 200
        run = ReportRun.objects.get()
        assert run.is_test and run.opened_by == cast.staff("operations_manager").user
        assert press("data_analyst", "send_test_report", the_report()).status_code == 403
        assert now() >= run.slot_at
