"""F8: the mail server is down, busy, silent, refuses, hangs up; a process dies in the middle."""

from datetime import timedelta

import pytest

from analytics import flows
from analytics.actions import (
    begin_report_mail,
    leave_report_mail,
    put_back_report_mail,
    resend_report_mail,
    retry_report_mail,
    settle_report_mail,
)
from analytics.actions.mails import Outcome
from analytics.errors import ResendTooSoon
from analytics.models import MAIL_RETRY, ReportMail, Subscription
from analytics.rendering import mail_of
from shop.clock import turned_to
from shop.errors import IllegalTransition, NotAllowed
from shop.timing.models import Timer
from shop.vendors.mail import send_mail
from tests import cast
from tests.analytics.reports import DAY, MINUTE, THURSDAY, measure, outcomes, reader, tick

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F8")]


@pytest.fixture
def due(postman, settings):
    """The director's report of Thursday, measured and not yet sent."""
    settings.EMAIL_TIMEOUT = 0.5
    reader()
    measure(THURSDAY - 60 * MINUTE)
    return postman


def the_mail():
    return ReportMail.objects.select_related("run__report", "recipient", "content").get()


def next_try():
    return Timer.objects.armed().get(kind=MAIL_RETRY).due_at


@pytest.mark.parametrize("trouble", ["451 try later", "down"])
def test_what_is_surely_not_taken_is_tried_again_after_a_minute_in_the_same_bytes(
    due, settings, trouble
):
    port = settings.EMAIL_PORT
    if trouble == "down":
        settings.EMAIL_PORT = 1  # nobody listens there
    else:
        due.answers.append(trouble)
    tick(THURSDAY)
    assert outcomes() == [("director", "queued", "")]
    assert not due.taken
    settings.EMAIL_PORT = port
    tick(THURSDAY + timedelta(seconds=40))
    assert not due.taken, "not before its time"
    tick(next_try())
    assert outcomes() == [("director", "accepted", "")]
    assert len(due.taken) == 1
    assert the_mail().attempts == 2


def test_every_attempt_is_the_same_bytes(due):
    tick(THURSDAY)
    with turned_to(THURSDAY + 3 * 60 * MINUTE):
        send_mail(mail_of(the_mail()))
    assert due.raw[0] == due.raw[1]


def test_a_server_that_is_busy_until_noon_is_given_up_then(due):
    due.answers += ["451 later"] * 20
    tick(THURSDAY)
    for _ in range(20):
        if (mail := the_mail()).status != "queued":
            break
        tick(next_try())
    assert outcomes() == [("director", "failed", "late")]
    assert 6 <= mail.attempts <= 7
    assert not due.taken
    tick(THURSDAY + 300 * MINUTE)
    assert not due.taken


@pytest.mark.parametrize("end", ["silence", "hang up"])
def test_taken_and_not_answered_is_unknown_and_never_sent_again_by_itself(due, end):
    due.answers.append(end)
    tick(THURSDAY)
    assert outcomes() == [("director", "unknown", "unanswered")]
    for minutes in (1, 10, 40, 400):
        tick(THURSDAY + minutes * MINUTE)
    assert len(due.taken) == 1


def test_a_person_sends_the_unanswered_again_after_half_an_hour_under_its_number(due):
    due.answers.append("silence")
    tick(THURSDAY)
    manager = cast.staff("operations_manager")
    with turned_to(THURSDAY + 29 * MINUTE), pytest.raises(ResendTooSoon):
        resend_report_mail(the_mail(), by=manager)
    with turned_to(THURSDAY + 31 * MINUTE):
        resend_report_mail(the_mail(), by=manager)
    tick(THURSDAY + 31 * MINUTE)
    assert outcomes() == [("director", "accepted", "")]
    first, second = due.taken
    assert first["Message-ID"] == second["Message-ID"]
    with pytest.raises(IllegalTransition):
        resend_report_mail(the_mail(), by=manager)


def test_a_person_leaves_it_and_it_is_off_the_list(due):
    due.answers.append("hang up")
    tick(THURSDAY)
    assert ReportMail.objects.undecided().count() == 1
    leave_report_mail(the_mail(), by=cast.staff("operations_manager"))
    assert ReportMail.objects.undecided().count() == 0
    with pytest.raises(IllegalTransition):
        leave_report_mail(the_mail(), by=cast.staff("operations_manager"))
    for act in (leave_report_mail, resend_report_mail):
        with pytest.raises(NotAllowed):
            act(the_mail(), by=cast.staff("data_analyst"))


def test_a_recipient_unknown_to_the_server_is_marked_and_gets_no_more_attempts(due):
    due.refused.add("director@shop.example")
    reader("data_analyst")
    tick(THURSDAY)
    assert outcomes() == [
        ("director", "failed", "bad_address"),
        ("data_analyst", "accepted", ""),
    ]
    measure(THURSDAY + DAY - 60 * MINUTE)
    tick(THURSDAY + DAY)
    assert outcomes()[2:] == [
        ("director", "skipped", "bad_address"),
        ("data_analyst", "accepted", ""),
    ]
    assert the_first().code == "550"


def the_first():
    return ReportMail.objects.order_by("pk").first()


def test_a_new_address_or_a_persons_decision_lifts_the_mark(due):
    due.refused.add("director@shop.example")
    tick(THURSDAY)
    due.refused.clear()
    with turned_to(THURSDAY + 2 * MINUTE):
        resend_report_mail(the_first(), by=cast.staff("director", "boss"))
    assert Subscription.objects.get().refused_address == ""
    tick(THURSDAY + 5 * MINUTE)
    assert outcomes() == [("director", "accepted", "")]


@pytest.mark.parametrize("answer", ["554 spam", "552 too large"])
def test_a_mail_refused_for_good_is_not_tried_again_and_says_nothing_of_the_address(due, answer):
    due.answers.append(answer)
    tick(THURSDAY)
    tick(THURSDAY + 60 * MINUTE)
    assert outcomes() == [("director", "failed", "refused")]
    assert Subscription.objects.get().refused_address == ""
    assert not due.taken


class TestDied:
    """A process takes a mail in hand and is never heard of again."""

    @pytest.fixture
    def in_hand(self, due):
        due.answers.append("451 later")
        tick(THURSDAY)
        with turned_to(THURSDAY + 3 * MINUTE):
            mail = begin_report_mail(the_mail().pk, by=cast.SYSTEM)
        assert mail is not None
        return mail

    def test_nobody_else_takes_it_meanwhile(self, in_hand):
        with turned_to(THURSDAY + 3 * MINUTE + timedelta(seconds=20)):
            assert begin_report_mail(in_hand.pk, by=cast.SYSTEM) is None
        assert the_mail().status == "sending"

    def test_after_its_time_nobody_knows_and_nobody_sends(self, in_hand, due):
        with turned_to(THURSDAY + 5 * MINUTE):
            flows.hand_over(in_hand.pk, by=cast.SYSTEM)
        assert outcomes() == [("director", "unknown", "cut_off")]
        assert not due.taken

    def test_its_own_late_word_is_better_than_the_guess(self, in_hand):
        with turned_to(THURSDAY + 5 * MINUTE):
            flows.hand_over(in_hand.pk, by=cast.SYSTEM)
            assert settle_report_mail(in_hand, Outcome("accept"), by=cast.SYSTEM)
        assert outcomes() == [("director", "accepted", "")]

    def test_it_may_even_say_that_the_server_did_not_take_it(self, in_hand):
        with turned_to(THURSDAY + 5 * MINUTE):
            flows.hand_over(in_hand.pk, by=cast.SYSTEM)
            put_back_report_mail(in_hand, "451", by=cast.SYSTEM)
        assert outcomes() == [("director", "queued", "")]

    def test_who_lost_it_to_a_later_attempt_says_nothing_any_more(self, in_hand):
        with turned_to(THURSDAY + 5 * MINUTE):
            flows.hand_over(in_hand.pk, by=cast.SYSTEM)
        with turned_to(THURSDAY + 60 * MINUTE):
            resend_report_mail(the_mail(), by=cast.staff("director", "boss"))
            begin_report_mail(in_hand.pk, by=cast.SYSTEM)
        assert settle_report_mail(in_hand, Outcome("lose", "unanswered"), by=cast.SYSTEM) is False
        assert the_mail().status == "sending"


def test_a_settled_mail_is_not_tried_again(due):
    tick(THURSDAY)
    assert retry_report_mail(the_mail().pk, by=cast.SYSTEM) is False
    flows.hand_over(the_mail().pk, by=cast.SYSTEM)
    assert len(due.taken) == 1
