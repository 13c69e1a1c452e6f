"""send_notice: once per person and fact, by every channel, or refused with its reason."""

from dataclasses import replace
from datetime import time

import pytest

from orders.notices import ORDER_PAID, ORDER_SHIPPED, PAYMENT_ENDING
from shop.clock import turned_to
from shop.errors import NotAllowed
from shop.events.models import Delivery, EventLog
from shop.events.outbox import kind_of
from shop.identity.actors import Actor
from shop.notices.actions.preferences import Answer, Choice, set_preferences, set_wishes
from shop.notices.actions.queue import hold_sending, open_sending, queue_sending
from shop.notices.actions.raising import Fact, send_notice
from shop.notices.events import MailQueued, WechatMessageQueued
from shop.notices.kinds import KINDS, Audience, Channel, register_kind
from shop.notices.models import Notice, NoticeSending
from shop.notices.notices import TIMER_DIED
from shop.timing.models import Timer
from tests import cast
from tests.notices.cases import on, outcomes, sending

pytestmark = pytest.mark.django_db
FACT = Fact("timer:7")


def tell(kind=TIMER_DIED, to="technical_lead", fact=FACT):
    return send_notice(kind, to, fact, by=cast.SYSTEM)


def test_a_person_is_told_by_every_channel_of_the_kind(engineer):
    [notice] = tell(to=engineer)
    assert (notice.party, notice.post, notice.subject) == (engineer.party, "", "timer:7")
    assert outcomes() == [("desk", "sent", ""), ("mail", "queued", "")]
    assert Delivery.objects.get().lane == "mail"
    assert EventLog.objects.filter(kind=kind_of(MailQueued)).count() == 1


def test_a_post_is_everybody_who_holds_it(engineer):
    other = cast.staff("technical_lead", "二").user
    away = cast.staff("technical_lead", "三").user
    away.is_active = False
    away.save()
    told = tell()
    assert {notice.party for notice in told} == {engineer.party, other.party}
    assert {notice.post for notice in told} == {"technical_lead"}


def test_a_repeated_fact_tells_nobody_twice(engineer):
    assert len(tell()) == 1
    assert tell() == tell(to=engineer) == []
    assert Notice.objects.count() == 1
    assert len(tell(fact=Fact("timer:7", key="the next time"))) == 1


def test_a_new_holder_of_the_post_hears_of_it_too(engineer):
    tell()
    newcomer = cast.staff("technical_lead", "新").user
    [notice] = tell()
    assert notice.party == newcomer.party


def test_a_post_that_nobody_holds_is_heard_by_the_next_above():
    boss = cast.staff("director").user
    [notice] = tell(to="engineer")
    assert (notice.party, notice.post, notice.stands_in) == (boss.party, "engineer", True)


def test_nobody_at_all_is_kept_with_its_reason_once():
    [notice] = tell()
    assert notice.party is None
    assert outcomes() == [("desk", "refused", "nobody")]
    assert tell() == []


def test_the_group_reads_it_once_however_many_hold_the_post(engineer, settings):
    settings.WECOM_ROBOT_URL = "http://127.0.0.1:1/cgi-bin/webhook/send?key=k"
    cast.staff("technical_lead", "二")
    tell()
    assert outcomes(channel="wecom") == [("wecom", "queued", "")]
    assert sending("wecom").notice.party is None
    assert tell() == []


def test_without_an_address_the_mail_is_refused_and_says_so():
    cast.staff("technical_lead")
    tell()
    assert outcomes() == [("desk", "sent", ""), ("mail", "refused", "no_address")]
    assert not Delivery.objects.exists()


def test_who_wants_no_mail_gets_none(engineer):
    choice = Choice("jishu@shop.example", False, "zh-hans")
    set_wishes(engineer, choice, by=cast.staff("technical_lead"))
    tell()
    assert outcomes() == [("desk", "sent", ""), ("mail", "refused", "not_wanted")]


def test_a_kind_is_told_to_its_audience_alone(engineer):
    with pytest.raises(ValueError, match="is for staff"):
        tell(to=cast.customer())
    with pytest.raises(ValueError, match="is for customer"):
        tell(ORDER_PAID, to=engineer)
    assert not Notice.objects.exists()


def test_only_the_system_tells(engineer):
    for actor in (cast.staff("technical_lead"), cast.shopper()):
        with pytest.raises(NotAllowed):
            send_notice(TIMER_DIED, engineer, FACT, by=actor)


@pytest.mark.parametrize("step", [open_sending, hold_sending, queue_sending])
def test_only_the_system_moves_what_is_queued(engineer, step):
    tell(to=engineer)
    arguments = {
        open_sending: (Notice.objects.get(), Channel.DESK),
        hold_sending: (sending("mail"), on("2026-11-19", "08:00")),
        queue_sending: (sending("mail"),),
    }
    with pytest.raises(NotAllowed):
        step(*arguments[step], by=cast.staff("technical_lead"))


class TestCustomers:
    def test_one_allowed_message_is_queued(self, buyer):
        tell(ORDER_PAID, buyer("甲", "order_paid"), Fact("order:1"))
        assert outcomes() == [("wechat", "queued", "")]
        assert EventLog.objects.filter(kind=kind_of(WechatMessageQueued)).exists()

    def test_without_an_allowance_nothing_is_asked_of_wechat(self, templates):
        tell(ORDER_PAID, cast.customer(), Fact("order:1"))
        assert outcomes() == [("wechat", "refused", "no_quota")]

    def test_a_template_that_is_not_set_up_is_said(self, settings):
        settings.WECHAT_TEMPLATES = {}
        tell(ORDER_PAID, cast.customer(), Fact("order:1"))
        assert outcomes() == [("wechat", "refused", "no_template")]

    def test_a_reminder_wants_consent_and_news_of_an_order_does_not(self, buyer):
        customer = buyer("乙", "payment_ending", "order_paid")
        tell(PAYMENT_ENDING, customer, Fact("order:1"))
        tell(ORDER_PAID, customer, Fact("order:1"))
        assert outcomes() == [("wechat", "refused", "no_consent"), ("wechat", "queued", "")]

    def test_withdrawn_consent_is_as_if_never_given(self, buyer):
        customer = buyer("丙", "payment_ending")
        for number, is_given in enumerate((True, False), start=1):
            answer = Answer("reminder", 1, is_given)
            set_preferences(customer, [answer], True, by=Actor.shopper(customer))
            tell(PAYMENT_ENDING, customer, Fact(f"order:{number}"))
        assert outcomes() == [("wechat", "queued", ""), ("wechat", "refused", "no_consent")]

    def test_the_wish_about_the_channel_holds_for_news_of_an_order_too(self, buyer):
        customer = buyer("丁", "order_paid")
        set_preferences(customer, [], False, by=Actor.shopper(customer))
        tell(ORDER_PAID, customer, Fact("order:1"))
        assert outcomes() == [("wechat", "refused", "not_wanted")]

    def test_at_night_it_is_held_unless_it_is_urgent(self, buyer):
        customer = buyer("戊", "order_shipped", "order_paid")
        with turned_to(on("2026-11-18", "23:30")):
            tell(ORDER_SHIPPED, customer, Fact("order:1"))
            tell(ORDER_PAID, customer, Fact("order:1"))
        assert outcomes() == [("wechat", "held", ""), ("wechat", "queued", "")]
        held = NoticeSending.objects.get(status="held")
        assert held.release_at == on("2026-11-19", "08:00")
        assert Timer.objects.of("notices.release", held.stream).get().due_at == held.release_at


class TestStaffsHours:
    def mailed(self, engineer, kind, at):
        with turned_to(at):
            tell(kind, engineer, Fact("timer:9"))
        return sending("mail")

    def test_after_work_it_waits_for_the_next_morning(self, engineer, calendar, memo):
        mail = self.mailed(engineer, memo(), on("2026-11-18", "18:00"))
        assert (mail.status, mail.release_at) == ("held", on("2026-11-19", "09:00"))

    def test_over_a_holiday_it_waits_for_the_make_up_workday(self, engineer, calendar, memo):
        """The Saturday after Spring Festival 2026 is worked (调休)."""
        mail = self.mailed(engineer, memo(), on("2026-02-13", "18:30"))
        assert mail.release_at == on("2026-02-14", "09:00")

    def test_on_a_make_up_workday_it_goes_at_once(self, engineer, calendar, memo):
        assert self.mailed(engineer, memo(), on("2026-02-14", "10:00")).status == "queued"

    def test_over_the_holiday_itself_it_waits_for_its_end(self, engineer, calendar, memo):
        mail = self.mailed(engineer, memo(), on("2026-02-16", "10:00"))
        assert mail.release_at == on("2026-02-24", "09:00")

    def test_urgent_news_passes(self, engineer, calendar, memo):
        kind = memo(is_urgent=True)
        assert self.mailed(engineer, kind, on("2026-11-18", "03:00")).status == "queued"

    def test_their_own_quiet_hours_take_the_calendars_place(self, engineer, calendar, memo):
        choice = Choice(engineer.email, True, "zh-hans", time(22), time(6, 30))
        set_wishes(engineer, choice, by=cast.staff("technical_lead"))
        mail = self.mailed(engineer, memo(), on("2026-11-18", "23:00"))
        assert mail.release_at == on("2026-11-19", "06:30")
        with turned_to(on("2026-11-18", "19:00")):
            tell(memo(), engineer, Fact("timer:10"))
        assert sending("mail", notice__subject="timer:10").status == "queued"

    def test_the_inbox_disturbs_nobody(self, engineer, calendar, memo):
        self.mailed(engineer, memo(), on("2026-11-18", "03:00"))
        assert sending("desk").status == "sent"


def test_a_user_without_a_party_cannot_be_told(db):
    user = cast.staff("engineer", "nobody").user
    user.party = None
    with pytest.raises(ValueError, match="no party"):
        tell(to=user)


def test_a_kind_is_declared_once_and_wechat_wants_a_template(memo):
    kind = memo()
    with pytest.raises(ValueError, match="declared already"):
        register_kind(kind)
    with pytest.raises(ValueError, match="wants a template"):
        register_kind(replace(kind, code="tests.other", channels=(Channel.WECHAT,)))


def test_every_kind_is_for_somebody_and_has_an_article():
    for kind in KINDS.values():
        assert kind.article and kind.channels and kind.audience in set(Audience)
