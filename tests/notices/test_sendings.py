"""A sending's life: taken in hand, sent, refused, failed, unknown, put back, stale, resent."""

from datetime import time, timedelta
from uuid import uuid4

import pytest

from orders.notices import ORDER_PAID, ORDER_SHIPPED, PAYMENT_ENDING
from shop.clock import now, turned_to
from shop.errors import IllegalTransition, NotAllowed
from shop.events.models import Delivery, EventLog
from shop.events.outbox import kind_of
from shop.events.relay import run_reactions
from shop.identity.actors import Actor
from shop.notices.actions import sendings as room
from shop.notices.actions.preferences import Answer, Choice, set_preferences, set_wishes
from shop.notices.actions.raising import Fact, send_notice
from shop.notices.actions.sendings import (
    Outcome,
    begin_sending,
    put_back_sending,
    release_sending,
    resend_notice,
    settle_sending,
)
from shop.notices.errors import GroupIsFull
from shop.notices.events import NoticeResent
from shop.notices.models import Allowance, NoticeSending
from shop.timing.models import Timer
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.make import make_order
from tests.notices.cases import WEDNESDAY, on, outcomes, sending

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=2)


def mailed(memo, engineer, **changes):
    """A notice queued by e-mail."""
    send_notice(memo(**changes), engineer, Fact("timer:7"), by=cast.SYSTEM)
    return sending("mail")


def later(step=LATER):
    """The lanes again, so much later than the Wednesday."""
    with turned_to(WEDNESDAY + step):
        run_reactions()


def allowed(customer):
    return dict(Allowance.objects.filter(customer=customer).values_list("template", "remaining"))


class TestByMail:
    def test_it_arrives_in_both_forms_under_its_number(self, memo, engineer, postman):
        mail = mailed(memo, engineer)
        run_reactions()
        mail.refresh_from_db()
        assert (mail.status, mail.attempts, mail.repeats) == ("sent", 1, 0)
        assert mail.settled_at
        [received] = postman.taken
        assert received["To"] == "jishu@shop.example"
        assert received["Message-ID"] == f"<notice.{mail.pk}@shop.example>"
        assert {part.get_content_type() for part in received.walk()} == {
            "multipart/alternative",
            "text/plain",
            "text/html",
        }
        assert Delivery.objects.get().state == "done"

    def test_a_server_that_says_no_is_the_last_word(self, memo, engineer, postman):
        postman.refuses = "550 no such user"
        mailed(memo, engineer)
        run_reactions()
        assert outcomes(channel="mail") == [("mail", "failed", "vendor")]
        assert sending("mail").code == "550"
        later()
        assert sending("mail").attempts == 1

    @pytest.mark.fault("F8")
    def test_not_now_is_tried_again_and_is_no_repeat(self, memo, engineer, postman):
        postman.answers.append("451 busy")
        mailed(memo, engineer)
        run_reactions()
        assert outcomes(channel="mail") == [("mail", "queued", "")]
        later()
        mail = sending("mail")
        assert (mail.status, mail.attempts, mail.repeats) == ("sent", 2, 0)
        assert len(postman.taken) == 1

    @pytest.mark.fault("F8")
    def test_silence_after_the_last_dot_is_not_repeated_by_itself(
        self, memo, engineer, postman, settings
    ):
        settings.EMAIL_TIMEOUT = 0.5
        postman.answers.append("silence")
        mailed(memo, engineer)
        run_reactions()
        assert outcomes(channel="mail") == [("mail", "unknown", "unanswered")]
        later()
        later(timedelta(days=2))
        assert len(postman.taken) == 1

    def test_a_header_that_would_break_is_refused_with_its_reason(self, memo, engineer, postman):
        mailed(memo, engineer, subject="Memo\r\nBcc: all@shop.example")
        run_reactions()
        assert outcomes(channel="mail") == [("mail", "refused", "unsafe")]
        assert not postman.taken

    def test_whoever_left_meanwhile_is_not_told(self, memo, engineer, postman):
        mailed(memo, engineer)
        engineer.is_active = False
        engineer.save()
        run_reactions()
        assert outcomes(channel="mail") == [("mail", "refused", "left")]
        assert not postman.taken

    def test_old_news_is_withdrawn(self, memo, engineer, postman):
        mailed(memo, engineer, still_matters=lambda notice: False)
        run_reactions()
        assert outcomes(channel="mail") == [("mail", "withdrawn", "settled")]
        assert not postman.taken

    def test_a_day_of_failing_ends_it_where_people_see(self, memo, engineer, postman):
        postman.answers += ["451 busy"] * 50
        mailed(memo, engineer)
        run_reactions()
        later(timedelta(hours=25))
        assert outcomes(channel="mail") == [("mail", "failed", "stale")]
        assert Delivery.objects.get().state == "done"

    def test_tries_that_run_into_the_evening_wait_for_the_morning(
        self, memo, engineer, postman, calendar
    ):
        postman.answers.append("451 busy")
        mailed(memo, engineer)
        run_reactions()
        with turned_to(on("2026-11-18", "19:00")):
            run_reactions()
            assert outcomes(channel="mail") == [("mail", "held", "")]
        with turned_to(on("2026-11-19", "09:00")):
            assert sweep_timers() == 1
            run_reactions()
        assert outcomes(channel="mail") == [("mail", "sent", "")]


class TestByWechat:
    def shipped(self, customer):
        """A notice about a real order of theirs."""
        order = make_order("shipped", customer=customer)
        run_reactions()
        return order

    def test_the_customer_reads_goods_carrier_and_waybill(self, buyer, wechat):
        customer = buyer("收货人", "order_shipped")
        order = self.shipped(customer)
        [message] = [m for m in wechat.messages() if m["touser"] == customer.openid]
        parcel = order.parcels.get()
        assert message["data"] == {
            "character_string1": {"value": order.number},
            "thing2": {"value": "颐禾牌深海鱼油软胶囊"},
            "thing3": {"value": "顺丰速运"},
            "character_string4": {"value": parcel.waybill},
        }
        notice = sending("wechat", notice__kind=ORDER_SHIPPED.code).notice
        assert message["page"] == f"pages/order/index?number={order.number}&notice={notice.pk}"
        assert allowed(customer) == {"order_shipped": 0}

    def test_one_allowance_is_good_for_one_message(self, buyer):
        customer = buyer("一次", "order_shipped")
        self.shipped(customer)
        self.shipped(customer)
        assert outcomes(notice__kind=ORDER_SHIPPED.code) == [
            ("wechat", "sent", ""),
            ("wechat", "refused", "no_quota"),
        ]

    def test_two_that_were_queued_share_one_allowance_the_second_is_refused(self, buyer):
        customer = buyer("两条", "order_paid")
        for number in (1, 2):
            send_notice(ORDER_PAID, customer, Fact(f"order:{number}"), by=cast.SYSTEM)
        first, second = NoticeSending.objects.order_by("pk")
        assert begin_sending(first.pk, by=cast.SYSTEM)
        assert begin_sending(second.pk, by=cast.SYSTEM) is None
        assert outcomes() == [("wechat", "sending", ""), ("wechat", "refused", "no_quota")]

    @pytest.mark.parametrize(
        ("errcode", "state", "reason", "left"),
        [
            (43101, "refused", "not_subscribed", 0),
            (40003, "failed", "vendor", 2),
            (40037, "failed", "vendor", 2),
            (47003, "failed", "vendor", 2),
            (43107, "failed", "vendor", 2),
        ],
    )
    def test_each_errcode_has_its_outcome(self, buyer, wechat, errcode, state, reason, left):
        """What WeChat did not send costs no allowance; 43101 says that there is none."""
        customer = buyer("错误码", "order_shipped", "order_shipped")
        wechat.set_faults(message_errcode=errcode)
        self.shipped(customer)
        shipped = sending("wechat", notice__kind=ORDER_SHIPPED.code)
        assert (shipped.status, shipped.reason, shipped.code) == (state, reason, str(errcode))
        assert allowed(customer) == {"order_shipped": left}

    @pytest.mark.parametrize("errcode", [-1, 45009])
    def test_a_busy_wechat_is_asked_again(self, buyer, wechat, errcode):
        customer = buyer(f"忙{errcode}", "order_shipped")
        wechat.set_faults(message_errcode=errcode)
        self.shipped(customer)
        assert outcomes(notice__kind=ORDER_SHIPPED.code) == [("wechat", "queued", "")]
        wechat.clear_faults()
        later()
        shipped = sending("wechat", notice__kind=ORDER_SHIPPED.code)
        assert (shipped.status, shipped.repeats) == ("sent", 0)
        assert allowed(customer) == {"order_shipped": 0}

    @pytest.mark.parametrize("queued", ["20:00", "22:00"], ids=["before the night", "in it"])
    def test_what_the_night_held_goes_out_in_the_morning_for_one_allowance(
        self, buyer, wechat, queued
    ):
        """Whether the night found it waiting for its turn or began with it."""
        customer = buyer(f"夜里{queued}", "order_shipped")
        with turned_to(on("2026-11-18", queued)):
            order = make_order("shipped", customer=customer)
            parcel = order.parcels.get()
            fact = Fact(order.stream, {"parcel_id": parcel.pk}, key=f"parcel:{parcel.pk}")
            send_notice(ORDER_SHIPPED, customer, fact, by=cast.SYSTEM)
        with turned_to(on("2026-11-18", "23:00")):
            run_reactions()
            assert outcomes(notice__kind=ORDER_SHIPPED.code) == [("wechat", "held", "")]
        with turned_to(on("2026-11-19", "08:00")):
            while sweep_timers() + run_reactions():
                pass
        assert outcomes(notice__kind=ORDER_SHIPPED.code) == [("wechat", "sent", "")]
        assert len([m for m in wechat.messages() if m["touser"] == customer.openid]) == 1
        assert allowed(customer) == {"order_shipped": 0}

    def test_consent_withdrawn_while_it_was_held_holds_it_for_ever(self, buyer, wechat):
        customer = buyer("撤回", "payment_ending")
        said = Answer("reminder", 1, True)
        set_preferences(customer, [said], True, by=Actor.shopper(customer))
        order = make_order("unpaid", customer=customer)
        with turned_to(on("2026-11-18", "22:00")):
            send_notice(PAYMENT_ENDING, customer, Fact(order.stream), by=cast.SYSTEM)
        assert outcomes() == [("wechat", "held", "")]
        said = Answer("reminder", 1, False)
        set_preferences(customer, [said], True, by=Actor.shopper(customer))
        with turned_to(on("2026-11-19", "08:00")):
            while sweep_timers():
                pass
        assert ("wechat", "refused", "no_consent") in outcomes()
        assert allowed(customer) == {"payment_ending": 1}

    def test_a_reminder_that_waited_until_the_order_was_paid_is_withdrawn(self, buyer):
        customer = buyer("已付", "payment_ending")
        said = Answer("reminder", 1, True)
        set_preferences(customer, [said], True, by=Actor.shopper(customer))
        order = make_order("paid", customer=customer)
        send_notice(PAYMENT_ENDING, customer, Fact(order.stream), by=cast.SYSTEM)
        run_reactions()
        assert outcomes(notice__kind=PAYMENT_ENDING.code) == [("wechat", "withdrawn", "settled")]
        assert allowed(customer) == {"payment_ending": 1}

    def test_a_refusal_of_a_repeat_is_nobodys_knowledge(self, buyer, wechat):
        """The first try, whose answer never came, may have used the allowance up."""
        customer = buyer("重复", "order_shipped")
        order = make_order("shipped", customer=customer)
        by = cast.SYSTEM
        with turned_to(WEDNESDAY):
            fact = Fact(order.stream, {"parcel_id": order.parcels.get().pk}, key="x")
            send_notice(ORDER_SHIPPED, customer, fact, by=by)
        queued = sending("wechat", notice__key="x")
        begin_sending(queued.pk, by=by)
        wechat.subscribe("重复", "order_shipped".ljust(43, "-"), 0)
        run_reactions()
        queued.refresh_from_db()
        assert (queued.status, queued.code, queued.repeats) == ("unknown", "43101", 1)


class TestInTheGroup:
    @pytest.fixture(autouse=True)
    def _robot(self, settings, wechat, running):
        self.key = str(uuid4())
        settings.WECOM_ROBOT_URL = f"{running.url}/cgi-bin/webhook/send?key={self.key}"

    def written(self, wechat):
        return [one["content"] for one in wechat.group_messages() if one["key"] == self.key]

    def tell(self, memo, number):
        kind = memo(channels=("desk", "wecom"), is_urgent=True)
        send_notice(kind, "technical_lead", Fact(f"timer:{number}"), by=cast.SYSTEM)

    def test_the_group_reads_subject_body_and_number(self, memo, engineer, wechat):
        self.tell(memo, 1)
        run_reactions()
        [text] = self.written(wechat)
        notice = sending("wecom").notice
        assert text.startswith("**Memo**\nRead it.\n")
        assert text.endswith(str(notice))
        assert outcomes(channel="wecom") == [("wecom", "sent", "")]

    def test_the_twenty_first_of_a_minute_waits(self, memo, engineer, wechat):
        for number in range(21):
            self.tell(memo, number)
        for _ in range(21):
            run_reactions()
        assert len(self.written(wechat)) == 20
        waiting = NoticeSending.objects.get(channel="wecom", status="queued")
        with pytest.raises(GroupIsFull):
            begin_sending(waiting.pk, by=cast.SYSTEM)
        with turned_to(now() + timedelta(minutes=1, seconds=1)):
            assert begin_sending(waiting.pk, by=cast.SYSTEM)

    def test_an_address_that_is_none_is_a_failure_that_people_see(self, memo, engineer, settings):
        self.tell(memo, 1)
        settings.WECOM_ROBOT_URL = settings.WECOM_ROBOT_URL.replace(self.key, "none")
        run_reactions()
        assert sending("wecom").code == "93000"
        assert outcomes(channel="wecom") == [("wecom", "failed", "vendor")]


class TestFence:
    def test_who_lost_the_sending_writes_no_outcome(self, memo, engineer):
        mail = mailed(memo, engineer)
        slow = begin_sending(mail.pk, by=cast.SYSTEM)
        fast = begin_sending(mail.pk, by=cast.SYSTEM)
        assert (fast.attempts, fast.repeats) == (2, 1)
        assert not settle_sending(slow, Outcome("fail", "vendor", "550"), by=cast.SYSTEM)
        put_back_sending(slow, by=cast.SYSTEM)
        assert sending("mail").status == "sending"
        assert settle_sending(fast, Outcome("succeed"), by=cast.SYSTEM)
        assert sending("mail").status == "sent"

    def test_control_without_the_fence_the_slower_one_overwrites(self, memo, engineer, monkeypatch):
        mail = mailed(memo, engineer)
        slow = begin_sending(mail.pk, by=cast.SYSTEM)
        fast = begin_sending(mail.pk, by=cast.SYSTEM)
        monkeypatch.setattr(
            room, "_still_ours", lambda s: NoticeSending.objects.locked().get(pk=s.pk)
        )
        assert settle_sending(slow, Outcome("fail", "vendor", "550"), by=cast.SYSTEM)
        with pytest.raises(IllegalTransition):
            settle_sending(fast, Outcome("succeed"), by=cast.SYSTEM)
        assert sending("mail").status == "failed"

    def test_what_is_settled_is_not_begun_again(self, memo, engineer, postman):
        mail = mailed(memo, engineer)
        run_reactions()
        assert begin_sending(mail.pk, by=cast.SYSTEM) is None

    @pytest.mark.parametrize(
        "step",
        [
            lambda mail, by: begin_sending(mail.pk, by=by),
            lambda mail, by: put_back_sending(mail, by=by),
            lambda mail, by: settle_sending(mail, Outcome("succeed"), by=by),
            lambda mail, by: release_sending(mail.pk, by=by),
        ],
    )
    def test_only_the_system_moves_it(self, memo, engineer, step):
        mail = mailed(memo, engineer)
        with pytest.raises(NotAllowed):
            step(mail, cast.staff("technical_lead"))


class TestRelease:
    def test_what_was_held_goes_out_once(self, memo, engineer, postman, calendar):
        with turned_to(on("2026-11-18", "20:00")):
            mail = mailed(memo, engineer)
            run_reactions()
            assert not postman.taken
        with turned_to(on("2026-11-19", "09:00")):
            assert sweep_timers() == 1
            assert not release_sending(mail.pk, by=cast.SYSTEM)
            run_reactions()
        assert len(postman.taken) == 1

    def test_quiet_hours_that_were_moved_hold_it_on(self, memo, engineer, postman, calendar):
        with turned_to(on("2026-11-18", "20:00")):
            mail = mailed(memo, engineer)
        choice = Choice(engineer.email, True, "zh-hans", time(7), time(11))
        set_wishes(engineer, choice, by=cast.staff("technical_lead"))
        with turned_to(on("2026-11-19", "09:00")):
            assert sweep_timers() == 1
            mail.refresh_from_db()
            assert (mail.status, mail.release_at) == ("held", on("2026-11-19", "11:00"))
        with turned_to(on("2026-11-19", "11:00")):
            assert sweep_timers() == 1
            run_reactions()
        assert len(postman.taken) == 1
        assert not Timer.objects.armed().exists()


class TestResend:
    @pytest.fixture
    def failed(self, memo, engineer, postman):
        postman.refuses = "550 no such user"
        mailed(memo, engineer)
        run_reactions()
        postman.refuses = ""
        return sending("mail")

    def test_people_have_a_failure_tried_again(self, failed, postman):
        resend_notice(failed, by=cast.staff("engineer"))
        run_reactions()
        assert outcomes(channel="mail") == [("mail", "sent", "")]
        assert len(postman.taken) == 1
        fact = EventLog.objects.get(kind=kind_of(NoticeResent))
        assert fact.user_id == cast.staff("engineer").user.pk
        assert fact.data == {"notice_id": failed.notice_id, "channel": "mail"}

    def test_an_unknown_one_keeps_its_number_and_counts_as_a_repeat(
        self, memo, engineer, postman, settings
    ):
        settings.EMAIL_TIMEOUT = 0.5
        postman.answers.append("silence")
        mailed(memo, engineer)
        run_reactions()
        resend_notice(sending("mail"), by=cast.staff("engineer"))
        run_reactions()
        first, second = postman.taken
        assert first["Message-ID"] == second["Message-ID"]
        assert (sending("mail").status, sending("mail").repeats) == ("sent", 1)

    def test_what_was_sent_or_refused_is_not(self, memo, engineer, postman):
        mailed(memo, engineer)
        run_reactions()
        with pytest.raises(IllegalTransition):
            resend_notice(sending("mail"), by=cast.staff("engineer"))
        assert len(postman.taken) == 1

    def test_the_log_keepers_alone(self, failed):
        with pytest.raises(NotAllowed):
            resend_notice(failed, by=cast.staff("warehouse"))
        assert outcomes(channel="mail") == [("mail", "failed", "vendor")]
