"""The demo shop after its seed: made by actions, whole, once."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Sum
from django.test import override_settings

from analytics.models import ReportMail, ReportRun
from catalog.models import Offer, Product, ProductRevision, StockMove
from catalog.selectors import storefront
from demo import seed as seeding
from demo.content import products
from demo.logins import password_for
from demo.plan import CUSTOMERS
from demo.staff import STAFF
from demo.timeline import Act
from marketing.models import Membership
from orders import selectors
from orders.indicators import PUSHED_WITHIN
from orders.models import CartLine, DeskPush, Order, OrderLine, Parcel, Payment, PaymentDispute
from shop.clock import SHANGHAI, turned_to
from shop.events.models import Delivery, EventLog, Stream
from shop.forms.models import Result, Sheet
from shop.identity.actions import sync_roles
from shop.identity.models import Customer, User
from shop.notices.models import Consent, Notice, NoticeSending
from start.environment import TEMPLATES
from tests import cast
from tests.oracle.judging import breaches

pytestmark = pytest.mark.timeout(1_200)  # seconds: the seed is long on a slow machine
NOW = datetime(2026, 11, 20, 16, 30, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker):
    """Seeded once for all tests here, and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        sync_roles(by=cast.SYSTEM)
        templates = {name: name.ljust(43, "-") for name in TEMPLATES}
        with turned_to(NOW), override_settings(WECHAT_TEMPLATES=templates):
            yield seeding.seed()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _on_that_day():
    with turned_to(NOW):
        yield


def test_it_says_what_it_made(seeded):
    assert seeded.products == len(products())
    assert seeded.staff == len(STAFF)
    assert seeded.customers == Customer.objects.count() > 10 * CUSTOMERS
    assert seeded.orders == Order.objects.count() > 3_000


def test_every_state_of_an_order_is_there(seeded):
    states = dict(Order.objects.order_by().values_list("status").annotate(Count("pk")))
    assert states["unpaid"] == 3
    assert states["paid"] >= 9
    assert states["confirmed"] >= 4
    assert min(states["shipped"], states["signed"], states["completed"]) >= 10


def test_every_paid_order_went_to_both_desks_once_in_time(seeded):
    paid = Order.objects.filter(paid_at__isnull=False)
    assert DeskPush.objects.count() == 2 * paid.count()
    for desk in DeskPush.Desk:
        assert paid.filter(pushes__desk=desk).distinct().count() == paid.count()
    late = DeskPush.objects.filter(pushed_at__gt=F("order__paid_at") + PUSHED_WITHIN)
    assert not late.exists()
    assert selectors.service_queue().count() == Order.objects.paid().count()


def test_stock_is_what_came_in_less_what_was_ordered(seeded):
    ordered = dict(OrderLine.objects.order_by().values_list("sku").annotate(Sum("quantity")))
    received = dict(
        StockMove.objects.exclude(cause__in=["ordered", "released"]).order_by().values_list("sku").annotate(
            Sum("quantity")
        )
    )  # fmt: skip
    for offer in Offer.objects.all():
        assert offer.available == received[offer.sku_id] - ordered.get(offer.sku_id, 0)


def test_every_reaction_was_carried_through(seeded):
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.DONE}


def test_customers_were_told_in_wechat_when_they_allowed_it_and_finance_of_one_dispute(seeded):
    sent = NoticeSending.objects.filter(channel="wechat", status="sent")
    assert 20 < sent.count() < NoticeSending.objects.filter(channel="wechat").count()
    refused = NoticeSending.objects.filter(channel="wechat", status="refused")
    assert {one.reason for one in refused} == {"no_quota"}
    told = Notice.objects.filter(kind="orders.payment_disputed", party__isnull=False)
    assert {one.party for one in told} == {User.objects.get(username="caiwu1").party}
    assert len(told) == PaymentDispute.objects.count() > 0
    assert 0 < Consent.objects.in_force().filter(purpose="reminder").count() < CUSTOMERS
    assert not NoticeSending.objects.filter(status__in=["queued", "sending", "unknown"]).exists()


def test_the_oracle_finds_nothing_wrong(seeded):
    assert breaches(idle=True) == []


def test_every_row_can_be_reached(seeded):
    """By a page that shows it: nothing hangs loose."""
    assert storefront().count() == Product.objects.count()
    assert ProductRevision.objects.exclude(live_for=None).count() == Product.objects.count()
    assert not Order.objects.filter(lines=None).exists()
    assert Payment.objects.count() == Order.objects.exclude(paid_at=None).count()
    assert Parcel.objects.shipped().count() == Order.objects.exclude(shipped_at=None).count()
    assert not Customer.objects.filter(party__addresses=None).exists()
    assert CartLine.objects.exists()
    assert 0 < Membership.objects.count() < Customer.objects.count() / 2


def test_the_log_tells_the_whole_history_without_gaps(seeded):
    told = Counter(EventLog.objects.values_list("stream", flat=True))
    assert told == dict(Stream.objects.values_list("name", "seq"))
    assert not EventLog.objects.filter(at__gt=NOW + timedelta(minutes=5)).exists()


def test_some_waiting_orders_ask_for_a_look_and_the_others_do_not(seeded):
    queue = list(selectors.service_queue())
    same_phone = selectors.orders_to_same_phone(queue)
    failed = Counter(
        check.code
        for order in queue
        for check in selectors.review_of(order, same_phone[bytes(order.phone_index)])
        if not check.passed
    )
    assert failed == {"quantity": 1, "address": 1, "repeat": 3}


def test_nobody_reviewed_their_own_revision_and_each_post_did_its_own_work(seeded):
    drafted, approved = "drafted_by__groups__name", "approved_by__groups__name"
    ways = set(ProductRevision.objects.values_list("product__kind", drafted, approved))
    assert ways == {
        ("health_food", "operations_specialist", "compliance_reviewer"),
        ("food", "operations_specialist", "operations_manager"),
    }
    confirmers = Order.objects.exclude(confirmed_by=None).values_list(
        "confirmed_by__groups__name", flat=True
    )
    assert set(confirmers) == {"service_agent", "service_supervisor"}


def test_staff_sign_in_by_the_passwords_that_the_demo_prints(seeded):
    for one in STAFF:
        user = User.objects.get(username=one.username)
        assert user.check_password(password_for(one.username))
        assert [role.code for role in user.roles] == [one.role]
    assert len({password_for(one.username) for one in STAFF}) == len(STAFF)


def test_a_second_seed_changes_nothing_and_says_so(seeded, settings, capsys):
    settings.DEMO = True
    facts = EventLog.objects.count()
    call_command("seed")
    assert "什么也没有改" in capsys.readouterr().out
    assert EventLog.objects.count() == facts


def test_outside_the_demo_there_is_no_seed(seeded, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed")


@pytest.mark.django_db(transaction=True)
def test_a_seed_that_was_interrupted_has_left_nothing(monkeypatch):
    def pulled_the_plug():
        raise KeyboardInterrupt

    sync_roles(by=cast.SYSTEM)
    lived = seeding.history
    plug = Act(NOW - timedelta(days=13), pulled_the_plug)
    monkeypatch.setattr(seeding, "history", lambda *past: [*lived(*past), plug])
    with pytest.raises(KeyboardInterrupt):
        seeding.seed()
    assert not User.objects.exists()
    assert not EventLog.objects.exists()


def test_listed_products_were_audited_and_one_finding_stands_open(seeded):
    results = Result.objects.order_by("pk")
    assert [result.passed for result in results].count(False) == 2
    failed = results.filter(passed=False).values_list("sheet__subject", flat=True)
    passed = results.filter(passed=True, sheet__subject__in=failed)
    assert passed.count() == 1, "one of the two was mended"
    assert Sheet.objects.filter(status="open").count() == 1


def test_a_week_of_reports_lies_in_the_archive_and_one_mail_was_never_answered_for(seeded):
    runs = ReportRun.objects.filter(report__code="daily").order_by("data_on")
    assert [run.data_on.day for run in runs] == list(range(13, 20))
    assert {run.status for run in runs} == {"composed"}
    assert all(run.is_complete for run in runs)
    mails = ReportMail.objects.all()
    assert mails.filter(status="unknown").count() == 1
    assert mails.exclude(status="unknown").count() == mails.filter(status="accepted").count()
    assert runs.last().mails.count() == 5
    others = ReportRun.objects.exclude(report__code="daily").order_by("report__code")
    assert [run.report.code for run in others] == ["monthly", "weekly"]
    assert {(run.status, run.mails.filter(status="accepted").count()) for run in others} == {
        ("composed", 2)
    }
