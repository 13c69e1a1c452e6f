"""The broker killed, emptied, away, cut off or half dead: the work goes on."""

import re
import signal
from time import monotonic

import pytest

from tests.faults.forms import sizes
from tests.faults.load import Crowd, judge
from tests.faults.processes import wait_until
from tests.faults.rig import AWAY, asked, before_broker, crash, restart
from tests.phone import HOME, Phone

RECEIVED = re.compile(r"Task events.deliver\[.*\] received")
LONGEST_WAIT = "SELECT max(extract(epoch FROM done_at - created_at)) FROM events_delivery"


@pytest.mark.fault("D4")
@pytest.mark.parametrize("kills", sizes(4, 20))
def test_a_broker_killed_and_emptied_under_load_loses_nothing(rig, ground, record, kills):
    rig.web(), rig.relay(), rig.worker()
    rig.wait_for_web()
    with Crowd(rig, seed=4) as crowd:
        for _ in range(kills):
            crowd.wait_for_more(10)
            crash(ground.valkey, signal.SIGKILL)
            crowd.wait_for_more(5)
            restart(ground.valkey)
            asked(ground.valkey, "FLUSHALL")
    judge(rig, crowd)
    longest = float(rig.one(LONGEST_WAIT))
    assert longest < 20, "what was lost is found by the relay: 10 s, and some for a slow machine"
    record(
        "D4",
        f"{len(crowd.orders)} orders over HTTP during {kills} SIGKILLs and FLUSHALLs of the broker:"
        f" 0 lost; the longest any delivery waited {longest:.1f} s",
        target="nothing lost; work resumes in 10 s",
        seed=4,
    )


def flushed_before_a_worker_took_it(rig, receiver):
    """A push lies with the broker alone and is flushed; then come a worker and a second push."""
    rig.env["HAND_OVER_MS"] = "1500"
    rig.relay()
    rig.publish(first_subject=1)
    wait_until(lambda: asked(rig.valkey, "LLEN celery") == ":1", "it lies with the broker")
    asked(rig.valkey, "FLUSHALL")
    rig.worker()
    rig.publish(first_subject=2)
    wait_until(lambda: "push:2" in receiver.order, "the second one is delivered")


@pytest.mark.fault("D4")
def test_what_the_broker_forgot_is_handed_out_again(rig, receiver):
    flushed_before_a_worker_took_it(rig, receiver)
    wait_until(lambda: "push:1" in receiver.order, "the first one too")


@pytest.mark.fault("D4")
def test_the_control_that_believes_the_broker_loses(rig, receiver):
    rig.env["GUARDS_OFF"] = "take over"
    flushed_before_a_worker_took_it(rig, receiver)
    began = monotonic()
    wait_until(lambda: monotonic() - began > 3, "twice the time in which it would be handed out")
    assert "push:1" not in receiver.order


@pytest.mark.fault("D5")
def test_without_any_broker_orders_are_paid_pushed_and_timed_out(rig, running, record):
    rig.env["BROKER_URL"] = AWAY
    rig.web(), rig.relay(PAYMENT_WINDOW_MS="10000")
    rig.wait_for_web()
    ming = Phone(rig.url, running.remote, "ming").sign_in()
    address = ming.post("me/addresses/", HOME, 201)["id"]
    line = {"sku": rig.staged.sku, "quantity": 1}
    body = {"address": address, "payable_fen": 12_800, "lines": [line]}
    paid = ming.post("orders/", body, 201)["number"]
    ming.pay(paid)
    pushed = "SELECT count(*) FROM orders_deskpush"
    seconds = wait_until(lambda: rig.one(pushed) == 2, "the paid order is on both desks")
    forgotten = ming.post("orders/", body, 201)["number"]
    status = "SELECT status FROM orders_order WHERE number = %s"
    wait_until(lambda: rig.one(status, forgotten) == "cancelled", "the other one has timed out")
    assert rig.one(status, paid) == "paid"
    rig.wait_until_carried()
    longest = float(rig.one(LONGEST_WAIT))
    assert longest < 10
    record(
        "D5",
        f"no broker from start to end: ordered, paid, on both desks {seconds:.1f} s after the"
        f" payment, an unpaid one timed out; no delivery waited longer than {longest:.1f} s",
        target="checkout, payment and timers complete; only slower",
    )


@pytest.mark.fault("D6")
@pytest.mark.parametrize("resets", sizes(10, 100))
def test_a_worker_consumes_again_after_its_broker_connections_were_reset(
    rig, receiver, record, resets
):
    with before_broker(rig) as proxy:
        worker = rig.worker()
        rig.env.pop("BROKER_URL")
        rig.relay()
        for _ in range(resets):
            wait_until(proxy.reset, "it is connected")
        seconds = consumes_again(rig, receiver, worker)
    record("D6", f"{resets} times all its broker connections reset: the worker consumed again"
           f" after {seconds:.1f} s", target="within 30 s")  # fmt: skip


@pytest.mark.fault("D6")
def test_a_worker_whose_broker_went_deaf_consumes_again(rig, receiver, record):
    """Half open: what it sends is swallowed, nothing comes, nothing is closed."""
    with before_broker(rig) as proxy:
        worker = rig.worker()
        rig.env.pop("BROKER_URL")
        rig.relay()
        consumes_again(rig, receiver, worker)
        proxy.go_deaf()
        seconds = consumes_again(rig, receiver, worker)
    record("D6 half-open", f"the worker consumed again after {seconds:.1f} s; meanwhile the relay"
           " carries by itself", target="within 30 s")  # fmt: skip


def consumes_again(rig, receiver, worker):
    """Seconds until this worker, not the relay's own crew, has carried something new."""
    before, began = receiver.by_process[worker.pid], monotonic()
    while receiver.by_process[worker.pid] == before:
        assert monotonic() - began < 60, worker.said()[-3000:]
        rig.publish(first_subject=len(receiver.order) + 1)
        rig.wait_until_carried()
    return monotonic() - began


@pytest.mark.fault("D7")
def test_a_task_that_outlives_the_visibility_timeout_has_one_effect(rig, receiver, record):
    copies = slow_task(rig, receiver)
    assert receiver.arrivals.total() == 1
    record("D7", f"a task of 8 s under a visibility timeout of 2 s: the broker handed it out"
           f" {copies} times, it acted once", target="the second copy is a no-op")  # fmt: skip


@pytest.mark.fault("D7")
def test_the_control_without_a_lease_acts_twice(rig, receiver):
    rig.env["GUARDS_OFF"] = "lease"
    slow_task(rig, receiver)
    wait_until(lambda: receiver.arrivals.total() > 1, "the second copy acts too")


def slow_task(rig, receiver):
    """How often a task whose work outlives its message's invisibility was received by workers."""
    rig.env["VISIBILITY_SECONDS"] = "2"
    workers = [rig.worker(), rig.worker()]
    rig.relay()
    rig.publish(seconds=8)

    def copies():
        return sum(len(RECEIVED.findall(worker.said())) for worker in workers)

    wait_until(lambda: copies() >= 2, "the broker hands out a second copy")
    wait_until(lambda: receiver.effects, "it acted")
    rig.wait_until_carried()
    return copies()
