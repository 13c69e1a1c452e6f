"""Notices that come too early, to a slow or dying house, or under keys that rotate (C2–C18)."""

import os
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction

from orders.actions import begin_payment, record_prepay
from orders.models import DeskPush, Order, Payment
from shop.clock import now, turned_to
from shop.doors import hooks
from shop.events.models import EventLog, InboxMessage
from shop.events.relay import run_reactions
from tests import cast
from tests.make import make_order, make_sku
from tests.oracle.judging import breaches
from tests.orders.notices import notice_of, send, sent_again
from tests.timing.belfry import on_threads
from tests.wechat import make_certificate, wechat_settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _our_keys(settings, keys):
    settings.WECHAT = wechat_settings(keys, "http://127.0.0.1:1")


@pytest.fixture
def payment(db):
    return begin_payment(make_order("unpaid"), by=cast.shopper())


def is_paid_once():
    run_reactions()
    paid = EventLog.objects.filter(kind="orders.OrderPaid").count()
    return (Order.objects.get().status, paid, DeskPush.objects.count()) == ("paid", 1, 2)


# C2: the notice is faster than our own prepay


@contextmanager
def prepay_not_yet_committed(payment):
    """WeChat Pay has answered, and we are about to commit its answer."""
    recorded, may_commit = threading.Event(), threading.Event()

    def record():
        with transaction.atomic():
            record_prepay(payment, "wx-slow", by=cast.shopper())
            recorded.set()
            may_commit.wait(10)
        connection.close()

    recording = threading.Thread(target=record)
    recording.start()
    assert recorded.wait(5)
    yield
    may_commit.set()
    recording.join(120)


@pytest.mark.fault("C2")
def test_a_notice_before_our_prepay_commits_is_kept_and_applied_after(payment, keys, oracle):
    with prepay_not_yet_committed(payment):
        assert send(*notice_of(payment, keys)) == 204
        applying = threading.Thread(target=lambda: (run_reactions(), connection.close()))
        applying.start()
        time.sleep(0.3)
        message = InboxMessage.objects.get()
        assert (message.outcome, Payment.objects.get().status) == ("", "intended")
    applying.join(120)
    assert is_paid_once()
    payment.refresh_from_db()
    assert (payment.status, payment.prepay_id) == ("succeeded", "wx-slow")


@pytest.mark.fault("C2")
def test_one_that_cannot_wait_for_our_prepay_is_applied_later(payment, keys, oracle):
    """Our commit takes longer than a lock is waited for: the delivery is put back, not lost."""
    with prepay_not_yet_committed(payment):
        assert send(*notice_of(payment, keys)) == 204
        run_reactions()
    with turned_to(now() + timedelta(seconds=10)):
        run_reactions()
    run_reactions()
    assert InboxMessage.objects.get().outcome == "paid"
    assert Payment.objects.get().status == "succeeded"


def record_without_looking(payment):
    payment.status, payment.prepay_id = "prepaid", "wx-late"
    payment.save(update_fields=["status", "prepay_id"])


@pytest.mark.fault("C2")
def test_the_control_that_records_without_looking_undoes_a_payment(payment, keys):
    send(*notice_of(payment, keys))
    run_reactions()
    record_without_looking(payment)
    wrong = {name for name, *_ in breaches()}
    assert "orders.paid_is_captured" in wrong, "the rig must be able to see the fault"


# C10: certificate and public key, mixed while the merchant moves from one to the other


@pytest.fixture
def rotating(settings, keys):
    """(the old key, its serial) beside the new one; the certificate is good for 30 days."""
    path = keys.file("rotating.pem")
    serial = make_certificate(keys.merchant, path, valid_for=timedelta(days=30))
    pay = replace(settings.WECHAT.pay, certificate_files=(path,))
    settings.WECHAT = replace(settings.WECHAT, pay=pay)
    return {"key": keys.merchant, "serial": serial}


SHARES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0)  # of the new key, day by day


def rotation(payment, keys, rotating, notices):
    """Statuses of notices over the days of the move, and of the old key's after it expired."""
    told = {"moving": [], "expired": [], "new": []}
    for day, share in enumerate(SHARES):
        for n in range(notices // len(SHARES)):
            old = rotating if n % 1000 >= share * 1000 else {}
            at = now() + timedelta(days=day)
            with turned_to(at):
                told["moving"].append(send(*notice_of(payment, keys, at=at, **old)))
    after = now() + timedelta(days=31)
    with turned_to(after):
        for _ in range(notices // 20):
            told["expired"].append(send(*notice_of(payment, keys, at=after, **rotating)))
            told["new"].append(send(*notice_of(payment, keys, at=after)))
    return told


def no_good_one_is_refused_and_no_expired_one_taken(told):
    assert set(told["moving"]) == set(told["new"]) == {204}
    assert set(told["expired"]) == {401}


@pytest.mark.fault("C10")
def test_keys_rotate_at_the_hook(payment, keys, rotating, oracle):
    told = rotation(payment, keys, rotating, 210)
    no_good_one_is_refused_and_no_expired_one_taken(told)
    with turned_to(now() + timedelta(days=31)):
        assert is_paid_once()


@pytest.mark.soak
@pytest.mark.fault("C10")
def test_keys_rotate_over_ten_thousand_notices(payment, keys, rotating, oracle, capsys):
    began = time.monotonic()
    told = rotation(payment, keys, rotating, 9_100)
    no_good_one_is_refused_and_no_expired_one_taken(told)
    with turned_to(now() + timedelta(days=31)):
        assert is_paid_once()
    sent = sum(map(len, told.values()))
    seconds = time.monotonic() - began
    with capsys.disabled():
        print(f"\nC10: {sent} notices while keys rotate, 0 wrongly refused, 0 wrongly accepted,"
              f" {seconds / sent * 1000:.1f} ms each")  # fmt: skip


# C14: the database is slow

SLOW = 10  # seconds; our own patience ends before 5, where the machine is not busy


@contextmanager
def slow(table, seconds, *, at_commit=False):
    """Every insert into the table, or the commit of one, takes this long."""
    kind = "CONSTRAINT TRIGGER slow AFTER" if at_commit else "TRIGGER slow BEFORE"
    when = "DEFERRABLE INITIALLY DEFERRED" if at_commit else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END $$"
        )
        cursor.execute(
            f"CREATE {kind} INSERT ON {table} {when} FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION dawdle CASCADE")


def clocked(raw, headers):
    began = time.monotonic()
    status = send(raw, headers)
    return status, time.monotonic() - began


def end_the_sleepers():
    """What a server would notice by itself once it woke: nobody is listening any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE wait_event = 'PgSleep' AND datname = current_database()"
        )


@pytest.mark.fault("C14")
@pytest.mark.parametrize("at_commit", [False, True], ids=["statement", "commit"])
def test_a_slow_database_is_503_in_time_and_the_retry_is_taken(payment, keys, oracle, at_commit):
    raw, headers = notice_of(payment, keys)
    with slow("events_inboxmessage", SLOW, at_commit=at_commit):
        status, seconds = clocked(raw, headers)
        assert not InboxMessage.objects.exists(), "nothing is durable yet"
        end_the_sleepers()
    assert (status, seconds < SLOW) == (503, True), seconds
    assert send(raw, sent_again(raw, keys)) == 204
    assert is_paid_once()


@pytest.mark.fault("C14")
def test_a_commit_that_was_only_slow_is_a_repeat_to_the_retry(payment, keys, oracle):
    raw, headers = notice_of(payment, keys)
    with slow("events_inboxmessage", 6, at_commit=True):
        assert send(raw, headers) == 503
        end = time.monotonic() + 60
        while not InboxMessage.objects.exists():
            assert time.monotonic() < end, "the commit ends, though nobody waits for it"
            time.sleep(0.1)
    assert send(raw, sent_again(raw, keys)) == 204
    assert InboxMessage.objects.get().repeats == 1
    assert is_paid_once()


@pytest.mark.fault("C14")
def test_a_locked_table_is_503_in_time(payment, keys):
    raw, headers = notice_of(payment, keys)
    locked, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE events_inboxmessage")
            locked.set()
            done.wait(20)

    def knock():
        locked.wait(5)
        told.append(clocked(raw, headers))
        done.set()

    told = []
    on_threads(hold, knock)
    [(status, seconds)] = told
    assert (status, seconds < SLOW) == (503, True), seconds
    assert not InboxMessage.objects.exists()


@pytest.mark.fault("C14")
def test_the_control_without_a_limit_answers_when_wechat_has_hung_up(payment, keys, monkeypatch):
    monkeypatch.setattr(hooks, "SECONDS_TO_STORE", 60.0)
    with slow("events_inboxmessage", 6):
        status, seconds = clocked(*notice_of(payment, keys))
    assert seconds > 5, "the rig must be able to see the fault"
    assert status == 204


# C18: the process dies between its commit and its answer


def dies_in(moment, raw, headers):
    """The hook's process is gone at that moment; nobody hears an answer."""
    connection.close()
    child = os.fork()
    if not child:
        connection.connection = None  # a session of its own, whatever its parent left open
        setattr(hooks, moment, lambda *args, **kwargs: os._exit(9))
        send(raw, headers)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 9


def deaths(keys, times):
    sku = make_sku(stock=times)
    for _ in range(times):
        payment = begin_payment(make_order("unpaid", sku=sku), by=cast.shopper())
        raw, headers = notice_of(payment, keys)
        dies_in("HttpResponse", raw, headers)
        message = InboxMessage.objects.latest("pk")
        assert bytes(message.raw) == raw, "it was durable when it died"
        run_reactions()
        assert send(raw, sent_again(raw, keys)) == 204
        run_reactions()
    assert set(InboxMessage.objects.values_list("repeats", "outcome")) == {(1, "paid")}
    assert EventLog.objects.filter(kind="orders.OrderPaid").count() == times
    assert DeskPush.objects.count() == 2 * times


@pytest.mark.fault("C18")
def test_dying_after_the_commit_makes_the_retry_a_no_op(keys, oracle):
    deaths(keys, 10)


@pytest.mark.soak
@pytest.mark.fault("C18")
def test_dying_two_hundred_times(keys, oracle, capsys):
    deaths(keys, 200)
    with capsys.disabled():
        print("\nC18: died 200 times between commit and answer: 200 retries, 200 no-ops")


@pytest.mark.fault("C18")
def test_dying_before_the_commit_leaves_it_to_the_retry(payment, keys, oracle):
    raw, headers = notice_of(payment, keys)
    dies_in("receive_message", raw, headers)
    assert not InboxMessage.objects.exists()
    assert send(raw, sent_again(raw, keys)) == 204
    assert is_paid_once()
