"""Long work: start, batches that commit with where to go on, takeover, stop, failure, its file."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from shop.clock import now, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed, NotFound
from shop.events.models import Delivery, EventLog
from shop.events.relay import run_reactions
from shop.notices.models import Notice
from shop.notices.rendering import page_of_subject, words_of
from shop.records.actions.files import read_file
from shop.work import runner
from shop.work.actions import jobs as life
from shop.work.actions.jobs import (
    begin_job,
    cancel_job,
    continue_job,
    finish_job,
    forget_ended_jobs,
    hold_job,
    keep_job_file,
    measure_job,
    note_failure,
    record_batch,
    start_job,
)
from shop.work.errors import JobTakenOver
from shop.work.long_work import LONG_WORK, LongWork, Result
from shop.work.models import Job, JobError, WithinLimit
from shop.work.rules import JOBS_KEPT_FOR
from shop.work.runner import run_stretch
from tests import cast

pytestmark = pytest.mark.django_db
ROWS = 10


class Bells:
    """Rings ten bells, two a batch; each ring is a row. What happens at a bell can be told."""

    def __init__(self):
        self.at = {}

    def __call__(self, job, step):
        step.measure(ROWS)
        while (begin := step.resume or 0) < ROWS:
            with step.batch() as batch:
                for bell in (begin, begin + 1):
                    self.ring(bell, job, batch)
                batch.done, batch.resume = 2, begin + 2
        return Result("bells.csv", b"bell\n1\n")

    def ring(self, bell, job, batch):
        WithinLimit.objects.create(
            kind="bell", subject=f"bell:{bell}", amount_fen=1, on=now().date(), at=now()
        )
        if what := self.at.pop(bell, None):
            what(job, batch)


@pytest.fixture
def bells(monkeypatch):
    made = Bells()
    monkeypatch.setitem(LONG_WORK, "tests.bells", LongWork("tests.bells", "bells", made))
    return made


@pytest.fixture
def job(bells):
    return start_job("tests.bells", {}, by=cast.staff("designer"))


def rung():
    return sorted(WithinLimit.objects.values_list("subject", flat=True))


ALL = [f"bell:{n}" for n in range(ROWS)]


def told(job):
    facts = EventLog.objects.filter(stream=job.stream).order_by("seq")
    return [fact.kind.removeprefix("work.LongWork") for fact in facts]


def fail(error):
    def raise_it(job, batch):
        raise error

    return raise_it


def test_it_is_done_by_the_relay_and_ends_with_a_file_for_seven_days(job):
    run_reactions()
    job.refresh_from_db()
    assert (job.status, job.done, job.total, job.percent) == ("done", ROWS, ROWS, 100)
    assert rung() == ALL
    assert told(job) == ["Started", "Finished"]
    assert read_file(job.result, by=cast.SYSTEM) == b"bell\n1\n"
    assert job.result.owner == job.started_by.party
    assert job.result.declared.keep_for == timedelta(days=7)


def test_only_declared_work_is_started_and_only_by_a_person(bells):
    with pytest.raises(LookupError):
        start_job("tests.nothing", {}, by=cast.staff("designer"))
    with pytest.raises(NotFound):
        start_job("tests.bells", {}, by=cast.SYSTEM)


def test_it_goes_on_in_another_delivery_when_the_stretch_is_over(job, monkeypatch):
    monkeypatch.setattr(runner, "STRETCH", -1)
    run_stretch(job.pk)
    assert told(job) == ["Started", "Continued"]
    monkeypatch.setattr(runner, "STRETCH", 60)
    run_reactions()
    job.refresh_from_db()
    assert (job.status, rung()) == ("done", ALL)


@pytest.mark.fault("D1")
def test_broken_off_at_half_it_goes_on_where_the_last_batch_ended(job, bells):
    bells.at[5] = fail(OSError("the disk is away"))
    run_reactions()
    job.refresh_from_db()
    assert (job.status, job.done, job.failures, rung()) == ("running", 4, 1, ALL[:4])
    assert "the disk is away" in job.last_error
    with turned_to(now() + timedelta(minutes=1)):
        run_reactions()
    job.refresh_from_db()
    assert (job.status, job.done, job.last_error, rung()) == ("done", ROWS, "", ALL)


@pytest.mark.fault("D1")
def test_the_control_without_the_resume_rings_twice(job, bells, monkeypatch):
    real = life.record_batch

    def forgetful(job, done, resume, refusals, *, by):
        return real(job, done, job.resume, refusals, by=by)

    monkeypatch.setattr(runner, "record_batch", forgetful)
    bells.at[5] = fail(OSError("the disk is away"))
    run_reactions()
    Job.objects.update(done=0)  # or its count would stop it
    with turned_to(now() + timedelta(minutes=1)):
        run_reactions()
    assert rung() == sorted(ALL + ALL[:4])


def test_five_failures_without_a_batch_in_between_and_it_has_failed(job, bells, monkeypatch):
    monkeypatch.setattr(bells, "ring", lambda *args: fail(OSError("away"))(None, None))
    for minutes in range(0, 300, 60):
        with turned_to(now() + timedelta(minutes=minutes)):
            run_reactions()
    job.refresh_from_db()
    assert (job.status, job.failures, told(job)) == ("failed", 5, ["Started", "Failed"])
    assert not Delivery.objects.filter(state="parked")


def test_a_broken_rule_ends_it_at_once_with_its_words(job, bells):
    bells.at[3] = fail(InvalidValue("this table is of last year"))
    run_reactions()
    job.refresh_from_db()
    assert (job.status, job.last_error) == ("failed", "this table is of last year")
    assert rung() == ALL[:2], "what was done stays done"


def test_refused_rows_are_counted_and_told(job, bells):
    bells.at[1] = lambda job, batch: batch.refuse(2, "bell", "cracked")
    bells.at[6] = lambda job, batch: batch.refuse(7, "bell", "stolen")
    run_reactions()
    job.refresh_from_db()
    assert job.refused == 2
    assert [(e.row, e.column, e.text) for e in job.errors.all()] == [
        (2, "bell", "cracked"), (7, "bell", "stolen"),
    ]  # fmt: skip


@pytest.mark.fault("D3")
def test_one_that_was_thought_dead_and_wakes_changes_nothing(job, bells):
    """While it rings the fifth bell another attempt takes over and does all the rest."""
    bells.at[5] = lambda job, batch: Job.objects.filter(pk=job.pk).update(token=job.token + 1)
    bells.at[4] = None
    zombie = begin_job(job.pk, by=cast.SYSTEM)
    run_stretch(job.pk)
    job.refresh_from_db()
    with pytest.raises(JobTakenOver):
        hold_job(job.pk, zombie.token, by=cast.SYSTEM)
    for late in (
        lambda: measure_job(job.pk, zombie.token, 1, by=cast.SYSTEM),
        lambda: continue_job(job.pk, zombie.token, by=cast.SYSTEM),
        lambda: finish_job(job.pk, zombie.token, None, by=cast.SYSTEM),
        lambda: note_failure(job.pk, zombie.token, "late", True, by=cast.SYSTEM),
    ):
        with pytest.raises(JobTakenOver):
            late()
    assert job.status == "running"


@pytest.mark.fault("D3")
@pytest.mark.django_db(transaction=True)
def test_two_attempts_at_once_ring_each_bell_once(job):
    start = threading.Barrier(2)

    def attempt():
        start.wait(30)
        try:
            run_stretch(job.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    job.refresh_from_db()
    assert (job.status, rung()) == ("done", ALL)


@pytest.mark.fault("D3")
@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_fence_two_attempts_ring_twice(job, monkeypatch):
    meet = threading.Barrier(2, timeout=30)

    def unfenced(job_id, token, *, by):
        if not Job.objects.get(pk=job_id).done:
            meet.wait()
        return Job.objects.get(pk=job_id)

    for place in (runner, life):
        monkeypatch.setattr(place, "hold_job", unfenced)
    monkeypatch.setattr(runner, "measure_job", lambda *args, **by: None)

    def attempt():
        try:
            run_stretch(job.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(rung()) > ROWS


def test_stopped_by_who_started_it_what_is_done_stays(job, bells):
    owner = cast.staff("designer")
    bells.at[5] = lambda job, batch: cancel_job(job, by=owner)
    run_reactions()
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert set(ALL[:4]) <= set(rung()) < set(ALL)
    assert told(job) == ["Started", "Stopped"]
    with pytest.raises(IllegalTransition):
        cancel_job(job, by=owner)
    with pytest.raises(Job.DoesNotExist):
        cancel_job(job, by=cast.staff("director"))


def test_a_repeat_of_its_delivery_after_the_end_does_nothing(job):
    run_reactions()
    run_stretch(job.pk)
    assert rung() == ALL
    assert begin_job(job.pk, by=cast.SYSTEM) is None


def test_progress_is_written_with_the_batch_or_not_at_all(job):
    begun = begin_job(job.pk, by=cast.SYSTEM)
    with pytest.raises(OSError), transaction.atomic():
        held = hold_job(begun.pk, begun.token, by=cast.SYSTEM)
        record_batch(held, 2, 2, [], by=cast.SYSTEM)
        raise OSError
    job.refresh_from_db()
    assert (job.done, job.resume) == (0, None)


def test_a_file_of_somebodys_is_theirs():
    stored = keep_job_file("a.csv", b"a\n1\n", by=cast.staff("designer"))
    assert stored.owner == cast.staff("designer").user.party


def test_work_that_cannot_be_cut_says_that_it_goes_on_and_keeps_its_lease(bells, monkeypatch):
    """Longer than a stretch and than the lease of its delivery, and yet done, once."""
    monkeypatch.setattr(runner, "STRETCH", -1)
    seen = []

    def in_one_go(job, step):
        delivery = Delivery.objects.get(stream=job.stream, reaction="work.run_long_work")
        Delivery.objects.filter(pk=delivery.pk).update(leased_until=now())
        monkeypatch.setattr(runner, "STRETCH", 60)
        step.go_on()
        seen.append(Delivery.objects.get(pk=delivery.pk).leased_until > now())
        with step.batch() as batch:
            batch.done = 1

    monkeypatch.setitem(LONG_WORK, "tests.bells", LongWork("tests.bells", "bells", in_one_go))
    job = start_job("tests.bells", {}, by=cast.staff("designer"))
    run_reactions()
    job.refresh_from_db()
    assert (job.status, seen) == ("done", [True])
    assert told(job) == ["Started", "Finished"]


@pytest.mark.fault("D3")
@pytest.mark.parametrize("lost", ["lease", "token"])
def test_who_lost_the_lease_or_the_token_does_not_go_on(bells, monkeypatch, lost):
    def in_one_go(job, step):
        if lost == "lease":
            Delivery.objects.filter(stream=job.stream).update(attempts=7)
        else:
            Job.objects.filter(pk=job.pk).update(token=7)
        step.go_on()
        raise AssertionError("it went on")

    monkeypatch.setitem(LONG_WORK, "tests.bells", LongWork("tests.bells", "bells", in_one_go))
    job = start_job("tests.bells", {}, by=cast.staff("designer"))
    run_reactions()
    job.refresh_from_db()
    assert (job.status, job.failures) == ("running", 0)


def test_whoever_started_it_is_told_of_the_end(job, bells):
    run_reactions()
    [notice] = Notice.objects.filter(kind="work.long_work_finished")
    assert notice.party == job.started_by.party
    assert page_of_subject(notice) == "/admin/desk/jobs/"
    bells.at[3] = fail(InvalidValue("this table is of last year"))
    start_job("tests.bells", {}, by=cast.staff("designer"))
    run_reactions()
    [failed] = Notice.objects.filter(kind="work.long_work_failed")
    assert "this table is of last year" in words_of(failed).body


def test_a_quarter_after_its_end_it_is_forgotten_and_what_still_runs_is_not(job, bells):
    bells.at[1] = lambda job, batch: batch.refuse(2, "bell", "cracked")
    run_reactions()
    waiting = start_job("tests.bells", {}, by=cast.staff("designer"))
    with turned_to(now() + JOBS_KEPT_FOR + timedelta(days=1)):
        assert forget_ended_jobs(by=cast.SYSTEM) == 1
    assert list(Job.objects.all()) == [waiting]
    assert not JobError.objects.exists()
    assert told(job) == ["Started", "Finished"], "the log keeps it"
    [notice] = Notice.objects.filter(kind="work.long_work_finished")
    assert words_of(notice).subject, "what is gone is told by its kind"


def test_nobody_forgets_by_hand(job):
    with pytest.raises(NotAllowed):
        forget_ended_jobs(by=cast.staff("director"))
