"""Every kind of background work, killed at its statements: run again, it has one effect.

The kinds come from the registries of reactions, timers and clock tasks.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, transaction

from shop.clock import now, turned_to
from shop.events import rules
from shop.events.models import Delivery
from shop.events.outbox import REACTIONS, event_of, publish
from shop.identity.roles import ROLES
from shop.timing.jobs import JOBS
from shop.timing.sweeper import FIRES
from tests import cast
from tests.faults.dying import Work, run_and_die
from tests.faults.forms import sizes
from tests.faults.stages import EACH_RUN_COUNTS, ELSEWHERE, FACTS, OF_REACTION, TASKS, TIMERS
from tests.faults.staging.worlds import World
from tests.make import make_calendar

pytestmark = pytest.mark.django_db(transaction=True)

EVERY_WORK = [
    *(("delivery", name, kind) for name in sorted(REACTIONS) for kind in REACTIONS[name].kinds),
    *(("timers", kind, "") for kind in sorted(FIRES)),
    *(("job", code, "") for code in sorted(JOBS)),
]
"""(What it is, its name, the kind of fact that it is owed to)."""
WORKS = [work for work in EVERY_WORK if work[1] not in ELSEWHERE.keys() | EACH_RUN_COUNTS]
killed: Counter[str] = Counter()


@pytest.fixture
def world(wechat, keys):
    """Every post is held and the calendar stands, so that each staging starts from the same."""
    make_calendar()
    for role in ROLES:
        cast.staff(role.code)
    return World(wechat, keys)


@pytest.fixture
def die(ground, tmp_path):
    """Run a work in a process that dies at this statement, on the test's database."""
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
    return lambda work, at: run_and_die(ground, work, at, url, tmp_path)


def stage(kind, name, fact, world):
    """Make this work due; what is to be run."""
    if kind == "delivery":
        bring_about = OF_REACTION.get((name, fact)) or FACTS.get(fact)
        assert bring_about, f"say in tests/faults/stages.py how {fact} comes about"
        bring_about(world)
        delivery = Delivery.objects.filter(reaction=name, state="pending").latest("pk")
        return Work(kind, name, delivery.pk)
    if kind == "timers":
        assert name in TIMERS, f"say in tests/faults/stages.py how a timer {name} falls due"
        TIMERS[name](world)
    elif name in TASKS:
        TASKS[name](world)
    return Work(kind, name)


def effects():
    """How many rows each table has, and how many are in each state."""
    found: Counter[str] = Counter()
    for model in apps.get_models():
        names = {field.name for field in model._meta.get_fields()}
        found[model._meta.label] = model._default_manager.count()
        for column in names & {"status", "state"}:
            rows = model._default_manager.order_by().values_list(column, flat=True)
            found.update(f"{model._meta.label} {state}" for state in rows)
    return found


def change(before):
    after = effects()
    return {name: after[name] - before[name] for name in after | before
            if after[name] != before[name]}  # fmt: skip


def points(statements, most):
    """Statements at which to die, at most so many; 0: after the last commit, nobody told.

    That one comes first: it is how the statements were counted.
    """
    if statements < most:
        return list(range(statements + 1))
    return [part * statements // most for part in range(most)]


def run_again(work):
    """As the relay, the sweeper or the next slot does, when the dead one's lease is over."""
    with turned_to(now() + rules.LEASE + timedelta(seconds=1)):
        work.run()


@pytest.mark.fault("D2")
@pytest.mark.parametrize("most", sizes(2, 1000))
@pytest.mark.parametrize(
    ("kind", "name", "fact"), WORKS, ids=[f"{name} {fact}".strip() for _kind, name, fact in WORKS]
)
def test_killed_at_any_statement_and_run_again_it_has_one_effect(
    kind, name, fact, most, world, die, record
):
    work = stage(kind, name, fact, world)
    before = effects()
    work.run()
    run_again(work)
    once = change(before)

    work = stage(kind, name, fact, world)
    before = effects()
    statements = die(work, 0)
    for point in points(statements, most):
        if point:
            work = stage(kind, name, fact, world)
            before = effects()
            assert die(work, point) == point
        run_again(work)
        assert change(before) == once, f"killed at statement {point} of {statements}"
        killed[name] += 1
    record(
        "D2",
        f"{len(killed)} kinds of work, killed {killed.total()} times in all at their statements and"
        " after their commit: run again, each has the effects of one run",
        target="rerun completes, effect once",
    )


@pytest.mark.parametrize(("name", "file"), ELSEWHERE.items())
def test_what_is_killed_elsewhere_exists_and_so_does_its_test(name, file):
    assert name in {name for _kind, name, _fact in EVERY_WORK}
    told = (Path(__file__).parents[1] / file).read_text()
    assert JOBS.keys() >= EACH_RUN_COUNTS
    assert any(f'fault("{case}")' in told for case in ("B5", "D1", "D2", "F8"))


@pytest.mark.fault("D2")
def test_the_control_that_marks_in_another_transaction_doubles(world, monkeypatch):
    """Its effect committed, killed before the mark: run again, there are two effects."""
    work = stage("delivery", "orders.push_order_to_service", "orders.OrderPaid", world)
    fact = Delivery.objects.get(pk=work.delivery).event

    def tell_again(event, _fact):
        with transaction.atomic():
            publish(event_of(fact), by=cast.SYSTEM)

    reaction = replace(REACTIONS[work.name], run=tell_again, outside=True)
    monkeypatch.setitem(REACTIONS, work.name, reaction)
    before = effects()
    tell_again(None, fact)  # and killed
    run_again(work)
    assert change(before)["events.EventLog"] == 2, "the rig must be able to see the fault"
