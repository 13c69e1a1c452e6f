"""open, take, close, cancel, settle: an item's life, and whose hands may be on it."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from shop.clock import now, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.identity.actions import dismiss_staff_user
from shop.identity.actors import Actor
from shop.timing.actions.calendars import establish_shop_calendar, shop_calendar
from shop.timing.errors import ClockRunOut
from shop.timing.models import Calendar, Clock
from shop.timing.sweeper import sweep_timers
from shop.work.actions import items as life
from shop.work.actions.hand_overs import hand_over_item, hand_over_items, release_items_of
from shop.work.actions.items import (
    Matter,
    cancel_item,
    close_item,
    escalate_item,
    open_item,
    settle_items,
    take_item,
    warn_of_item,
)
from shop.work.actions.logs import log_contact, note_item, pause_item, resume_item
from shop.work.errors import (
    InAnothersHands,
    MayNotPause,
    NotYourWork,
    PersonAway,
    PostVacant,
)
from shop.work.kinds import KINDS, Reason, WorkKind, work_kind
from shop.work.models import WorkEntry, WorkHandOver, WorkItem
from shop.work.rules import Receiver
from shop.work.selectors import is_blocked, team_loads, work_of
from tests import cast

pytestmark = pytest.mark.django_db
BELL = "bell:7"


@pytest.fixture
def kind(monkeypatch):
    """A kind of work that exists only here."""
    bell = WorkKind(
        code="cracked_bell",
        label="cracked bell",
        article="A1",
        role="service_agent",
        subjects={},
        target=timedelta(hours=4),
        outcomes={"mended": "mended"},
        title=lambda figures: f"bell {figures.get('bell', 7)} is cracked",
        reasons={
            "": Reason("cracked"),
            "mute": Reason("mute", holds=frozenset({"tower.ring_bell"})),
            "stolen": Reason("stolen", role="finance"),
        },
        may_pause=True,
    )
    monkeypatch.setitem(KINDS, bell.code, bell)
    return bell


@pytest.fixture
def agent():
    return cast.staff("service_agent")


def opened(kind, reason="", **matter):
    return open_item(kind, Matter(BELL, reason, **matter), by=cast.SYSTEM)


def told(name):
    return [fact.data for fact in EventLog.objects.filter(kind=f"work.{name}").order_by("id")]


def test_opening_says_who_should_do_what_until_when(kind, agent):
    item = opened(kind, figures={"bell": 9})
    assert (str(item), item.role, item.person, item.status) == (
        "bell 9 is cracked", "service_agent", None, "open",
    )  # fmt: skip
    clock = Clock.objects.get(kind="work.cracked_bell", subject=item.stream)
    assert (item.clock, clock.target) == (clock, timedelta(hours=4))
    [event] = told("WorkItemOpened")
    assert event == {
        "item_id": item.pk, "kind": "cracked_bell", "subject": BELL, "role": "service_agent",
        "user_id": None,
    }  # fmt: skip


def test_a_fact_that_repeats_opens_no_second_item_while_the_first_is_open(kind, agent):
    first = opened(kind)
    assert opened(kind) == first
    assert opened(kind, "mute") != first
    assert opened(kind, key="another") != first
    take_item(first, by=agent)
    assert opened(kind) == first
    close_item(first, "mended", "soldered", by=agent)
    assert opened(kind) != first
    assert len(told("WorkItemOpened")) == 4


def test_a_post_nobody_holds_is_skipped_for_the_one_above(kind):
    supervisor = cast.staff("service_supervisor")
    assert opened(kind).role == "service_supervisor"
    assert opened(kind, "stolen").role == "finance", "nobody at all: it waits where it belongs"
    assert work_of(supervisor).count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_open_one_item(kind):
    cast.staff("service_agent")
    establish_shop_calendar(by=cast.SYSTEM)
    assert race(kind) == 0
    assert WorkItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_guard_runs_into_the_constraint(kind, monkeypatch):
    cast.staff("service_agent")
    establish_shop_calendar(by=cast.SYSTEM)
    monkeypatch.setattr(life, "_one_opening_at_a_time", lambda *matter: meet.wait(30))
    meet = threading.Barrier(8, timeout=30)
    assert race(kind) == 7


def race(kind):
    """How many of eight were refused by the database."""
    start, refused = threading.Barrier(8, timeout=60), []

    def attempt():
        start.wait()
        try:
            opened(kind)
        except IntegrityError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return len(refused)


def test_taking_it_makes_it_mine_and_a_colleague_is_told_so(kind, agent):
    item = take_item(opened(kind), by=agent)
    assert (item.person, item.status, item.taken_at is None) == (agent.user, "taken", False)
    with pytest.raises(InAnothersHands, match="员工"):
        take_item(item, by=cast.staff("service_agent", "b"))
    with pytest.raises(IllegalTransition):
        take_item(item, by=agent)
    assert [event["user_id"] for event in told("WorkItemTaken")] == [agent.user.pk]


def test_another_post_and_a_customer_keep_their_hands_off(kind, agent):
    item = opened(kind)
    for by in (cast.staff("warehouse"), cast.staff("technical_lead")):
        with pytest.raises(NotYourWork):
            take_item(item, by=by)
        with pytest.raises(NotYourWork):
            close_item(item, "mended", "x", by=by)
    with pytest.raises(NotAllowed):
        take_item(item, by=cast.shopper())
    with pytest.raises(NotYourWork):
        take_item(item, by=cast.SYSTEM)
    assert WorkItem.objects.get().status == "open"


def test_who_supervises_may_take_and_close_what_others_have(kind, agent):
    item = take_item(opened(kind), by=agent)
    close_item(item, "mended", "did it myself", by=cast.staff("operations_manager"))
    item.refresh_from_db()
    assert (item.status, item.person) == ("closed", agent.user)


def test_closing_wants_an_outcome_of_the_kind_and_what_was_done(kind, agent):
    item = take_item(opened(kind), by=agent)
    for outcome, done in (("melted", "x"), ("mended", "  ")):
        with pytest.raises(InvalidValue):
            close_item(item, outcome, done, by=agent)
    close_item(item, "mended", "soldered", by=agent)
    item.refresh_from_db()
    assert (item.outcome, item.done, item.closed_by) == ("mended", "soldered", agent.user)
    assert item.clock.status == "met"
    assert told("WorkItemClosed")[0]["outcome"] == "mended"
    with pytest.raises(IllegalTransition):
        close_item(item, "mended", "again", by=agent)


def test_it_holds_the_step_its_reason_names_until_it_is_closed(kind, agent):
    opened(kind)
    assert not is_blocked(BELL, "tower.ring_bell")
    item = opened(kind, "mute")
    assert is_blocked(BELL, "tower.ring_bell")
    assert not is_blocked(BELL, "tower.polish_bell")
    assert not is_blocked("bell:8", "tower.ring_bell")
    close_item(item, "mended", "x", by=agent)
    assert not is_blocked(BELL, "tower.ring_bell")


def test_withdrawing_wants_a_reason_and_owes_nothing(kind, agent):
    item = open_item(kind, Matter(BELL, "stolen"), by=agent)
    with pytest.raises(InvalidValue):
        cancel_item(item, " ", by=agent)
    with pytest.raises(NotYourWork):
        cancel_item(item, "not mine", by=cast.staff("warehouse"))
    cancel_item(item, "it was in the other tower", by=agent)
    item.refresh_from_db()
    assert (item.status, item.clock.status, item.done) == (
        "cancelled", "cancelled", "it was in the other tower",
    )  # fmt: skip


def test_what_its_cause_has_left_is_closed_by_itself(kind, agent):
    take_item(opened(kind), by=agent)
    mute = opened(kind, "mute")
    assert settle_items(kind, BELL, reason="mute", by=cast.SYSTEM) == 1
    mute.refresh_from_db()
    assert (mute.status, mute.outcome, mute.closed_by) == ("closed", "cause_gone", None)
    assert settle_items(kind, BELL, by=cast.SYSTEM) == 1
    assert settle_items(kind, BELL, by=cast.SYSTEM) == 0


def test_handing_over_goes_to_a_post_or_a_person_and_stays_on_record(kind, agent):
    clerk = cast.staff("finance")
    item = take_item(opened(kind), by=agent)
    hand_over_item(item, Receiver(role="finance"), "it is about money", by=agent)
    item.refresh_from_db()
    assert (item.role, item.person, item.status, item.taken_at) == ("finance", None, "open", None)

    hand_over_item(item, Receiver(user_id=agent.user.pk), "not money", by=clerk)
    item.refresh_from_db()
    assert (item.role, item.person, item.status) == ("service_agent", agent.user, "open")
    with pytest.raises(InvalidValue):
        hand_over_item(item, Receiver(user_id=agent.user.pk), "again", by=agent)
    assert [(one.from_role, one.to_role, one.why) for one in item.hand_overs.order_by("pk")] == [
        ("service_agent", "finance", "it is about money"),
        ("finance", "service_agent", "not money"),
    ]
    assert [event["role"] for event in told("WorkItemHandedOver")] == ["finance", "service_agent"]
    take_item(item, by=agent)


def test_many_are_handed_over_together_or_not_at_all(kind, agent):
    cast.staff("finance")
    mine, other = opened(kind), opened(kind, "mute")
    with pytest.raises(InvalidValue):
        hand_over_items([], Receiver(role="finance"), "holiday", by=agent)
    take_item(other, by=cast.staff("service_agent", "li"))
    with pytest.raises(InAnothersHands):
        hand_over_items([mine, other], Receiver(role="finance"), "holiday", by=agent)
    assert not WorkHandOver.objects.exists()

    supervisor = cast.staff("service_supervisor")
    assert hand_over_items([mine, other], Receiver(role="finance"), "holiday", by=supervisor) == 2
    assert {item.role for item in WorkItem.objects.open()} == {"finance"}
    assert {one.why for one in WorkHandOver.objects.all()} == {"holiday"}


def test_a_post_nobody_holds_and_a_person_who_left_are_refused_with_who_could_take_it(kind, agent):
    supervisor = cast.staff("service_supervisor", "chen")
    gone = cast.staff("service_agent", "gone")
    dismiss_staff_user(gone.user, by=cast.staff("hr"))
    item = opened(kind)
    for to, refusal in (
        (Receiver(role="purchaser"), PostVacant),
        (Receiver(role="astronaut"), PostVacant),
        (Receiver(user_id=gone.user.pk), PersonAway),
        (Receiver(user_id=987_654), PersonAway),
    ):
        with pytest.raises(refusal) as refused:
            hand_over_item(item, to, "please", by=agent)
        assert str(agent.user) in str(refused.value)
        assert str(supervisor.user) in str(refused.value)
        assert str(refused.value).count("gone") <= 1, "named as away, not as somebody to ask"
    with pytest.raises(InvalidValue):
        hand_over_item(item, Receiver(role="finance"), "", by=agent)
    assert not WorkHandOver.objects.exists()


def test_who_leaves_leaves_nothing_in_their_hands(kind, agent):
    mine, other = opened(kind), opened(kind, "mute")
    take_item(mine, by=agent)
    take_item(other, by=cast.staff("service_agent", "b"))
    hr = cast.staff("hr")
    with pytest.raises(NotAllowed):
        dismiss_staff_user(hr.user, by=hr)
    with pytest.raises(NotAllowed):
        dismiss_staff_user(agent.user, by=cast.staff("service_supervisor"))

    dismiss_staff_user(agent.user, by=hr)
    run_reactions()

    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.person, mine.status, mine.role) == (None, "open", "service_agent")
    assert other.person is not None
    assert mine.hand_overs.get().why == "left the company"
    assert release_items_of(agent.user, by=cast.SYSTEM) == 0
    with pytest.raises(IllegalTransition):
        dismiss_staff_user(agent.user, by=hr)


def test_the_log_grows_and_never_changes(kind, agent):
    item = opened(kind)
    log_contact(item, "phone", "no_answer", by=agent)
    note_item(item, "photograph 12", "evidence", by=cast.staff("service_supervisor"))
    assert [entry.kind for entry in item.entries.order_by("pk")] == ["contact", "evidence"]
    for wrong in (
        lambda: note_item(item, " ", by=agent),
        lambda: note_item(item, "x", "contact", by=agent),
        lambda: log_contact(item, "pigeon", "reached", by=agent),
    ):
        with pytest.raises(InvalidValue):
            wrong()
    for tamper in (WorkEntry.objects.all().delete, lambda: WorkEntry.objects.update(text="y")):
        with pytest.raises(ProgrammingError, match="work_workentry"), transaction.atomic():
            tamper()
    close_item(item, "mended", "x", by=agent)
    with pytest.raises(IllegalTransition):
        note_item(item, "too late", by=agent)


def test_its_time_stands_still_while_somebody_outside_must_act(kind, agent, monkeypatch):
    item = take_item(opened(kind), by=agent)
    with pytest.raises(InvalidValue):
        pause_item(item, "a colleague", by=agent)
    with pytest.raises(NotYourWork):
        pause_item(item, "customer", by=cast.staff("warehouse"))
    item = pause_item(item, "customer", by=agent)
    item.refresh_from_db()
    assert (item.is_paused, item.due_at) == (True, None)
    resume_item(item, by=agent)
    with pytest.raises(IllegalTransition):
        resume_item(item, by=agent)
    with turned_to(now() + timedelta(days=20)), pytest.raises(ClockRunOut):
        pause_item(item, "customer", by=agent)
    monkeypatch.setitem(KINDS, kind.code, WorkKind(**{**vars(kind), "may_pause": False}))
    with pytest.raises(MayNotPause):
        pause_item(item, "customer", by=agent)


def test_when_time_runs_out_it_is_said_and_goes_before_the_supervisor_once(kind, agent):
    supervisor = cast.staff("service_supervisor")
    item = take_item(opened(kind), by=agent)
    assert item not in work_of(supervisor)
    item.refresh_from_db()

    with turned_to(item.clock.warn_at + timedelta(seconds=1)):
        sweep_timers()
        run_reactions()
    assert [event["item_id"] for event in told("WorkItemDueSoon")] == [item.pk]
    assert not told("WorkItemOverdue")

    with turned_to(item.clock.breach_at + timedelta(seconds=1)):
        sweep_timers()
        run_reactions()
        escalate_item(item, by=cast.SYSTEM)
        [event] = told("WorkItemOverdue")
        assert (event["supervisor"], event["user_id"]) == ("service_supervisor", agent.user.pk)
        assert item in work_of(supervisor)
        assert WorkItem.objects.late(now()).get() == item
        [load] = team_loads(supervisor)
        assert (load.user, len(load.items), len(load.late)) == (agent.user, 1, 1)
        close_item(item, "mended", "late, but done", by=agent)
    item.refresh_from_db()
    assert (item.clock.status, item.clock.met_at is None) == ("breached", False)
    warn_of_item(item, by=cast.SYSTEM)


def test_how_late_it_is_counts_the_wall_and_the_work(kind, agent):
    calendar = shop_calendar(by=cast.SYSTEM)
    assert Calendar.objects.get() == calendar == establish_shop_calendar(by=cast.SYSTEM)
    item = opened(kind)
    item.refresh_from_db()
    assert item.lateness(item.due_at - timedelta(seconds=1)) is None
    late = item.lateness(item.due_at + timedelta(days=7))
    assert late.wall == timedelta(days=7)
    assert timedelta(0) < late.working < timedelta(days=2)
    close_item(item, "mended", "x", by=agent)
    assert item.refresh_from_db() is None and item.lateness(now() + timedelta(days=99)) is None


def test_everybody_sees_their_posts_their_own_and_their_teams_work_and_nobody_elses(kind, agent):
    item, stolen = opened(kind), None
    cast.staff("finance")
    stolen = open_item(kind, Matter(BELL, "stolen"), by=agent)
    seen = {
        "service_agent": {item, stolen},  # theirs, and what they opened
        "service_supervisor": {item},
        "operations_manager": {item},
        "director": {item, stolen},
        "finance": {stolen},
        "warehouse": set(),
    }
    for role, items in seen.items():
        assert set(WorkItem.objects.visible_to(cast.staff(role))) == items, role
    assert not WorkItem.objects.visible_to(cast.shopper()).exists()
    nobody = Actor.staff(cast.staff("finance").user)
    nobody.user.groups.remove(Group.objects.get(name="finance"))
    assert not work_of(nobody).exists()


def test_two_kinds_of_one_code_are_a_mistake(kind):
    with pytest.raises(ValueError, match="already"):
        work_kind(kind)
