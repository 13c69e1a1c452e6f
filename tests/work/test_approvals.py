"""Four eyes: request, approve, reject, withdraw, expire, use — and every way round them."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError, ProgrammingError
from structlog.testing import capture_logs

from shop.clock import now, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed, NotFound
from shop.events.models import EventLog
from shop.identity import duties
from shop.identity.actions import dismiss_staff_user
from shop.identity.duties import CONFLICTS, Conflict, Trace
from shop.identity.models import User
from shop.identity.roles import ROLES
from shop.timing.models import Timer
from shop.timing.sweeper import sweep_timers
from shop.work import errors
from shop.work.actions import approvals as life
from shop.work.actions.approvals import (
    approve,
    expire_approval,
    reject,
    request_approval,
    spend_within_limit,
    use_approval,
    withdraw,
)
from shop.work.actions.deputies import end_deputation, name_deputy
from shop.work.kinds import APPROVALS, KINDS, approval_kind
from shop.work.models import Approval, Deputation, WithinLimit, WorkItem
from shop.work.selectors import work_of
from shop.work.selectors.approvals import PRESENT, Present, requested_today, waiting_for
from tests import cast

pytestmark = pytest.mark.django_db
BELL, PAYLOAD = "bell:7", {"bell_id": 7, "amount_fen": 30_000, "order_id": 12}
DECIDE = "catalog.approve_revision"  # the director's, the operations manager's, the reviewer's


@pytest.fixture
def kind(monkeypatch):
    """A kind of approval that exists only here."""
    monkeypatch.setattr("shop.work.kinds.APPROVALS", APPROVALS)
    made = approval_kind(
        "tests.melt_bell",
        label="melt a bell",
        article="A1",
        decide=DECIDE,
        working_time=timedelta(hours=4),
        expires=timedelta(days=2),
        about={"order_id": "order"},
    )
    yield made
    del APPROVALS[made.code], KINDS[made.work.code]


@pytest.fixture
def asker():
    return cast.staff("service_agent")


@pytest.fixture
def manager():
    return cast.staff("operations_manager")


def asked(kind, by, payload=PAYLOAD, **more):
    values = {"version": 3, "reason": "cracked", "amount_fen": 30_000} | more
    return request_approval(kind, BELL, payload, **values, by=by)


def used(kind, by, payload=PAYLOAD, version=3):
    return use_approval(kind, BELL, payload, version=version, by=by)


def told(name):
    return [fact.data for fact in EventLog.objects.filter(kind=f"work.{name}").order_by("id")]


def test_what_is_asked_is_work_of_the_post_that_may_decide_with_a_clock(kind, asker, manager):
    approval = asked(kind, asker)
    item = WorkItem.objects.get(subject=approval.stream)
    assert (item.role, item.clock.target, item.status) == (
        "operations_manager", timedelta(hours=4), "open",
    )  # fmt: skip
    assert item in work_of(manager)
    assert item not in work_of(asker)
    assert list(waiting_for(manager)) == [approval]
    assert not waiting_for(asker)
    [event] = told("ApprovalRequested")
    assert event == {
        "approval_id": approval.pk, "kind": kind.code, "subject": BELL, "role": "operations_manager"
    }  # fmt: skip


def test_approved_and_carried_out_once(kind, asker, manager):
    approval = approve(asked(kind, asker), comment="look at it", by=manager)
    assert (approval.status, approval.decided_by, approval.in_name_of) == (
        "granted", manager.user, None,
    )  # fmt: skip
    assert WorkItem.objects.get(subject=approval.stream).outcome == "cause_gone"
    done = used(kind, asker)
    assert (done.status, done.used_by) == ("used", asker.user)
    with pytest.raises(errors.ApprovalMissing):
        used(kind, asker)
    assert [len(told(f"Approval{name}")) for name in ("Requested", "Granted", "Used")] == [1, 1, 1]
    assert not Timer.objects.armed().filter(subject=approval.stream)


def test_rejected_with_words_only(kind, asker, manager):
    approval = asked(kind, asker)
    with pytest.raises(InvalidValue):
        reject(approval, comment=" ", by=manager)
    assert reject(approval, comment="it is listed", by=manager).status == "rejected"
    assert not WorkItem.objects.open()
    with pytest.raises(errors.ApprovalMissing):
        used(kind, asker)
    with pytest.raises(IllegalTransition):
        approve(approval, by=manager)
    assert asked(kind, asker) != approval, "it can be asked for again"


def test_taken_back_by_who_asked_even_when_granted(kind, asker, manager):
    approval = asked(kind, asker)
    with pytest.raises(errors.NotYourDecision):
        withdraw(approval, by=manager)
    approve(approval, by=manager)
    assert withdraw(approval, by=asker).status == "withdrawn"
    with pytest.raises(errors.ApprovalMissing):
        used(kind, asker)


def test_it_runs_out_by_itself(kind, asker, manager):
    waiting, granted = asked(kind, asker), asked(kind, asker, version=4)
    approve(granted, by=manager)
    with turned_to(now() + timedelta(days=2, seconds=1)):
        assert not waiting_for(manager)
        with pytest.raises(errors.ApprovalExpired):
            approve(waiting, by=manager)
        with pytest.raises(errors.ApprovalExpired):
            used(kind, asker, version=4)
        sweep_timers()
        with pytest.raises(errors.ApprovalExpired):
            used(kind, asker, version=4)
    assert set(Approval.objects.values_list("status", flat=True)) == {"expired"}
    assert len(told("ApprovalExpired")) == 2
    assert not WorkItem.objects.open()


def test_before_its_time_nothing_expires(kind, asker):
    assert not expire_approval(asked(kind, asker).pk, by=cast.SYSTEM)


def test_asking_again_for_the_same_returns_it_and_another_must_wait(kind, asker, manager):
    approval = asked(kind, asker)
    assert asked(kind, asker) == approval
    with pytest.raises(errors.AskedAlready):
        asked(kind, cast.staff("service_agent", "other"))
    assert Approval.objects.count() == 1


def test_without_a_reason_or_a_person_nothing_is_asked(kind, asker):
    with pytest.raises(InvalidValue):
        asked(kind, asker, reason="  ")
    with pytest.raises(errors.NotYourDecision):
        asked(kind, cast.SYSTEM)
    with pytest.raises(NotAllowed):
        asked(kind, cast.shopper())
    with pytest.raises(TypeError):
        asked(kind, asker, payload={"amount": 1.5})


@pytest.mark.fault("H7")
def test_nobody_approves_their_own_not_even_with_the_right(kind, manager):
    approval = asked(kind, manager)
    with capture_logs() as logs, pytest.raises(errors.OwnApproval):
        approve(approval, by=manager)
    with pytest.raises(errors.OwnApproval):
        reject(approval, comment="no", by=manager)
    assert [line["code"] for line in logs if line["event"] == "four_eyes"] == ["own-approval"]
    assert [fact["code"] for fact in told("ApprovalBlocked")] == ["own-approval"] * 2
    approval.refresh_from_db()
    assert approval.status == "requested"
    with pytest.raises(errors.ApprovalMissing):
        used(kind, manager)


@pytest.mark.fault("H7")
def test_the_database_itself_refuses_one_pair_of_hands(kind, manager):
    approval = asked(kind, manager)
    rows = Approval.objects.filter(pk=approval.pk)
    with pytest.raises(IntegrityError, match="decided_by_another"), transaction.atomic():
        rows.update(status="granted", decided_by=manager.user, decided_at=now())
    with pytest.raises(IntegrityError, match="state_has_its_decider"), transaction.atomic():
        rows.update(status="used", used_at=now())
    other = cast.staff("director").user
    with pytest.raises(IntegrityError, match="in_name_of"), transaction.atomic():
        rows.update(status="granted", decided_by=other, in_name_of=manager.user, decided_at=now())


@pytest.mark.fault("H7")
def test_who_lacks_the_right_decides_nothing_not_even_a_superuser(kind, asker):
    approval = asked(kind, asker)
    colleague = cast.staff("finance")
    User.objects.filter(pk=colleague.user.pk).update(is_superuser=True)
    with pytest.raises(errors.NotYourDecision):
        approve(approval, by=colleague)
    with pytest.raises(errors.NotYourDecision):
        approve(approval, by=cast.SYSTEM)
    with pytest.raises(NotAllowed):
        approve(approval, by=cast.shopper())


@pytest.mark.fault("H7")
def test_only_what_was_approved_is_carried_out(kind, asker, manager):
    approve(asked(kind, asker), by=manager)
    for payload in ({**PAYLOAD, "amount_fen": 30_001}, {**PAYLOAD, "bell_id": 8}, {}):
        with capture_logs() as logs, pytest.raises(errors.ApprovalAltered):
            used(kind, asker, payload)
        assert logs[0]["code"] == "approval-altered"
    with pytest.raises(errors.ApprovalAltered):
        used(kind, asker, version=4)
    assert used(kind, asker, dict(reversed(PAYLOAD.items()))).status == "used", "order is no matter"


@pytest.mark.fault("H7")
def test_an_edited_row_is_worth_nothing(kind, asker, manager):
    approval = approve(asked(kind, asker), by=manager)
    dearer = {**PAYLOAD, "amount_fen": 90_000}
    rows = Approval.objects.filter(pk=approval.pk)
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        rows.update(payload=dearer)
    with past_the_triggers():
        rows.update(payload=dearer)
    for payload in (dearer, PAYLOAD):
        with pytest.raises(errors.ApprovalAltered):
            used(kind, asker, payload)


@contextmanager
def past_the_triggers():
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = origin")


@pytest.mark.fault("H7")
def test_a_subject_that_moved_is_not_approved(kind, asker, manager, monkeypatch):
    approval = asked(kind, asker)
    monkeypatch.setitem(PRESENT, kind.code, lambda approval: Present(4, PAYLOAD))
    with pytest.raises(errors.ApprovalAltered):
        approve(approval, by=manager)
    assert reject(approval, comment="it has moved", by=manager).status == "rejected"


@pytest.mark.fault("H7")
@pytest.mark.parametrize("lost", ["post", "account"])
def test_a_right_that_was_lost_meanwhile_is_no_right(kind, asker, manager, lost):
    approve(asked(kind, asker), by=manager)
    if lost == "post":
        manager.user.groups.set(Group.objects.filter(name="designer"))
    else:
        dismiss_staff_user(manager.user, by=cast.staff("hr"))
    with pytest.raises(errors.ApproverLostRight):
        used(kind, asker)
    assert Approval.objects.get().status == "granted"


@pytest.mark.fault("H7")
def test_a_session_that_is_older_than_the_dismissal_decides_nothing(kind, asker, manager):
    approval = asked(kind, asker)
    assert manager.user.roles  # read once, and remembered by the session
    User.objects.filter(pk=manager.user.pk).update(is_active=False)
    with pytest.raises(errors.NotYourDecision):
        approve(approval, by=manager)


def named(deputy, by, starts=timedelta(0), ends=timedelta(days=7)):
    return name_deputy(deputy.user, now() + starts, now() + ends, "on leave", by=by)


def test_a_deputy_decides_in_the_name_of_who_is_away(kind, asker, manager):
    deputy = cast.staff("finance")
    approval = asked(kind, asker)
    with pytest.raises(errors.NotYourDecision):
        approve(approval, by=deputy)
    named(deputy, manager)
    assert list(waiting_for(deputy)) == [approval]
    approve(approval, by=deputy)
    approval.refresh_from_db()
    assert (approval.decided_by, approval.in_name_of) == (deputy.user, manager.user)
    assert used(kind, asker).status == "used"


def test_a_deputy_decides_nothing_before_after_or_once_it_is_ended(kind, asker, manager):
    deputy, approval = cast.staff("finance"), asked(kind, asker)
    later = named(deputy, manager, starts=timedelta(days=1))
    with pytest.raises(errors.NotYourDecision):
        approve(approval, by=deputy)
    end_deputation(later, by=manager)
    running = named(deputy, manager, ends=timedelta(hours=1))
    with turned_to(now() + timedelta(hours=2)), pytest.raises(errors.NotYourDecision):
        approve(approval, by=deputy)
    assert end_deputation(running, by=manager).ended_at
    with pytest.raises(errors.NotYourDecision):
        approve(approval, by=deputy)
    assert len(told("DeputyNamed")) == len(told("DeputationEnded")) == 2


@pytest.mark.fault("H7")
def test_a_deputy_is_no_way_round(kind, manager):
    """Neither the asker's deputy nor the asker as deputy decides."""
    deputy = cast.staff("finance")
    named(deputy, manager)
    with pytest.raises(errors.OwnApproval):
        approve(asked(kind, manager), by=deputy)
    director = cast.staff("director")
    named(deputy, director)
    with pytest.raises(errors.OwnApproval):
        approve(asked(kind, deputy, version=9), by=deputy)


@pytest.mark.fault("H7")
def test_a_deputy_has_no_more_right_than_who_is_away_has_now(kind, asker, manager):
    deputy = cast.staff("finance")
    named(deputy, manager)
    approve(asked(kind, asker), by=deputy)
    waiting = asked(kind, asker, version=9)
    manager.user.groups.set(Group.objects.filter(name="designer"))
    with pytest.raises(errors.ApproverLostRight):
        used(kind, asker)
    with pytest.raises(errors.NotYourDecision):
        approve(waiting, by=deputy)


def test_a_deputy_is_somebody_else_who_works_here_and_one_at_a_time(manager):
    deputy = cast.staff("finance")
    for starts, ends in ((0, -1), (3, 2), (0, 100)):
        with pytest.raises(InvalidValue):
            named(deputy, manager, timedelta(days=starts), timedelta(days=ends))
    with pytest.raises(InvalidValue):
        named(manager, manager)
    with pytest.raises(InvalidValue):
        name_deputy(deputy.user, now(), now() + timedelta(days=1), " ", by=manager)
    deputation = named(deputy, manager)
    with pytest.raises(errors.DeputyNamedAlready):
        named(cast.staff("director"), manager, timedelta(days=3), timedelta(days=4))
    with pytest.raises(NotFound):
        end_deputation(deputation, by=deputy)
    gone = cast.staff("designer")
    dismiss_staff_user(gone.user, by=cast.staff("hr"))
    with pytest.raises(errors.PersonAway):
        named(gone, manager, timedelta(days=30), timedelta(days=31))
    assert Deputation.objects.count() == 1


@pytest.fixture
def conflict(monkeypatch):
    """Whoever closed a work item about the order does not decide about it."""
    row = Conflict(
        "work.close_item",
        Trace("work.WorkItemClosed", "subject", {"kind": "cracked_bell"}),
        DECIDE,
        "Who judged it does not melt it.",
    )
    monkeypatch.setattr(duties, "CONFLICTS", (*CONFLICTS, row))
    return row


def closed_by(user, subject, kind="cracked_bell"):
    EventLog.objects.create(
        id=f"00000000-0000-7000-8000-{user.pk:012}", kind="work.WorkItemClosed",
        stream="work_item:1", seq=1, at=now(), door="desk", user_id=user.pk,
        data={"item_id": 1, "kind": kind, "subject": subject, "outcome": "mended"},
    )  # fmt: skip


@pytest.mark.fault("H7")
@pytest.mark.parametrize("subject", [BELL, "order:12"])
def test_conflicting_duties_are_not_used_on_one_subject(kind, asker, manager, conflict, subject):
    closed_by(manager.user, subject)
    approval = asked(kind, asker)
    with pytest.raises(errors.DutiesConflict, match="does not melt it"):
        approve(approval, by=manager)
    assert approve(approval, by=cast.staff("director")).status == "granted"


def test_duties_on_another_subject_or_of_another_kind_do_not_conflict(
    kind, asker, manager, conflict
):
    closed_by(manager.user, "order:13")
    closed_by(cast.staff("director").user, BELL, "mute_bell")
    assert approve(asked(kind, asker), by=manager).status == "granted"
    assert approve(asked(kind, asker, version=8), by=cast.staff("director")).status == "granted"


@pytest.mark.fault("H7")
def test_the_conflict_of_who_is_away_is_their_deputys_too(kind, asker, manager, conflict):
    deputy = cast.staff("finance")
    named(deputy, manager)
    closed_by(manager.user, BELL)
    with pytest.raises(errors.OwnApproval):
        approve(asked(kind, asker), by=deputy)


def test_the_table_of_duties_fits_the_roles_and_the_facts():
    from shop.events.outbox import EVENTS

    held = {permission for role in ROLES for permission in role.permissions}
    for row in CONFLICTS:
        assert {row.done, row.decide} <= held, row
        assert row.trace.fact in EVENTS, row
        figures = EVENTS[row.trace.fact].__dataclass_fields__
        assert set(row.trace.like) <= set(figures), row
        assert not row.trace.subject or row.trace.subject in figures, row
        deciders = [role.code for role in ROLES if row.decide in role.permissions]
        assert len(deciders) > 1, f"{row.decide}: whoever did it leaves nobody to decide"


def test_splitting_does_not_help(kind, asker):
    limit = 50_000
    assert spend_within_limit(kind, "bell:1", 20_000, limit, by=asker)
    assert spend_within_limit(kind, "bell:2", 30_000, limit, by=asker)
    assert not spend_within_limit(kind, "bell:3", 1, limit, by=asker)
    assert requested_today(kind, asker) == 50_000
    assert spend_within_limit(kind, "bell:3", 1, limit, by=cast.staff("service_agent", "other"))
    with turned_to(now() + timedelta(days=1)):
        assert requested_today(kind, asker) == 0
        assert spend_within_limit(kind, "bell:3", 1, limit, by=asker)
    assert WithinLimit.objects.count() == 4


def test_what_was_asked_for_today_counts_unless_it_came_to_nothing(kind, asker, manager):
    approval = asked(kind, asker)
    assert requested_today(kind, asker) == 30_000
    assert not spend_within_limit(kind, BELL, 20_001, 50_000, by=asker)
    reject(approval, comment="no", by=manager)
    assert requested_today(kind, asker) == 0
    assert requested_today(kind, cast.SYSTEM) == 0
    assert spend_within_limit(kind, BELL, 1, 50_000, by=cast.SYSTEM), "a rule splits nothing"


def raced(*attempts):
    """What each came to: its result, or the name of its refusal; each on a thread."""
    start, outcomes = threading.Barrier(len(attempts)), [None] * len(attempts)

    def run(at, attempt):
        start.wait(30)
        try:
            outcomes[at] = attempt()
        except Exception as error:
            outcomes[at] = type(error).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(attempts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


@pytest.fixture
def unlocked(monkeypatch):
    """The guard off: rows are read without a lock, and all have read before any writes."""

    def switch_off(parties):
        meet = threading.Barrier(parties, timeout=20)
        monkeypatch.setattr(
            "shop.work.models.approvals.ApprovalQuerySet.locked", lambda rows: rows.order_by("pk")
        )

        def met(approval, *rest):
            meet.wait()

        monkeypatch.setattr(life, "_require_in_time", met)

    return switch_off


@pytest.mark.fault("H7")
@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_one_decision(kind, asker, manager):
    approval, director = asked(kind, asker), cast.staff("director")
    outcomes = raced(lambda: approve(approval, by=manager), lambda: approve(approval, by=director))
    assert outcomes.count("IllegalTransition") == 1
    assert len(told("ApprovalGranted")) == 1


@pytest.mark.fault("H7")
@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_lock_both_decide(kind, asker, manager, unlocked):
    approval, director = asked(kind, asker), cast.staff("director")
    unlocked(2)
    raced(lambda: approve(approval, by=manager), lambda: approve(approval, by=director))
    assert len(told("ApprovalGranted")) == 2


@pytest.mark.fault("H7")
@pytest.mark.django_db(transaction=True)
def test_used_by_eight_at_once_it_is_carried_out_once(kind, asker, manager):
    approve(asked(kind, asker), by=manager)
    outcomes = raced(*[lambda: used(kind, asker)] * 8)
    assert outcomes.count("ApprovalMissing") == 7
    assert len(told("ApprovalUsed")) == 1


@pytest.mark.fault("H7")
@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_lock_it_is_carried_out_by_all(kind, asker, manager, unlocked):
    approve(asked(kind, asker), by=manager)
    unlocked(3)
    raced(*[lambda: used(kind, asker)] * 3)
    assert len(told("ApprovalUsed")) == 3


@pytest.mark.fault("H7")
@pytest.mark.django_db(transaction=True)
def test_approved_and_taken_back_at_once_ends_taken_back_or_refused(kind, asker, manager):
    for version in range(5):
        approval = asked(kind, asker, version=version)
        raced(lambda a=approval: approve(a, by=manager), lambda a=approval: withdraw(a, by=asker))
        approval.refresh_from_db()
        assert approval.status == "withdrawn", "whoever is first, taking back comes last"
        facts = EventLog.objects.filter(stream=approval.stream).order_by("seq")
        kinds = [fact.kind.removeprefix("work.Approval") for fact in facts]
        assert kinds in (["Requested", "Withdrawn"], ["Requested", "Granted", "Withdrawn"])


@pytest.mark.fault("H7")
@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_lock_a_taken_back_one_is_approved(
    kind, asker, manager, monkeypatch
):
    approval = asked(kind, asker)
    read, taken_back = threading.Event(), threading.Event()
    monkeypatch.setattr(
        "shop.work.models.approvals.ApprovalQuerySet.locked", lambda rows: rows.order_by("pk")
    )

    def read_before_it_is_taken_back(approval):
        read.set()
        taken_back.wait(20)

    monkeypatch.setattr(life, "_require_in_time", read_before_it_is_taken_back)

    def take_back():
        read.wait(20)
        withdraw(approval, by=asker)
        taken_back.set()

    raced(lambda: approve(approval, by=manager), take_back)
    approval.refresh_from_db()
    facts = EventLog.objects.filter(stream=approval.stream, kind__startswith="work.Approval")
    assert (approval.status, facts.filter(kind="work.ApprovalGranted").count()) == ("granted", 1)


@pytest.mark.django_db(transaction=True)
def test_eight_within_the_limit_at_once_do_not_pass_it(kind, asker):
    outcomes = raced(*[lambda: spend_within_limit(kind, BELL, 20_000, 50_000, by=asker)] * 8)
    assert outcomes.count(True) == 2


@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_guard_they_pass_it(kind, asker, monkeypatch):
    meet = threading.Barrier(8, timeout=20)
    monkeypatch.setattr(life, "today", lambda: (meet.wait(), now().date())[1])
    monkeypatch.setattr(life, "_one_at_a_time", lambda what: None)
    outcomes = raced(*[lambda: spend_within_limit(kind, BELL, 20_000, 50_000, by=asker)] * 8)
    assert outcomes.count(True) == 8


@pytest.mark.django_db(transaction=True)
def test_asked_for_by_eight_sessions_of_one_person_it_is_one(kind, asker):
    outcomes = raced(*[lambda: asked(kind, asker)] * 8)
    assert len(set(outcomes)) == 1
    assert WorkItem.objects.count() == Approval.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_guard_the_constraint_stops_them(kind, asker, monkeypatch):
    meet = threading.Barrier(4, timeout=20)
    monkeypatch.setattr(life, "_one_at_a_time", lambda what: meet.wait())
    assert raced(*[lambda: asked(kind, asker)] * 4).count("IntegrityError") == 3
