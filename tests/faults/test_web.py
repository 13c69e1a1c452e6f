"""Web processes killed before they reply, and everything asked to end in turn under load."""

import time
from random import Random
from uuid import UUID

import pytest

from start.ports import free_port
from tests.faults.forms import sizes
from tests.faults.load import Crowd, judge
from tests.faults.processes import wait_until
from tests.faults.proxy import Proxy
from tests.faults.rig import answers


@pytest.mark.fault("D11")
@pytest.mark.parametrize("kills", sizes(3, 200))
def test_killed_between_commit_and_reply_the_retry_has_the_one_order(rig, record, kills):
    crowd = orders_whose_reply_is_lost(rig, kills)
    assert (crowd.unanswered, len(crowd.orders)) == ([], kills)
    assert rig.one("SELECT count(*) FROM orders_order") == kills
    judge(rig, crowd)
    record(
        "D11",
        f"{kills} web processes killed between COMMIT and reply: {kills} retries under their keys,"
        f" {kills} orders",
        target="one order each",
        seed=11,
    )


@pytest.mark.fault("D11")
def test_the_control_whose_retry_takes_another_key_orders_twice(rig):
    crowd = orders_whose_reply_is_lost(rig, 1)
    crowd.order("another key for it", rig.staged.buyers[0])
    assert rig.one("SELECT count(*) FROM orders_order") == 2


def orders_whose_reply_is_lost(rig, kills):
    dice = Random(11)
    web, _relay = rig.web(), rig.relay()
    crowd = Crowd(rig, size=1)
    buyers = crowd.buyers(0)
    for _ in range(kills):
        keep_up(rig, web)
        key = UUID(int=dice.getrandbits(128)).hex
        buyer = next(buyers)
        assert crowd.call(key, buyer, **{"X-Die": "before-reply"}) is None, "its reply is lost"
        crowd.order(key, buyer, between=lambda: keep_up(rig, web))
    return crowd


def keep_up(rig, web):
    """What supervisors do: granian gives up when its workers die in quick succession."""
    if not answers(f"{rig.url}/healthz"):
        wait_until(lambda: answers(f"{rig.url}/healthz") or not web.is_running, "it is up or gone")
        if not web.is_running:
            web.start()
        rig.wait_for_web()


ATTEMPTS = "SELECT max(attempts) FROM events_delivery WHERE reaction = 'tests.push_outside'"


def rolled(rig, rounds, part_from):
    """Two of everything; each in turn leaves (`part_from`) and comes back, under load."""
    ports = [free_port(), free_port()]
    with Proxy(*ports) as balancer:
        rig.port = balancer.port
        webs = {port: rig.web(port) for port in ports}
        others = [rig.relay(), rig.relay(), rig.worker(), rig.worker()]
        for port in ports:
            rig.wait_for_web(port)
        with Crowd(rig, seed=12) as crowd:
            for number in range(rounds):
                rig.publish(first_subject=number * 10 + 1, subjects=10, seconds=0.5)
                roll_web(rig, balancer, webs, ports[number % 2])
                other = others[number % 4]
                part_from(other)
                other.start()
            crowd.wait_for_more(10)
        judge(rig, crowd)
    return crowd


def roll_web(rig, balancer, webs, port):
    """As a deployment does: out of the balancer, asked to end, started again, back in."""
    balancer.ports.remove(port)
    webs[port].end()
    webs[port].start()
    rig.wait_for_web(port)
    balancer.ports.append(port)


@pytest.mark.fault("D12")
@pytest.mark.parametrize("rounds", sizes(2, 20))
def test_a_rolling_restart_under_load_fails_nobody(rig, receiver, record, rounds):
    began = time.monotonic()
    crowd = rolled(rig, rounds, part_from=lambda child: child.end())
    assert set(crowd.outcomes) <= {"201", "503"}
    assert rig.one(ATTEMPTS) == 1, "no task was cut in half"
    assert (receiver.repeats, receiver.doubled) == (0, [])
    record(
        "D12",
        f"{rounds} rounds of TERM to a web server and a relay or worker under load in"
        f" {time.monotonic() - began:.0f} s: {len(crowd.orders)} orders, 0 failed requests,"
        f" {crowd.outcomes['503']} retried 503s, no task cut in half",
        target="0 failed requests but retried 503s; no task cut in half",
        seed=12,
    )


@pytest.mark.fault("D12")
def test_the_control_that_kills_instead_cuts_a_task_in_half(rig, receiver):
    rig.env |= {"LEASE_MS": "15000", "HAND_OVER_MS": "1000"}
    worker, _relay = rig.worker(), rig.relay()
    rig.publish(seconds=10)  # longer than a slow machine takes to see that it has begun
    wait_until(lambda: rig.one(ATTEMPTS) == 1, "the task has begun")
    worker.kill()
    rig.wait_until_carried()
    assert rig.one(ATTEMPTS) == 2
