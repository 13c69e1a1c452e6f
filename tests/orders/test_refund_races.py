"""Two staff refund at once, many partials at once, a worker killed in between: money moves once."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection

from orders.actions import accept_case, open_case, refunds
from orders.errors import MoreThanBought, RefundExceedsPayment
from orders.models import AfterSalesCase, OrderQuerySet, Payment, Refund
from shop.clock import now, turned_to
from shop.events.models import Delivery
from shop.events.relay import run_reactions
from tests import cast
from tests.make import make_case, make_order, make_sku
from tests.oracle.judging import breaches
from tests.orders.wechat_money import books_of, paid_at_wechat
from tests.timing.belfry import on_threads
from tests.wechat import (
    API_V3_KEY,
    APPID,
    MCHID,
    MERCHANT_SERIAL,
    PUBLIC_KEY_ID,
    SECRET,
)

pytestmark = pytest.mark.django_db(transaction=True)
GUARD = "orders.refunds_stay_within_what_came_in"


def patiently(act):
    """Whoever waited too long for a lock on a busy machine asks again: nothing has happened."""
    for _attempt in range(20):
        with suppress(OperationalError):
            return act()
    raise AssertionError("no lock in twenty attempts")


def outcome_of(act, told):
    """What each of several at once was told."""
    try:
        act()
        told.append("granted")
    except (MoreThanBought, RefundExceedsPayment) as refusal:
        told.append(type(refusal).__name__)


def grant(case, by):
    return patiently(partial(accept_case, case, by=by))


def refund_one_unit(order, by):
    units = {order.lines.get().sku_id: 1}
    grant(patiently(partial(open_case, order, units, "quality", by=by)), by)


def two_staff_refund_the_same(rounds):
    """Each opens a case for the only unit and grants it, at the same moment."""
    sku, told = make_sku(stock=rounds), []
    staff = [cast.staff("service_agent", name) for name in ("1", "2")]
    for _ in range(rounds):
        order = make_order("signed", sku=sku)
        acts = [partial(refund_one_unit, order, by) for by in staff]
        on_threads(*(partial(outcome_of, act, told) for act in acts))
    return Counter(told)


def refunds_doubled():
    return [p for p in Payment.objects.all() if p.refunds.live().count() > 1]


@pytest.mark.fault("B3")
def test_two_staff_refund_the_same_order_and_one_refund_is_granted(oracle):
    assert two_staff_refund_the_same(6) == {"granted": 6, "MoreThanBought": 6}
    assert not refunds_doubled()


@pytest.mark.soak
@pytest.mark.fault("B3")
def test_five_hundred_rounds_of_double_refunds(oracle, capsys):
    told = two_staff_refund_the_same(500)
    with capsys.disabled():
        print(f"\nB3: 500 rounds, two staff each: {dict(told)}, {len(refunds_doubled())} doubled")
    assert told == {"granted": 500, "MoreThanBought": 500}


@pytest.fixture
def no_guards(monkeypatch):
    """No order's lock, and the payment read before it is written: what the guards replace.

    Returns how many are to meet between reading and writing.
    """

    def lift(meeting):
        barrier = threading.Barrier(meeting)

        def hold(receipt, fen):
            held = type(receipt).objects.get(pk=receipt.pk).refund_held_fen
            if receipt.amount_fen < held + fen:
                raise RefundExceedsPayment
            with suppress(threading.BrokenBarrierError):  # the last ones have nobody to meet
                barrier.wait(2)
            type(receipt).objects.filter(pk=receipt.pk).update(refund_held_fen=held + fen)

        monkeypatch.setattr(refunds, "_hold", hold)
        monkeypatch.setattr(OrderQuerySet, "locked", lambda rows: rows)

    return lift


@pytest.mark.fault("B3")
def test_the_control_without_the_guards_refunds_twice_and_the_oracle_says_so(no_guards):
    no_guards(meeting=2)
    order = make_order("shipped")
    staff = [cast.staff("service_agent", name) for name in ("1", "2")]
    cases = unguarded_cases(order, 2)
    on_threads(*(partial(grant, case, by) for case, by in zip(cases, staff, strict=True)))
    [payment] = refunds_doubled()
    assert sum(r.amount_fen for r in payment.refunds.all()) == 2 * payment.amount_fen
    assert GUARD in {name for name, *_ in breaches()}


def unguarded_cases(order, count):
    """As if nobody had counted the units that were asked back before."""
    made = []
    for _ in range(count):
        AfterSalesCase.objects.filter(order=order).update(
            status="withdrawn", closed_at=now()
        )  # so that the next one finds the unit free
        made.append(make_case(order))
    AfterSalesCase.objects.filter(order=order).update(status="open", closed_at=None)
    return [AfterSalesCase.objects.get(pk=case.pk) for case in made]


# 10,000 fen captured, thirty partial refunds of 500 at once


def thirty_cases_of_500():
    """One unit each, of an order of twenty: ten too many."""
    order = make_order("shipped", sku=make_sku(price_fen=500), quantity=20)
    return order, unguarded_cases(order, 30)


def all_at_once(cases, at_once=6):
    """Granted by six staff, each one after the other."""
    told = []
    staff = [cast.staff("service_agent", str(n)) for n in range(at_once)]

    def work(n):
        for case in cases[n::at_once]:
            outcome_of(partial(grant, case, staff[n]), told)

    on_threads(*(partial(work, n) for n in range(at_once)))
    return Counter(told)


@pytest.mark.fault("B4")
def test_of_thirty_partials_exactly_what_was_captured_is_granted():
    order, cases = thirty_cases_of_500()
    assert all_at_once(cases) == {"granted": 20, "RefundExceedsPayment": 10}
    payment = order.payments.get()
    live = payment.refunds.live()
    assert sum(refund.amount_fen for refund in live) == payment.refund_held_fen == 10_000
    assert GUARD not in {name for name, *_ in breaches()}


@pytest.mark.fault("B4")
def test_the_control_without_the_guards_grants_more_than_was_captured(no_guards):
    no_guards(meeting=6)
    order, cases = thirty_cases_of_500()
    assert all_at_once(cases)["granted"] > 20
    assert sum(r.amount_fen for r in order.payments.get().refunds.live()) > 10_000
    assert GUARD in {name for name, *_ in breaches()}


# killed between WeChat Pay's yes and our mark

DIES = """
import os, signal, sys
import django
django.setup()
from orders import actions
actions.record_refund = lambda *news, **by: os.kill(os.getpid(), signal.SIGKILL)
from shop.events.relay import deliver
deliver(int(sys.argv[1]))
"""


def killed_worker(delivery, running):
    """A process of its own asks WeChat Pay, and is killed when it has said yes."""
    database = connection.settings_dict
    folder = running.settings.pay.merchant_key_file.parent
    environment = {
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "DATABASE_URL": "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database),
        "WECHAT_API_URL": running.url,
        "WECHAT_PAY_URL": running.url,
        "WECHAT_APPID": APPID,
        "WECHAT_SECRET": SECRET,
        "WECHAT_MCHID": MCHID,
        "WECHAT_API_V3_KEY": API_V3_KEY,
        "WECHAT_MERCHANT_SERIAL": MERCHANT_SERIAL,
        "WECHAT_MERCHANT_KEY_FILE": str(folder / "merchant.pem"),
        "WECHAT_PAY_PUBLIC_KEY_FILE": str(folder / "platform-public.pem"),
        "WECHAT_PAY_PUBLIC_KEY_ID": PUBLIC_KEY_ID,
    }
    ended = subprocess.run(
        [sys.executable, "-c", DIES, str(delivery.pk)],
        env=os.environ | environment, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL


def granted_refund(wechat, quantity=1):
    order = paid_at_wechat(wechat, "signed", quantity=quantity)
    wechat.set_faults(drop_notices=True)
    case = accept_case(make_case(order), by=cast.staff("service_agent"))
    return order, case.refunds.get()


@pytest.mark.fault("B5")
def test_a_worker_killed_after_wechat_pays_yes_moves_the_money_once(wechat, simulator, oracle):
    order, refund = granted_refund(wechat)
    delivery = Delivery.objects.get(reaction="orders.send_refund")
    for turn in range(2):
        killed_worker(delivery, simulator)
        assert Refund.objects.get().status == "requested"
        Delivery.objects.filter(pk=delivery.pk).update(leased_until=None)
        assert len(books_of(wechat, order)) == 1, turn
    with turned_to(now() + timedelta(minutes=2)):
        run_reactions()
    assert Refund.objects.get().status in {"processing", "succeeded"}
    [entry] = books_of(wechat, order)
    assert entry["out_refund_no"] == refund.out_refund_no


@pytest.mark.fault("B5")
def test_the_control_with_a_new_number_on_each_retry_pays_twice(wechat, simulator):
    order, refund = granted_refund(wechat, quantity=2)
    wechat.set_faults(time_scale=6000.0)  # WeChat Pay's minute between two refunds is over at once
    delivery = Delivery.objects.get(reaction="orders.send_refund")
    killed_worker(delivery, simulator)
    Refund.objects.filter(pk=refund.pk).update(out_refund_no=f"{refund.out_refund_no}-again")
    Delivery.objects.filter(pk=delivery.pk).update(leased_until=None)
    with turned_to(now() + timedelta(minutes=2)):
        run_reactions()
    entries = books_of(wechat, order)
    assert sum(entry["amount"] for entry in entries) == 2 * refund.amount_fen
    found = {name for name, *_ in breaches(trades=wechat.transactions()[-1:])}
    assert "orders.refunds_equal_the_books" in found
