"""The relay: at least once with one effect, in order, fenced, never dropped."""

import threading
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection, transaction

from shop.clock import now, turned_to
from shop.errors import DomainError, NotAllowed
from shop.events import relay, rules
from shop.events.actions import replay_delivery, skip_delivery
from shop.events.errors import NotParked
from shop.events.models import Delivery, EventLog
from shop.events.outbox import REACTIONS, Event, Reaction, kind_of, publish
from shop.events.relay import Relay, deliver, run_reactions, take_due
from tests import cast


@dataclass(frozen=True)
class BellRung(Event):
    """Only these tests ring it."""

    stream_kind = "bell"
    label = "bell rung"
    bell: int
    stroke: int = 1


@pytest.fixture
def heard(monkeypatch):
    """A reaction of the house that notes what it heard and fails as told."""
    notes = []
    notes_failures = []

    def listen(event, fact):
        if notes_failures:
            raise notes_failures.pop(0)
        notes.append((event.bell, event.stroke))

    reaction = Reaction("tests.listen", (kind_of(BellRung),), listen, "house", outside=False)
    monkeypatch.setitem(REACTIONS, reaction.name, reaction)
    listen.notes, listen.failures = notes, notes_failures
    return listen


def ring(bell=1, stroke=1):
    with transaction.atomic():
        publish(BellRung(bell, stroke), by=cast.SYSTEM)


@pytest.mark.django_db
def test_delivers_once(heard):
    ring()
    assert run_reactions() == 1
    assert run_reactions() == 0
    assert heard.notes == [(1, 1)]
    done = Delivery.objects.get(reaction="tests.listen")
    assert (done.state, done.attempts, done.leased_until) == ("done", 1, None)


@pytest.mark.django_db
def test_a_failure_is_tried_again_later_and_its_effect_undone(heard):
    ring()
    heard.failures.append(OSError("the vendor hung up"))
    run_reactions()
    waiting = Delivery.objects.get(reaction="tests.listen")
    assert (waiting.state, waiting.attempts) == ("pending", 1)
    assert waiting.last_error == "OSError: the vendor hung up"
    assert timedelta(seconds=2) < waiting.due_at - now() < timedelta(seconds=8)
    assert run_reactions() == 0

    with turned_to(now() + timedelta(seconds=10)):
        assert run_reactions() == 1
    assert heard.notes == [(1, 1)]


@pytest.mark.django_db
def test_three_days_of_failures_park_it(heard):
    ring()
    heard.failures += [OSError("still away")] * 2
    run_reactions()
    with turned_to(now() + rules.PARK_AFTER):
        run_reactions()
    assert Delivery.objects.get(reaction="tests.listen").state == "parked"


@pytest.mark.django_db
def test_a_broken_rule_parks_it_at_once(heard):
    ring()
    heard.failures.append(DomainError("never possible"))
    run_reactions()
    parked = Delivery.objects.get(reaction="tests.listen")
    assert (parked.state, parked.last_error) == ("parked", "refused: never possible")


@pytest.mark.django_db
def test_later_ones_of_the_stream_wait_behind_a_parked_one_and_others_do_not(heard):
    heard.failures.append(DomainError("no"))
    ring(1, 1)
    ring(1, 2)
    ring(2, 1)
    run_reactions()
    assert heard.notes == [(2, 1)]

    parked = Delivery.objects.get(state="parked")
    replay_delivery(parked, by=cast.staff("technical_lead"))
    run_reactions()
    assert heard.notes == [(2, 1), (1, 1), (1, 2)]


@pytest.mark.django_db
def test_skipping_lets_the_stream_go_on(heard):
    heard.failures.append(DomainError("no"))
    ring(1, 1)
    ring(1, 2)
    run_reactions()
    skip_delivery(Delivery.objects.get(state="parked"), by=cast.staff("technical_lead"))
    run_reactions()
    assert heard.notes == [(1, 2)]


@pytest.mark.django_db
@pytest.mark.parametrize("act", [replay_delivery, skip_delivery])
def test_only_the_technical_posts_mend_and_only_what_is_parked(heard, act):
    ring()
    delivery = Delivery.objects.get(reaction="tests.listen")
    with pytest.raises(NotAllowed):
        act(delivery, by=cast.staff("service_agent"))
    with pytest.raises(NotParked):
        act(delivery, by=cast.staff("technical_lead"))
    assert Delivery.objects.get(reaction="tests.listen").state == "pending"


@pytest.mark.django_db
def test_a_reaction_this_release_lacks_is_parked_not_lost(heard, monkeypatch):
    ring()
    monkeypatch.delitem(REACTIONS, "tests.listen")
    run_reactions()
    assert Delivery.objects.get(reaction="tests.listen").state == "parked"


@pytest.mark.django_db
@pytest.mark.fault("D3")
def test_who_lost_the_lease_can_no_longer_settle(heard):
    ring()
    [(delivery_id, _left)] = take_due("house")
    zombie = relay._claim(delivery_id)
    with turned_to(now() + rules.LEASE + timedelta(seconds=1)):
        run_reactions()
    assert heard.notes == [(1, 1)]
    relay._run(REACTIONS["tests.listen"], zombie)
    assert heard.notes == [(1, 1)], "the zombie's effect was refused"
    assert Delivery.objects.get(reaction="tests.listen").attempts == 2


@pytest.mark.django_db
def test_a_lane_takes_no_more_than_its_limit(heard, monkeypatch):
    monkeypatch.setitem(relay.LANES, "house", 3)
    for bell in range(5):
        ring(bell)
    assert len(take_due("house")) == 3
    assert take_due("house") == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("D20")
def test_what_commits_out_of_order_is_not_skipped(heard):
    """The earlier row commits five polls after the later one: both arrive."""
    early_written, late_done = threading.Event(), threading.Event()

    def early():
        with transaction.atomic():
            publish(BellRung(1), by=cast.SYSTEM)
            early_written.set()
            late_done.wait(10)
        connection.close()

    slow = threading.Thread(target=early)
    slow.start()
    assert early_written.wait(5)
    ring(2)
    run_reactions()
    assert heard.notes == [(2, 1)]
    late_done.set()
    slow.join(120)
    run_reactions()
    assert sorted(heard.notes) == [(1, 1), (2, 1)]
    older, _newer = EventLog.objects.order_by("id")
    assert older.data["bell"] == 1, "the first id committed last"


def broken_broker(delivery_id):
    raise ConnectionError


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("D5")
def test_a_dead_broker_only_makes_the_relay_do_it_itself(heard):
    ring()
    carrier = Relay(hand_over=broken_broker)
    assert carrier.sweep() == 1
    carrier.close()
    assert heard.notes == [(1, 1)]


@pytest.mark.django_db(transaction=True)
def test_what_no_worker_takes_in_ten_seconds_the_relay_does_itself(heard):
    ring()
    told = []
    carrier = Relay(hand_over=told.append)
    carrier.sweep()
    assert len(told) == 1
    assert heard.notes == []
    Delivery.objects.update(handed_at=now() - rules.HAND_OVER)
    carrier.sweep()
    carrier.close()
    assert heard.notes == [(1, 1)]
    assert len(told) == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_and_the_relay_together_have_one_effect(heard):
    ring()
    [(delivery_id, _left)] = take_due("house")
    barrier = threading.Barrier(4, timeout=60)

    def carry():
        barrier.wait()
        deliver(delivery_id)
        connection.close()

    carriers = [threading.Thread(target=carry) for _ in range(4)]
    for carrier in carriers:
        carrier.start()
    for carrier in carriers:
        carrier.join(120)
    assert heard.notes == [(1, 1)]
