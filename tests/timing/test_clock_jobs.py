"""Clock jobs: planned once, run once, caught up as declared, leased, retried, given up."""

from datetime import timedelta

import pytest

from shop.clock import now, turned_to
from shop.errors import NotAllowed
from shop.events.models import EventLog
from shop.events.rules import HAND_OVER
from shop.timing import planner
from shop.timing.actions.jobs import (
    KEEP_RUNS,
    establish_jobs,
    forget_job_runs,
    reschedule_job,
    retry_job_run,
    run_job_now,
)
from shop.timing.errors import RunAlreadyWaiting, RunNotFailed, ScheduleUnusable
from shop.timing.jobs import JOBS
from shop.timing.models import ClockJob, JobRun
from shop.timing.planner import Planner, plan_slots, run_due_jobs, run_slot, take_due
from shop.timing.rules import retries
from shop.timing.tasks import run_slot as run_slot_task
from tests import cast
from tests.timing.errands import CODE, DAY, HOUR, MINUTE, NOON, job, states

pytestmark = pytest.mark.django_db
EVERY_5 = {"every": 5}


def at(minutes, act=run_due_jobs, *args, **named):
    """Do it so many minutes after noon."""
    with turned_to(NOON + minutes * MINUTE):
        return act(*args, **named)


def said():
    facts = EventLog.objects.filter(stream__startswith="job:").order_by("id")
    return [fact.kind.removeprefix("timing.ClockJob") for fact in facts]


def test_each_slot_runs_once_when_it_has_come_and_not_before(only):
    errand = only(EVERY_5)
    assert at(4.9) == 0
    assert at(5.1) == 1
    assert at(5.2) == 0
    assert at(10.1) == 1
    assert errand.runs == [NOON + 5 * MINUTE, NOON + 10 * MINUTE]
    assert states() == [(5, "done"), (10, "done")]
    assert said() == [], "a run that ends well is a row, not an event"


def test_establishing_again_leaves_timetables_as_staff_made_them(only):
    only(EVERY_5)
    at(0, reschedule_job, job(), {"every": 30}, by=cast.staff("engineer"))
    assert at(1, establish_jobs, by=cast.SYSTEM) == 0
    assert job().schedule == {"every": 30}


@pytest.mark.fault("D14")
@pytest.mark.parametrize(("catch_up", "ran", "left_out"), [
    ("latest_only", [180], 35), ("all", list(range(5, 181, 5)), 0), ("none", [180], 35),
])  # fmt: skip
def test_after_three_hours_without_a_clock_each_job_catches_up_as_it_says(
    only, catch_up, ran, left_out
):
    errand = only(EVERY_5, catch_up)
    assert at(180.5) == len(ran)
    assert errand.runs == [NOON + minutes * MINUTE for minutes in ran]
    assert job().runs.order_by("slot_at").first().left_out == left_out
    assert at(185.1) == 1, "and goes on"


@pytest.mark.fault("D14")
def test_what_catches_nothing_up_shows_what_it_missed(only):
    errand = only(EVERY_5, "none")
    assert at(183) == 0
    assert errand.runs == []
    missed = job().runs.get()
    assert (missed.state, missed.slot_at, missed.left_out) == ("missed", NOON + 180 * MINUTE, 35)


@pytest.mark.fault("D14")
def test_catching_up_everything_is_bounded_and_goes_on(only, monkeypatch):
    monkeypatch.setattr(planner, "MOST_SLOTS", 10)
    errand = only(EVERY_5, "all")
    at(180.5)
    assert len(errand.runs) == 10
    for _round in range(3):
        at(180.6)
    assert errand.runs == [NOON + minutes * MINUTE for minutes in range(5, 181, 5)]


def test_one_that_fails_is_tried_again_later_and_the_next_slot_takes_over(only):
    errand = only(EVERY_5)
    errand.failures += [OSError("no paper"), OSError("no ink")]
    assert at(5.1) == 0
    run = job().runs.get()
    assert (run.state, run.failures, run.last_error) == ("pending", 1, "OSError: no paper")
    assert timedelta(seconds=2) < run.try_at - (NOON + 5.1 * MINUTE) < timedelta(seconds=9)
    assert at(5.3) == 0
    assert at(10.1) == 1
    assert states() == [(5, "failed"), (10, "done")]
    assert said() == ["Failed", "Recovered"]


def test_a_slot_nobody_began_is_left_out_for_the_newer_one(only):
    errand = only(EVERY_5)
    at(5.1, plan_slots)
    at(10.1)
    assert states() == [(5, "missed"), (10, "done")]
    assert len(errand.runs) == 1


def test_a_job_that_goes_on_failing_says_so_once(only):
    errand = only(EVERY_5)
    errand.failures += [OSError("away")] * 4
    for minutes in (5.1, 10.1, 15.1, 20.1):
        at(minutes)
    at(25.1)
    assert said() == ["Failed", "Recovered"]
    assert [state for _slot, state in states()] == ["failed"] * 4 + ["done"]


@pytest.fixture
def failed_for_good(only, monkeypatch):
    """A job that owes every slot, and its first run, which failed as often as one may: twice."""
    monkeypatch.setattr(retries, "MOST_ATTEMPTS", 2)
    errand = only({"times": ["12:30"]}, "all")
    errand.failures += [OSError("the paper jammed")] * 2
    at(31)
    at(35)
    return errand


def test_failed_for_good_waits_for_people_who_let_it_try_again(failed_for_good):
    errand, run = failed_for_good, job().runs.get()
    assert (run.state, run.failures, run.last_error) == ("failed", 2, "OSError: the paper jammed")
    assert said() == ["Failed"]
    with pytest.raises(NotAllowed):
        retry_job_run(run, by=cast.staff("service_agent"))
    at(60, retry_job_run, run, by=cast.staff("engineer"))
    assert at(61) == 1
    assert errand.runs == [NOON + 30 * MINUTE], "for the slot it was, however late"
    with pytest.raises(RunNotFailed):
        retry_job_run(run, by=cast.staff("engineer"))
    assert said() == ["Failed", "Retried", "Recovered"]


def test_a_job_whose_process_died_is_taken_over_when_the_lease_is_out_and_that_is_seen(only):
    errand = only({"times": ["12:30"]})
    at(30.1, plan_slots)
    run_id = at(30.1, take_due)[0][0]
    assert at(30.1, planner._claim, run_id).attempts == 1, "and then its process is killed"
    assert at(30.2) == 0, "somebody seems to be at it"
    assert at(36, run_due_jobs) == 1
    run = job().runs.get()
    assert (run.state, run.attempts, run.failures) == ("done", 2, 1)
    assert errand.runs == [NOON + 30 * MINUTE]


def test_one_that_kills_every_process_is_given_up(only, monkeypatch):
    monkeypatch.setattr(retries, "MOST_ATTEMPTS", 3)
    errand = only({"times": ["12:30"]})
    at(30.1, plan_slots)
    run = job().runs.get()
    for killed in range(3):
        assert at(31 + 6 * killed, planner._claim, run.pk)
    at(60)
    run.refresh_from_db()
    assert (run.state, run.last_error) == ("failed", planner.LEASE_RAN_OUT)
    assert errand.runs == []


def test_who_lost_the_lease_can_no_longer_settle(only):
    only({"times": ["12:30"]})
    at(30.1, plan_slots)
    slow = at(30.1, planner._claim, job().runs.get().pk)
    quick = at(36, planner._claim, slow.pk)
    at(36.1, planner._put_back, slow, "OSError: too late to say")
    assert job().runs.get().leased_until, "the newer lease stands"
    at(36.2, planner._finish, quick)
    assert job().runs.get().state == "done"


def test_runs_of_a_job_follow_one_another(only):
    only(EVERY_5, "all")
    at(10.1, plan_slots)
    first, second = job().runs.order_by("slot_at")
    assert at(10.1, take_due) == [(first.pk, False)]
    assert not at(10.1, run_slot, second.pk), "even when a stray message asks for it"
    assert at(10.1, run_slot, first.pk)
    assert at(10.1, take_due) == [(second.pk, False)]


def test_handed_out_and_not_taken_it_is_handed_out_again_after_ten_seconds(only):
    only(EVERY_5)
    at(5.1, plan_slots)
    run = job().runs.get()
    assert at(5.1, take_due) == [(run.pk, False)]
    assert at(5.2, take_due) == []
    assert at(5.3, take_due) == [(run.pk, True)], "nobody took it: the relay will do it itself"


def test_a_job_this_release_does_not_know_waits(only, monkeypatch):
    errand = only(EVERY_5)
    monkeypatch.delitem(JOBS, CODE)
    assert at(5.1) == 0
    monkeypatch.setitem(JOBS, CODE, JOBS.get(CODE) or _declared(errand))
    assert at(10.1) == 1


def _declared(errand):
    from shop.timing.jobs import LEASE, Declaration

    return Declaration(CODE, "errand", errand, EVERY_5, "latest_only", LEASE)


def test_a_zone_that_left_the_zone_database_stops_only_its_own_job(only):
    only(EVERY_5)
    other = only(EVERY_5, code="tests.other")
    ClockJob.objects.filter(code=CODE).update(schedule={"every": 5, "zone": "Mars/Olympus"})
    assert at(5.1) == 1
    assert len(other.runs) == 1


# who does the work


def broken_broker(run_id):
    raise ConnectionError


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("D5")
def test_with_the_broker_away_the_relay_runs_the_job_itself(only):
    errand = only(EVERY_5, at=now() - 7 * MINUTE)
    clock = Planner(broken_broker)
    assert clock.sweep() == 2, "one job planned, one run passed on"
    clock.close()
    assert len(errand.runs) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("D5")
def test_what_no_worker_takes_within_ten_seconds_the_relay_runs_itself(only):
    errand, told = only(EVERY_5, at=now() - 7 * MINUTE), []
    clock = Planner(told.append)
    clock.sweep()
    assert (len(told), errand.runs) == (1, []), "a worker was told, and nobody is there"
    JobRun.objects.update(handed_at=now() - HAND_OVER)
    clock.sweep()
    clock.close()
    assert (len(told), len(errand.runs)) == (1, 1)


def test_a_message_for_a_worker_carries_the_number_of_the_run_alone(only):
    errand = only(EVERY_5)
    at(5.1, plan_slots)
    at(5.2, run_slot_task, job().runs.get().pk)
    at(5.3, run_slot_task, job().runs.get().pk)
    assert len(errand.runs) == 1, "a message that comes twice finds the work done"


# changing the timetable


def test_a_new_timetable_holds_from_now_on_and_what_had_come_is_still_owed(only):
    errand = only(EVERY_5, "all")
    new = {"times": ["18:00"], "weekdays": [4]}
    at(12, reschedule_job, job(), new, by=cast.staff("engineer"))
    assert at(30) == 2
    assert errand.runs == [NOON + 5 * MINUTE, NOON + 10 * MINUTE]
    assert job().next_at == NOON + 6 * HOUR
    fact = EventLog.objects.get(kind="timing.ClockJobRescheduled")
    assert (fact.data["old"], fact.data["new"]) == (EVERY_5, new)
    assert fact.user_id == cast.staff("engineer").user.pk


@pytest.mark.parametrize(("schedule", "field"), [
    ({"times": ["24:30"]}, "times"),
    ({"times": ["24:00"]}, "times"),
    ({"times": ["9:00"]}, "times"),
    ({"times": []}, "times"),
    ({"every": 0}, "every"),
    ({"every": 1441}, "every"),
    ({"every": True}, "every"),
    ({"every": 5, "times": ["09:00"]}, "every"),
    ({"every": 5, "window": ["20:00", "08:00"]}, "window"),
    ({"every": 5, "window": ["08:00", "08:00"]}, "window"),
    ({"times": ["09:00"], "weekdays": []}, "weekdays"),
    ({"times": ["09:00"], "weekdays": [7]}, "weekdays"),
    ({"times": ["09:00"], "month_days": []}, "month_days"),
    ({"times": ["09:00"], "month_days": [32]}, "month_days"),
    ({"times": ["09:00"], "zone": "Asia/Atlantis"}, "zone"),
    ({"times": ["09:00"], "zone": "../../etc/passwd"}, "zone"),
    ({"times": ["09:00"], "zone": ""}, "zone"),
])  # fmt: skip
def test_a_timetable_no_clock_can_keep_is_refused_at_its_field(only, schedule, field):
    only(EVERY_5)
    with pytest.raises(ScheduleUnusable) as refusal:
        reschedule_job(job(), schedule, by=cast.staff("engineer"))
    assert list(refusal.value.fields) == [field]
    assert job().schedule == EVERY_5
    assert not EventLog.objects.filter(kind="timing.ClockJobRescheduled").exists()


# out of turn


def test_a_run_out_of_turn_runs_beside_the_timetable(only):
    errand = only(EVERY_5)
    run = at(6, run_job_now, job(), by=cast.staff("engineer"))
    with pytest.raises(RunAlreadyWaiting):
        at(6.1, run_job_now, job(), by=cast.staff("engineer"))
    at(6.2, plan_slots)
    at(6.3)
    assert [slot - NOON < 7 * MINUTE for slot in errand.runs] == [True, True]
    assert JobRun.objects.get(pk=run.pk).state == "done"
    assert said() == ["Requested"]


@pytest.mark.parametrize("who", ["service_agent", "operations_manager", "customer"])
def test_only_technical_posts_change_timetables_and_run_jobs(only, who):
    only(EVERY_5)
    by = cast.shopper() if who == "customer" else cast.staff(who)
    for act in (lambda: run_job_now(job(), by=by),
                lambda: reschedule_job(job(), {"every": 1}, by=by),
                lambda: establish_jobs(by=by), lambda: forget_job_runs(by=by)):  # fmt: skip
        with pytest.raises(NotAllowed):
            act()
    assert not ClockJob.objects.visible_to(by).exists()
    assert not JobRun.objects.visible_to(by).exists()


def test_runs_that_ended_well_are_forgotten_after_a_month_and_failures_are_not(only):
    errand = only({"times": ["12:30"]})
    errand.failures.append(OSError("away"))
    at(31)
    with turned_to(NOON + DAY + 31 * MINUTE):
        run_due_jobs()
    with turned_to(now() + KEEP_RUNS + 9000 * DAY):
        assert forget_job_runs(by=cast.SYSTEM) == 1
    assert job().runs.get().state == "failed"
