"""The first users: each fact tells whom it should, once, and old news tells nobody."""

from datetime import timedelta

import pytest

from orders import reactions
from orders.actions import begin_payment, cancel_order, open_exception, settle_payment
from orders.notices import (
    ORDER_CANCELLED,
    ORDER_PAID,
    ORDER_SHIPPED,
    PAYMENT_DISPUTED,
    PAYMENT_ENDING,
)
from shop.clock import turned_to
from shop.errors import DomainError
from shop.events.actions import replay_delivery, skip_delivery
from shop.events.models import Delivery
from shop.events.relay import run_reactions
from shop.identity.actors import Actor
from shop.notices.actions.preferences import Answer, set_preferences
from shop.notices.actions.sendings import begin_sending
from shop.notices.models import Notice, NoticeSending
from shop.notices.notices import DELIVERY_PARKED, TIMER_DIED, WORK_HANDED_OVER, WORK_OVERDUE
from shop.notices.rendering import words_of
from shop.timing.models import Timer
from shop.timing.rules.retries import MOST_ATTEMPTS
from shop.timing.sweeper import FIRES, sweep_timers
from shop.work.actions.hand_overs import hand_over_item
from shop.work.actions.items import close_item, escalate_item
from shop.work.rules import Receiver
from tests import cast
from tests.make import make_order, receipt_for
from tests.notices.cases import WEDNESDAY, outcomes

pytestmark = pytest.mark.django_db


def told(kind):
    return list(Notice.objects.filter(kind=kind.code).order_by("pk"))


def test_paid_and_shipped_are_told_once_each(templates):
    order = make_order("shipped")
    run_reactions()
    run_reactions()
    [paid], [shipped] = told(ORDER_PAID), told(ORDER_SHIPPED)
    assert paid.party == shipped.party == order.customer.party
    assert order.parcels.get().waybill in words_of(shipped).body
    assert paid.figures == {} and shipped.figures == {"parcel_id": order.parcels.get().pk}


class TestReminder:
    def reminded(self, customer, at=timedelta(minutes=20)):
        make_order("unpaid", customer=customer)
        run_reactions()
        with turned_to(WEDNESDAY + at + timedelta(seconds=5)):
            sweep_timers()
        return outcomes(notice__kind=PAYMENT_ENDING.code)

    def agree(self, customer):
        answers = [Answer("reminder", 1, True)]
        set_preferences(customer, answers, True, by=Actor.shopper(customer))

    def test_ten_minutes_before_the_end_who_agreed_is_reminded(self, buyer):
        customer = buyer("提醒", "payment_ending")
        self.agree(customer)
        assert self.reminded(customer) == [("wechat", "queued", "")]

    def test_not_a_minute_earlier(self, buyer):
        customer = buyer("太早", "payment_ending")
        self.agree(customer)
        assert self.reminded(customer, timedelta(minutes=19)) == []

    def test_who_did_not_agree_is_not_and_the_log_says_why(self, buyer):
        customer = buyer("不提醒", "payment_ending")
        assert self.reminded(customer) == [("wechat", "refused", "no_consent")]

    def test_a_paid_order_reminds_nobody(self, templates):
        make_order("paid")
        with turned_to(WEDNESDAY + timedelta(minutes=21)):
            sweep_timers()
        assert told(PAYMENT_ENDING) == []


@pytest.mark.parametrize(("why", "count"), [("timeout", 1), ("customer", 0)])
def test_who_cancelled_by_their_own_hand_is_not_told(templates, why, count):
    cancel_order(make_order("unpaid"), why, by=cast.SYSTEM)
    run_reactions()
    assert len(told(ORDER_CANCELLED)) == count


def test_finance_hears_of_money_that_does_not_fit():
    finance = cast.staff("finance").user
    order = make_order("unpaid")
    payment = begin_payment(order, by=cast.shopper())
    settle_payment(receipt_for(payment, amount_fen=1), by=cast.SYSTEM)
    run_reactions()
    [notice] = told(PAYMENT_DISPUTED)
    assert notice.party == finance.party
    assert words_of(notice).subject == f"支付异常：订单 {order.number}"
    assert "金额" in words_of(notice).body


class TestMachine:
    @pytest.fixture
    def parked(self, engineer, monkeypatch):
        """The desks cannot be pushed to: the service desk's delivery is given up."""

        def broken(event, desk):
            raise DomainError("the desk is shut")

        monkeypatch.setattr(reactions, "_push", broken)
        make_order("paid")
        return Delivery.objects.parked()

    def test_the_technical_lead_hears_of_each_parked_delivery(self, parked, engineer):
        assert parked.count() == len(told(DELIVERY_PARKED)) == 2
        assert {words_of(notice).subject for notice in told(DELIVERY_PARKED)} == {
            "投递卡住：orders.push_order_to_service",
            "投递卡住：orders.push_order_to_warehouse",
        }
        assert {notice.party for notice in told(DELIVERY_PARKED)} == {engineer.party}

    def test_parked_again_it_is_news_again(self, parked):
        replay_delivery(parked.first(), by=cast.staff("technical_lead"))
        run_reactions()
        assert len(told(DELIVERY_PARKED)) == 3

    def test_mended_before_the_mail_went_out_nobody_is_mailed(self, parked):
        mail = NoticeSending.objects.filter(channel="mail", status="queued").first()
        stuck = Delivery.objects.get(pk=mail.notice.subject_id)
        skip_delivery(stuck, by=cast.staff("technical_lead"))
        assert begin_sending(mail.pk, by=cast.SYSTEM) is None
        mail.refresh_from_db()
        assert (mail.status, mail.reason) == ("withdrawn", "settled")

    def test_the_technical_lead_hears_of_a_dead_timer(self, engineer, monkeypatch):
        def broken(timer):
            raise OSError("the bell is cracked")

        monkeypatch.setitem(FIRES, "tests.cracked", broken)
        timer = Timer.objects.create(
            kind="tests.cracked",
            subject="bell:1",
            generation=1,
            level=1,
            due_at=WEDNESDAY,
            try_at=WEDNESDAY,
            attempts=MOST_ATTEMPTS - 1,
        )
        sweep_timers()
        run_reactions()
        [notice] = told(TIMER_DIED)
        assert (notice.party, notice.subject) == (engineer.party, f"timer:{timer.pk}")
        assert "tests.cracked" in words_of(notice).subject


def test_the_supervisor_hears_of_overdue_work_once_and_not_when_it_is_settled():
    supervisor = cast.staff("service_supervisor")
    item = open_exception(make_order("paid"), "unreachable", by=cast.staff("service_agent"))
    escalate_item(item, by=cast.SYSTEM)
    run_reactions()
    [notice] = told(WORK_OVERDUE)
    assert notice.party == supervisor.user.party
    assert str(item.title) in words_of(notice).body
    close_item(item, "goes_on", "已联系上顾客", by=supervisor)
    assert not WORK_OVERDUE.still_matters(notice)


def test_whom_work_is_handed_to_hears_of_it():
    agent, other = cast.staff("service_agent"), cast.staff("service_agent", "2")
    item = open_exception(make_order("paid"), "unreachable", by=agent)
    to = Receiver(user_id=other.user.pk)
    hand_over_item(item, to, "我今天休假", by=cast.staff("service_supervisor"))
    run_reactions()
    [notice] = told(WORK_HANDED_OVER)
    assert notice.party == other.user.party
