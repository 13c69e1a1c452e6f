"""AN10: managers get their figures by mail, by their own timetable, once each.

Told through the admin's pages, the clock and a real mail server.
"""

import pytest
from django.urls import reverse

from analytics.models import ReportMail
from shop.clock import turned_to
from shop.figures.registry import CONTROLS
from shop.figures.rules import Figure
from shop.figures.selectors import control_figure
from tests import cast
from tests.analytics.reports import DAY, MINUTE, THURSDAY, a_wednesday, the_report, tick
from tests.doors.conftest import desk_of

pytestmark = [pytest.mark.django_db, pytest.mark.article("AN10", "B2.2.1", "D7.2.2")]
HOUR = 60 * MINUTE
CONTROL = CONTROLS["AN10.sent"]


def press(client, action, row, **values):
    answer = client.post(reverse("desk:act", args=[f"analytics.{action}", row.pk]), values)
    assert answer.status_code == 302, answer.content.decode()[:2000]


def employed(role):
    user = cast.staff(role).user
    user.email = f"{role}@shop.example"
    user.save()
    return user


def control(day):
    with turned_to(THURSDAY + 2 * DAY):
        return control_figure(CONTROL, day, day), list(CONTROL.cases(day, day))


@pytest.mark.control("AN10")
def test_from_the_timetable_to_the_archive(postman):
    # Given a manager who wants the report at nine, for the director and for herself
    a_wednesday()
    with turned_to(THURSDAY - DAY):
        report, manager = the_report(), desk_of("operations_manager")
        times = {"time": "9:00", "zone": "Asia/Shanghai", "days": "every_day"}
        press(manager, "reschedule_report", report, **times)
        for role in ("director", "operations_manager"):
            press(manager, "add_recipient", report, user=employed(role).pk)

    # When nine o'clock has come, and the mail server hangs up on the second mail
    postman.answers += ["250 OK", "hang up"]
    tick(THURSDAY + 30 * MINUTE)

    # Then each was handed over once, and Wednesday's money is in the subject
    assert [mail["To"] for mail in postman.taken] == [
        "director@shop.example",
        "operations_manager@shop.example",
    ]
    assert "11-18 日报：净收款额 ¥384" in postman.taken[0]["Subject"]
    # and nothing is sent again by itself, however often the clocks look
    for later in (HOUR, 2 * HOUR, 5 * HOUR):
        tick(THURSDAY + later)
    assert len(postman.taken) == 2
    # and the control has fallen by the one that nobody knows of
    unknown = ReportMail.objects.get(status="unknown")
    assert control(THURSDAY.date()) == (Figure(1, 2), [unknown])

    # When the manager finds it on her page and has it sent again
    with turned_to(THURSDAY + 2 * HOUR):
        assert "待处理" in manager.get(reverse("reports:home")).content.decode()
        press(manager, "resend_report_mail", unknown)
    tick(THURSDAY + 2 * HOUR + 10 * MINUTE)

    # Then it went out under its old number, and the archive shows what it said
    first, second = postman.taken[1:]
    assert first["Message-ID"] == second["Message-ID"]
    assert control(THURSDAY.date()) == (Figure(2, 2), [])
    with turned_to(THURSDAY + 3 * HOUR):
        page = manager.get(reverse("reports:run", args=[unknown.run_id])).content.decode()
    assert unknown.content.subject in page


def test_without_readers_there_is_no_case(postman):
    tick(THURSDAY)
    assert control(THURSDAY.date()) == (Figure(0, 0), [])


def test_writing_accepted_late_does_not_mend_the_morning(postman, settings):
    """Walk-round: taken in the afternoon is not taken before noon."""
    a_wednesday()
    with turned_to(THURSDAY - DAY):
        press(desk_of("director"), "add_recipient", the_report(), user=employed("director").pk)
    tick(THURSDAY)
    ReportMail.objects.update(settled_at=THURSDAY + 6 * HOUR)
    assert control(THURSDAY.date())[0] == Figure(0, 1)
