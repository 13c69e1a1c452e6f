"""Relays killed, stopped and cut off: nothing lost, each effect once, the order kept."""

from random import Random

import psycopg
import pytest

from shop.clock import now
from shop.events.outbox import PUBLISH, time_ordered_id
from tests.faults.forms import scaled, sizes
from tests.faults.processes import wait_until
from tests.faults.proxy import Proxy
from tests.faults.receiver import BROKEN, Receiver
from tests.faults.rig import AWAY

IMPATIENT = {"LEASE_MS": "2000", "HAND_OVER_MS": "1000", "FIRST_WAIT_MS": "300"}
"""Leases and waits shortened, so that a case takes seconds; the order of things is the same."""
PUBLISHED = "SELECT id::text FROM events_eventlog WHERE kind = 'tests.PushWanted'"
DELIVERY = """
SELECT id, state, attempts, done_at, due_at, last_error FROM events_delivery
WHERE reaction = 'tests.push_outside' ORDER BY id
"""


def storm(rig, receiver, *, subjects, each, kills, dice):
    """Four relays carry a backlog without a broker; after every so many effects one is killed."""
    rig.env |= IMPATIENT | {"BROKER_URL": AWAY}
    rig.publish(subjects=subjects, each=each)
    relays = [rig.relay() for _ in range(4)]
    for number in range(1, kills + 1):
        enough = subjects * each * number // (kills + 1)
        wait_until(lambda enough=enough: len(receiver.effects) >= enough, f"{enough} effects", 300)
        victim = dice.choice(relays)
        victim.kill()
        victim.start()
    return rig.wait_until_carried(300)


@pytest.mark.fault("D1")
@pytest.mark.parametrize("kills", sizes(10, 50))
def test_relays_killed_in_the_middle_lose_nothing(rig, record, is_soak, kills):
    seed = 20261122
    size = {"subjects": scaled(2000) if is_soak else 200, "each": 5, "kills": kills}
    with Receiver(seed=seed, faults=6) as receiver:
        rig.env["RECEIVER_URL"] = receiver.url
        storm(rig, receiver, **size, dice=Random(seed))
        published = {event for (event,) in rig.sql(PUBLISHED)}

        assert len(published) == size["subjects"] * size["each"]
        assert set(receiver.effects) == published, "none lost, none invented"
        assert receiver.doubled == []
        assert receiver.out_of_order == []
    record(
        "D1",
        f"{len(published):,} pushes, 4 relays, {size['kills']} SIGKILLs: 0 lost, 0 doubled,"
        f" 0 out of order; {receiver.repeats} repeats known by their id,"
        f" {receiver.refused} answered 500, {receiver.cut} replies cut",
        target="0 lost, each effect once, order kept per stream",
        seed=seed,
    )


@pytest.mark.fault("D1")
def test_the_control_that_settles_first_loses(rig, receiver):
    """Done before it acts: the kill between the two loses the push, and the rig sees it."""
    rig.env |= IMPATIENT | {"BROKER_URL": AWAY, "GUARDS_OFF": "act first"}
    rig.publish(subjects=1, seconds=60)
    relay = rig.relay()
    wait_until(rig.is_carried, "it says that it is done")
    relay.kill()
    relay.start()
    rig.publish(first_subject=2)
    wait_until(lambda: receiver.effects, "a relay is at work again")
    [(_id, acts)] = receiver.effects.items()
    assert acts == [("push:2", 1)], "the first one is lost"


@pytest.mark.fault("D3")
def test_a_relay_that_wakes_after_its_lease_changes_nothing(rig, receiver, record):
    before, after = a_zombie_wakes(rig, receiver)
    assert after == before
    assert (receiver.doubled, receiver.repeats) == ([], 1)
    record(
        "D3",
        "relay stopped past its lease (shortened to 2 s) while it waited for a reply: taken over,"
        " 1 repeat known by its id; its late outcome was refused",
        target="the zombie's late write is refused",
    )


@pytest.mark.fault("D3")
def test_the_control_without_a_fence_believes_the_zombie(rig, receiver):
    rig.env["GUARDS_OFF"] = "fence"
    before, after = a_zombie_wakes(rig, receiver)
    assert after != before, "the rig must be able to see the fault"


def a_zombie_wakes(rig, receiver):
    """The delivery's row before and after a relay that lost its lease reports a failure."""
    rig.env |= IMPATIENT | {"BROKER_URL": AWAY}
    receiver.hold()
    zombie = rig.relay()
    rig.publish(subjects=1)
    wait_until(lambda: receiver.effects, "it acted, and its reply is held back")
    zombie.stop()
    heir = rig.relay()
    wait_until(lambda: receiver.repeats, "the lease is over, another relay tells it again")
    rig.wait_until_carried()
    before = rig.sql(DELIVERY)
    heir.kill()
    receiver.release(BROKEN)
    zombie.wake()
    wait_until(lambda: "delivery_failed" in zombie.said(), "the zombie hears its reply")
    rig.publish(first_subject=2)
    wait_until(lambda: len(receiver.effects) == 2, "the zombie is alive and well")
    return before, rig.sql(DELIVERY)[:1]


@pytest.mark.fault("D20")
def test_what_commits_out_of_order_is_found(rig, receiver, record):
    assert late_commit(rig, receiver) == {"push:1", "push:2", "push:3"}
    record(
        "D20",
        "the earlier position committed after the later one was delivered: both delivered",
        target="both delivered",
    )


@pytest.mark.fault("D20")
def test_the_control_with_a_cursor_over_ids_skips_it(rig, receiver):
    rig.env["GUARDS_OFF"] = "state"
    assert late_commit(rig, receiver) == {"push:2", "push:3"}


def late_commit(rig, receiver):
    """Positions 1 and 2 are taken; 2 commits, is delivered, then 1 commits, then comes 3."""
    rig.env["BROKER_URL"] = AWAY
    rig.relay()
    with psycopg.connect(rig.dsn) as early, psycopg.connect(rig.dsn) as late:
        write_push(early, 1)
        write_push(late, 2)
        late.commit()
        wait_until(lambda: told(receiver) == {"push:2"}, "the later one is delivered")
        early.commit()
        write_push(late, 3)
        late.commit()
    wait_until(lambda: "push:3" in told(receiver), "the relay polled again")
    late_one = "SELECT state FROM events_delivery WHERE stream = 'push:1' AND attempts > 0"
    if rig.env.get("GUARDS_OFF") != "state":
        wait_until(lambda: rig.sql(late_one) == [("done",)], "the late one is delivered")
    return told(receiver)


def told(receiver):
    return {acts[0][0] for acts in list(receiver.effects.values()) if acts}


def write_push(connection, subject):
    """What publish() writes, on a connection whose commit this test decides on."""
    connection.execute(
        PUBLISH,
        {
            "id": time_ordered_id(now()),
            "kind": "tests.PushWanted",
            "stream": f"push:{subject}",
            "data": f'{{"subject": {subject}, "number": 1}}',
            "at": now(),
            "door": "command",
            "user_id": None,
            "customer_id": None,
            "reason": "fault rig",
            "reactions": ["tests.push_outside"],
            "lanes": ["pushes"],
        },
    )


CUTS = {"reset": 0, "half a status line": 10}


@pytest.mark.fault("D21")
@pytest.mark.parametrize("where", CUTS)
def test_a_reply_cut_after_the_act_is_told_again_and_known(rig, receiver, record, where):
    replies_are_cut(rig, receiver, CUTS[where])
    assert receiver.doubled == []
    assert receiver.repeats == 10
    record("D21", "10 replies cut by RST and 10 cut half: each told again, each effect once",
           target="redelivered, deduplicated")  # fmt: skip


@pytest.mark.fault("D21")
def test_the_control_that_knows_no_repeats_acts_twice(rig, receiver):
    receiver.knows_repeats = False
    replies_are_cut(rig, receiver, CUTS["reset"])
    # A reply may be cut twice of one push, and of another never: each cut is one effect too many.
    assert sum(len(told) - 1 for told in receiver.effects.values()) == 10


def replies_are_cut(rig, receiver, after):
    rig.env |= IMPATIENT | {"BROKER_URL": AWAY}
    with Proxy(receiver.port) as proxy:
        rig.env["RECEIVER_URL"] = f"http://127.0.0.1:{proxy.port}/"
        proxy.toxics.cut_replies, proxy.toxics.cut_after = 10, after
        rig.publish(subjects=10)
        rig.relay()
        rig.wait_until_carried()
        assert (len(receiver.effects), proxy.cut) == (10, 10)
