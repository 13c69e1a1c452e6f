"""Who gets the report and when: edited by managers, paused and left by readers themselves."""

from datetime import datetime, timedelta

import pytest

from analytics.actions import (
    add_recipient,
    establish_report,
    leave_report,
    pause_subscription,
    remove_recipient,
    reschedule_report,
    resume_subscription,
    step_back_from_report,
)
from analytics.errors import DutyToRead, PauseTooLong
from analytics.models import Report, Subscription
from analytics.rendering.mails import token_of
from shop.clock import SHANGHAI, today, turned_to
from shop.errors import InvalidValue, NotAllowed
from shop.timing.errors import ScheduleUnusable
from shop.timing.models import ClockJob
from tests import cast
from tests.analytics.reports import DAY, MINUTE, THURSDAY, measure, reader, the_report, tick

pytestmark = pytest.mark.django_db


def sent_subjects(postman):
    return [mail["Subject"].partition("] ")[2][:5] for mail in postman.taken]


@pytest.mark.article("AN10", "B2.2.1")
def test_staff_move_it_to_another_time_and_what_came_before_is_still_owed(postman):
    reader()
    measure(THURSDAY - 60 * MINUTE)
    ClockJob.objects.update(next_at=THURSDAY)
    with turned_to(THURSDAY - 30 * MINUTE):
        by = cast.staff("operations_manager")
        reschedule_report(the_report(), "09:15", "Asia/Shanghai", "every_day", by=by)
    tick(THURSDAY)
    assert not postman.taken
    tick(THURSDAY + 45 * MINUTE)
    assert sent_subjects(postman) == ["11-18"]


def test_moving_it_after_it_went_out_sends_no_second_one(postman):
    reader()
    measure(THURSDAY - 60 * MINUTE)
    tick(THURSDAY)
    with turned_to(THURSDAY + MINUTE):
        by = cast.staff("operations_manager")
        reschedule_report(the_report(), "09:15", "Asia/Shanghai", "every_day", by=by)
    tick(THURSDAY + 45 * MINUTE)
    assert sent_subjects(postman) == ["11-18"]
    assert the_report().runs.count() == 1


@pytest.mark.article("AN10", "B2.2.1")
def test_on_workdays_it_rests_on_holidays_and_comes_on_make_up_days(postman):
    """National Day 2026: closed 1–7 October, Saturday the 10th is worked."""
    first = datetime(2026, 9, 30, 8, 30, tzinfo=SHANGHAI)
    with turned_to(first - 20 * DAY):
        report = the_report()
        user = cast.staff("director").user
        user.email = "director@shop.example"
        user.save()
        add_recipient(report, user, by=cast.staff("director"))
    ClockJob.objects.filter(code=report.job_code).update(next_at=first)
    with turned_to(first - MINUTE):
        reschedule_report(report, "08:30", "Asia/Shanghai", "workdays", by=cast.staff("director"))
    for n in range(13):
        measure(first + n * DAY - 60 * MINUTE)
        tick(first + n * DAY)
    slots = [run.slot_at.astimezone(SHANGHAI) for run in report.runs.order_by("slot_at")]
    assert [f"{slot:%m-%d}" for slot in slots] == ["09-30", "10-08", "10-09", "10-10", "10-12"]
    assert len(postman.taken) == 5


@pytest.mark.parametrize(
    ("time", "zone"),
    [("25:00", "UTC"), ("24:00", "UTC"), ("08:30", "Mars/Tharsis"), ("", "UTC")],
)
def test_a_time_that_no_clock_shows_is_refused(time, zone):
    report = the_report()
    before = ClockJob.objects.get(code=report.job_code).schedule
    with pytest.raises(ScheduleUnusable):
        reschedule_report(report, time, zone, "every_day", by=cast.staff("director"))
    assert ClockJob.objects.get(code=report.job_code).schedule == before


def test_days_that_there_are_not_are_refused():
    with pytest.raises(InvalidValue):
        reschedule_report(the_report(), "08:30", "UTC", "fridays", by=cast.staff("director"))


def test_there_is_one_report_of_a_code():
    first = establish_report(by=cast.SYSTEM)
    assert establish_report(by=cast.SYSTEM) == first
    assert Report.objects.count() == 1


@pytest.mark.parametrize("role", ["data_analyst", "service_supervisor", "warehouse"])
def test_only_managers_change_when_and_to_whom(role):
    one, by = reader(), cast.staff(role)
    for act in (
        lambda: reschedule_report(the_report(), "08:00", "UTC", "every_day", by=by),
        lambda: add_recipient(the_report(), cast.staff("technical_lead").user, by=by),
        lambda: remove_recipient(one, by=by),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_who_was_removed_can_be_added_again():
    one = reader("data_analyst")
    remove_recipient(one, by=cast.staff("director"))
    assert not Subscription.objects.standing().exists()
    again = add_recipient(the_report(), one.user, by=cast.staff("director"))
    assert again.pk == one.pk
    assert Subscription.objects.standing().get() == one


class TestPause:
    def test_a_week_at_most_and_never_back(self):
        one, by = reader(), cast.staff("director")
        for days in (-1, 0, 8, 400):
            with pytest.raises(PauseTooLong):
                pause_subscription(one, today() + timedelta(days=days), by=by)
        assert pause_subscription(one, today() + timedelta(days=7), by=by).is_paused(today())

    def test_over_or_resumed_the_mail_comes_again(self, postman):
        one, by = reader(), cast.staff("director")
        with turned_to(THURSDAY - 60 * MINUTE):
            pause_subscription(one, (THURSDAY + 2 * DAY).date(), by=by)
        for n in range(3):
            measure(THURSDAY + n * DAY - 30 * MINUTE)
            tick(THURSDAY + n * DAY)
        assert sent_subjects(postman) == ["11-20"]
        with turned_to(THURSDAY + 2 * DAY):
            pause_subscription(one, (THURSDAY + 5 * DAY).date(), by=by)
            resume_subscription(one, by=by)
        measure(THURSDAY + 3 * DAY - 30 * MINUTE)
        tick(THURSDAY + 3 * DAY)
        assert sent_subjects(postman) == ["11-20", "11-21"]

    def test_another_readers_is_not_ones_own(self):
        one, stranger = reader(), cast.staff("data_analyst")
        for act in (
            lambda: pause_subscription(one, today() + timedelta(days=1), by=stranger),
            lambda: resume_subscription(one, by=stranger),
            lambda: leave_report(one, by=stranger),
        ):
            with pytest.raises(Subscription.DoesNotExist):
                act()


def test_who_reads_by_duty_may_pause_and_not_leave():
    analyst, director = reader("data_analyst"), reader()
    leave_report(analyst, by=cast.staff("data_analyst"))
    with pytest.raises(DutyToRead):
        leave_report(director, by=cast.staff("director"))
    assert list(Subscription.objects.standing()) == [director]


class TestOnePress:
    """RFC 8058: POST by the token of the mail; whoever only fetches changes nothing."""

    def press(self, client, subscription, method="post", token=None):
        address = f"/reports/unsubscribe/{token or token_of(subscription)}/"
        return getattr(client, method)(address, {"List-Unsubscribe": "One-Click"})

    def test_it_ends_what_is_read_by_choice(self, client):
        one = reader("data_analyst")
        answer = self.press(client, one)
        assert answer.status_code == 200
        assert "不再收到" in answer.content.decode()
        assert not Subscription.objects.standing().exists()
        assert self.press(client, one).status_code == 200, "a repeat changes nothing"

    def test_it_pauses_for_a_week_what_is_read_by_duty(self, client):
        one = reader()
        assert "已暂停" in self.press(client, one).content.decode()
        one.refresh_from_db()
        assert one.ended_at is None
        assert one.paused_until == today() + timedelta(days=7)
        assert step_back_from_report(one, by=cast.SYSTEM).paused_until == one.paused_until

    @pytest.mark.parametrize("method", ["get", "head", "put"])
    def test_a_scanner_that_follows_links_ends_nothing(self, client, method):
        one = reader("data_analyst")
        assert self.press(client, one, method).status_code == 405
        assert Subscription.objects.standing().exists()

    def test_a_token_that_is_not_ours_is_not_found(self, client):
        one, other = reader("data_analyst"), reader("data_analyst", "2")
        forged = token_of(one).replace(f"{one.pk}:", f"{other.pk}:", 1)
        for token in (forged, "1", "x" * 300, f"{one.pk}:"):
            assert self.press(client, one, token=token).status_code == 404
        assert Subscription.objects.standing().count() == 2
