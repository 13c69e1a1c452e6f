"""Timers under many hands: after an outage, and while somebody cancels (E1, E7)."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import transaction

from shop.clock import now
from shop.timing import sweeper
from shop.timing.actions.timers import arm_timer, cancel_timers
from shop.timing.models import Timer
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.timing.belfry import KIND, arm, on_threads

pytestmark = pytest.mark.django_db(transaction=True)
OUTAGE = timedelta(hours=6)


# E1: sweepers were down for six hours


def fell_due_during_the_outage(timers):
    with transaction.atomic():
        for n in range(timers):
            due = now() - OUTAGE + n * OUTAGE / timers
            arm_timer(KIND, f"bell:{n:05d}", due, by=cast.SYSTEM)


def sweep_until_nothing_is_due():
    while sweep_timers() or Timer.objects.due(now()).exists():
        pass


def seconds_to_catch_up(sweepers):
    began = time.monotonic()
    on_threads(*[sweep_until_nothing_is_due] * sweepers)
    return time.monotonic() - began


def each_fired_once(bell, timers):
    tolls = [subject for subject, _level in bell.tolls]
    return len(tolls) == len(set(tolls)) == timers == Timer.objects.filter(state="fired").count()


@pytest.mark.fault("E1")
def test_after_an_outage_each_fires_once_and_the_oldest_first(bell):
    fell_due_during_the_outage(600)
    sweep_until_nothing_is_due()
    assert each_fired_once(bell, 600)
    assert bell.tolls == sorted(bell.tolls)


@pytest.mark.soak
@pytest.mark.fault("E1")
def test_five_thousand_after_an_outage_within_a_minute(bell, capsys):
    fell_due_during_the_outage(5_000)
    seconds = seconds_to_catch_up(sweepers=2)
    with capsys.disabled():
        print(f"\nE1: 5,000 timers after 6 h, fired by 2 sweepers in {seconds:.1f} s")
    assert seconds <= 60
    assert each_fired_once(bell, 5_000)


# E7: cancelling races firing


def race(bell, subject, lead):
    """Whether it was fired, whether it was cancelled; `lead` (seconds) is the sweeper's start."""
    arm(subject)
    stopped = []

    def cancel():
        time.sleep(max(0, lead))
        with transaction.atomic():
            stopped.append(cancel_timers(KIND, subject, by=cast.SYSTEM))

    def sweep():
        time.sleep(max(0, -lead))
        sweep_timers()

    on_threads(cancel, sweep)
    return Timer.objects.get(subject=subject).state, bool(stopped[0]), (subject, 1) in bell.tolls


ENDINGS = {("fired", False, True), ("cancelled", True, False)}
"""State, whether the canceller was told so, whether the bell tolled: all three agree."""


def endings_of(bell, races):
    leads = [(n % 31 - 10) / 1000 for n in range(races)]
    return [race(bell, f"bell:{n}", lead) for n, lead in enumerate(leads)]


@pytest.mark.fault("E7")
def test_fired_or_cancelled_never_both_never_neither(bell):
    assert set(endings_of(bell, 100)) == ENDINGS, "both ways of ending were met, and no third"


@pytest.mark.soak
@pytest.mark.fault("E7")
def test_a_thousand_races(bell, capsys):
    endings = endings_of(bell, 1_000)
    with capsys.disabled():
        print(f"\nE7: 1,000 races: { {ending: endings.count(ending) for ending in ENDINGS} }")
    assert set(endings) == ENDINGS


def cancelled_in_the_middle(bell):
    """The canceller commits after the effect was written and before the timer is settled."""

    def cancel():
        with transaction.atomic():
            cancel_timers(KIND, "bell:1", by=cast.SYSTEM)

    bell.before_end = lambda: on_threads(cancel)
    arm()
    sweep_timers()
    return Timer.objects.get().state, bool(bell.tolls)


@pytest.mark.fault("E7")
def test_who_commits_first_wins_and_the_effect_is_undone(bell):
    assert cancelled_in_the_middle(bell) == ("cancelled", False)


def settle_without_guard(timer, state):
    Timer.objects.filter(pk=timer.pk, state="armed").update(state=state, fired_at=now())


@pytest.mark.fault("E7")
def test_the_control_without_the_guard_does_both(bell, monkeypatch):
    monkeypatch.setattr(sweeper, "_settle", settle_without_guard)
    assert cancelled_in_the_middle(bell) == ("cancelled", True), "the rig can see the fault"


@pytest.mark.fault("E1")
def test_sweepers_do_not_wait_for_one_another(bell):
    for n in range(8):
        arm(f"bell:{n}")
    bell.before_end = threading.Barrier(4, timeout=60).wait  # each fires while three others do
    on_threads(*[sweep_until_nothing_is_due] * 4)
    assert each_fired_once(bell, 8)


@pytest.mark.fault("E1")
def test_the_control_without_the_advisory_lock_only_wastes_work(bell, monkeypatch):
    """Two sweepers write the same effect; the guard undoes the second."""
    begun = []
    monkeypatch.setattr(sweeper, "_is_ours", lambda timer_id: True)
    bell.before_end = lambda: (begun.append(1), time.sleep(0.3))
    arm()
    on_threads(sweep_timers, sweep_timers)
    assert len(begun) == 2, "the rig can see the fault"
    assert each_fired_once(bell, 1)
