"""Timers: fired once by whoever sweeps, cancelled, re-armed, retried, given up, replayed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from shop.clock import now, turned_to
from shop.errors import DomainError, NotAllowed
from shop.events.models import EventLog
from shop.timing.actions.timers import arm_timer, cancel_timers, replay_timer
from shop.timing.errors import TimerNotDead
from shop.timing.models import Timer
from shop.timing.rules import LONGEST_WAIT, retries
from shop.timing.sweeper import FIRES, fires, sweep_timers
from tests import cast
from tests.timing.belfry import KIND, MINUTE, arm

pytestmark = pytest.mark.django_db


def states():
    """(generation, level, state) of every timer."""
    rows = Timer.objects.order_by("generation", "level")
    return list(rows.values_list("generation", "level", "state"))


def test_fires_once_when_due_and_not_before(bell):
    arm(due=MINUTE)
    assert sweep_timers() == 0
    with turned_to(now() + MINUTE):
        assert sweep_timers() == 1
        assert sweep_timers() == 0
    assert bell.tolls == [("bell:1", 1)]
    timer = Timer.objects.get()
    assert timer.state == "fired"
    assert timer.fired_at >= timer.due_at


def test_the_oldest_fire_first_and_no_more_than_asked(bell):
    for minutes in (1, 3, 2):
        arm(f"bell:{minutes}", due=-minutes * MINUTE)
    assert sweep_timers(2) == 2
    assert [subject for subject, _level in bell.tolls] == ["bell:3", "bell:2"]


def test_cancelled_it_never_fires(bell):
    arm()
    arm("bell:2", due=MINUTE)
    assert cancel_timers(KIND, "bell:1", by=cast.SYSTEM) == 1
    assert cancel_timers(KIND, "bell:1", by=cast.SYSTEM) == 0
    assert sweep_timers() == 0
    assert bell.tolls == []
    assert Timer.objects.armed().get().subject == "bell:2"


def test_cancelling_what_has_fired_says_so_and_changes_nothing(bell):
    arm()
    sweep_timers()
    assert cancel_timers(KIND, "bell:1", by=cast.SYSTEM) == 0
    assert states() == [(1, 1, "fired")]


def test_arming_again_begins_a_generation_and_ends_the_old_one(bell):
    assert arm() == 1
    assert arm(due=-2 * MINUTE) == 2
    sweep_timers()
    assert states() == [(1, 1, "cancelled"), (2, 1, "fired")]
    assert len(bell.tolls) == 1
    assert arm("bell:2") == 1, "each subject counts for itself"


def test_the_database_refuses_a_timer_twice(bell):
    arm()
    timer = Timer.objects.get()
    timer.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        timer.save()


@pytest.mark.fault("E1")
def test_of_several_levels_due_together_only_the_highest_fires(bell):
    arm(due={1: -3 * MINUTE, 2: -2 * MINUTE, 3: -MINUTE, 4: MINUTE})
    sweep_timers()
    assert bell.tolls == [("bell:1", 3)]
    assert states() == [(1, 1, "skipped"), (1, 2, "skipped"), (1, 3, "fired"), (1, 4, "armed")]


def test_levels_due_one_after_another_fire_one_after_another(bell):
    arm(due={1: -MINUTE, 2: MINUTE})
    sweep_timers()
    with turned_to(now() + MINUTE):
        sweep_timers()
    assert bell.tolls == [("bell:1", 1), ("bell:1", 2)]


def test_a_lower_level_that_failed_is_skipped_once_a_higher_one_has_fired(bell):
    arm(due={1: -MINUTE, 2: MINUTE})
    bell.failures.append(OSError("once"))
    sweep_timers()
    with turned_to(now() + MINUTE):
        sweep_timers()
        assert states() == [(1, 1, "skipped"), (1, 2, "fired")]


def test_what_is_not_due_any_more_is_cancelled(bell):
    bell.is_due = False
    arm()
    sweep_timers()
    assert states() == [(1, 1, "cancelled")]


def test_what_it_sets_off_may_arm_its_subject_again(bell):
    bell.before_end = lambda: arm(due=MINUTE)
    arm()
    sweep_timers()
    assert states() == [(1, 1, "fired"), (2, 1, "armed")]


def test_one_that_fails_is_undone_tried_again_later_and_holds_up_nobody(bell):
    arm("bell:1", due=-2 * MINUTE)
    arm("bell:2")
    bell.failures.append(OSError("the paper jammed"))
    assert sweep_timers() == 2
    assert bell.tolls == [("bell:2", 1)]
    failed = Timer.objects.get(subject="bell:1")
    assert (failed.state, failed.attempts) == ("armed", 1)
    assert failed.last_error == "OSError: the paper jammed"
    assert timedelta(seconds=2) < failed.try_at - now() < timedelta(seconds=8)
    assert sweep_timers() == 0
    with turned_to(now() + timedelta(seconds=8)):
        sweep_timers()
    assert bell.tolls == [("bell:2", 1), ("bell:1", 1)]


@pytest.fixture
def failed_for_good(bell, monkeypatch):
    """A timer that has failed as often as one may: here, twice."""
    monkeypatch.setattr(retries, "MOST_ATTEMPTS", 2)
    arm()
    bell.failures += [DomainError("never possible")] * retries.MOST_ATTEMPTS
    for attempt in range(retries.MOST_ATTEMPTS):
        with turned_to(now() + 2 * attempt * LONGEST_WAIT):
            assert sweep_timers() == 1
    return Timer.objects.get()


def test_one_that_always_fails_is_dead_and_announced_and_shown(bell, failed_for_good):
    timer = failed_for_good
    assert (timer.state, timer.attempts) == ("dead", retries.MOST_ATTEMPTS)
    assert EventLog.objects.get(kind="timing.TimerDied").data["timer_id"] == timer.pk
    seen = Timer.objects.visible_to(cast.staff("engineer")).dead()
    assert list(seen) == [timer]
    assert not Timer.objects.visible_to(cast.staff("service_agent")).exists()
    assert bell.tolls == []


def test_the_technical_posts_replay_a_dead_one_and_no_other(bell, failed_for_good):
    timer = failed_for_good
    with pytest.raises(NotAllowed):
        replay_timer(timer, by=cast.staff("service_agent"))
    replay_timer(timer, by=cast.staff("engineer"))
    replayed = EventLog.objects.get(kind="timing.TimerReplayed")
    assert (replayed.stream, replayed.user_id) == (timer.stream, cast.staff("engineer").user.pk)
    sweep_timers()
    assert bell.tolls == [("bell:1", 1)]
    with pytest.raises(TimerNotDead):
        replay_timer(timer, by=cast.staff("engineer"))


def test_a_kind_nobody_fires_cannot_be_armed():
    with pytest.raises(LookupError):
        arm_timer("tests.nothing", "bell:1", now(), by=cast.SYSTEM)


def test_a_kind_this_release_lacks_waits_for_the_next(bell, monkeypatch):
    arm()
    monkeypatch.delitem(FIRES, KIND)
    sweep_timers()
    monkeypatch.setitem(FIRES, KIND, bell)
    with turned_to(now() + MINUTE):
        sweep_timers()
    assert bell.tolls == [("bell:1", 1)]


def test_fires_registers_under_its_kind(monkeypatch):
    monkeypatch.setitem(FIRES, "tests.other", None)

    @fires("tests.other")
    def toll(timer):
        return True

    assert FIRES["tests.other"] is toll


@pytest.mark.parametrize("who", ["operations_manager", "customer"])
def test_only_the_system_arms_and_cancels(bell, who):
    by = cast.shopper() if who == "customer" else cast.staff(who)
    for act in (lambda: arm_timer(KIND, "bell:1", now(), by=by),
                lambda: cancel_timers(KIND, "bell:1", by=by)):  # fmt: skip
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.fault("E2")
@pytest.mark.parametrize("drift", [10, -10])
def test_a_clock_turned_to_and_fro_fires_each_once_and_none_early_by_it(bell, drift):
    for minutes in range(-25, 25, 5):
        arm(f"bell:{minutes}", due=minutes * MINUTE)
    for turn in (drift, 0, -drift, drift, -drift, 30):
        with turned_to(now() + turn * MINUTE):
            sweep_timers()
            assert not Timer.objects.filter(state="fired", fired_at__isnull=True).exists()
            assert not Timer.objects.due(now()).exists()
    assert len(bell.tolls) == len(set(bell.tolls)) == 10
    for timer in Timer.objects.all():
        assert timer.state == "fired"
        assert timer.fired_at >= timer.due_at
