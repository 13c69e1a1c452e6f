"""Each invariant holds in a sound shop, and finds the corruption that was made for it."""

from copy import copy

import pytest
from django.db import transaction
from django.test import override_settings

from shop.books.kinds import KINDS
from shop.identity.actions import sync_roles
from shop.invariants import INVARIANTS
from shop.timing.sweeper import FIRES
from tests import cast
from tests.faults.history import History
from tests.oracle.judging import breaches, verdicts
from tests.oracle.plantings import ALSO, PLANTINGS
from tests.oracle.stage import BOOKED, set_up
from tests.timing.belfry import KIND, Bell
from tests.wechat import wechat_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sound(django_db_setup, django_db_blocker, keys, tmp_path_factory):
    """Built once for all tests here, and rolled back after them."""
    with (
        django_db_blocker.unblock(),
        override_settings(WECHAT=wechat_settings(keys, "http://127.0.0.1:1")),
        pytest.MonkeyPatch.context() as patch,
        transaction.atomic(),
    ):
        sync_roles(by=cast.SYSTEM)
        patch.setitem(FIRES, KIND, Bell())
        patch.setitem(KINDS, BOOKED, "booked by the tests")
        yield set_up(keys, History(tmp_path_factory.mktemp("calls") / "history"))
        transaction.set_rollback(True)


@pytest.fixture
def stage(sound):
    """With a copy of the evidence; each test's rows are rolled back after it."""
    stage = copy(sound)
    stage.calls, stage.lines = list(sound.calls), list(sound.lines)
    stage.trades = [dict(trade) for trade in sound.trades]
    with stage.sessions:
        yield stage


def test_a_sound_shop_keeps_them_all_and_has_a_case_of_each(stage):
    assert breaches(**stage.evidence) == []
    empty = [v.invariant.name for v in verdicts(**stage.evidence) if not v.examination.examined]
    assert empty == []


def test_every_invariant_has_its_planting():
    verdicts()  # finds them
    assert PLANTINGS.keys() == INVARIANTS.keys()


IDLE = {"doors.no_session_rests_in_a_transaction"}  # by day a session may rest for a while
CHAIN = "records.the_chain_is_whole"  # besides, it finds whoever rewrites the log


@pytest.mark.parametrize("name", PLANTINGS)
def test_finds_what_was_planted_and_blames_nothing_else(stage, name):
    subject = PLANTINGS[name](stage)
    found = breaches(idle=name in IDLE, **stage.evidence)
    blamed = [(where, what) for where, what, *_ in found if where != CHAIN or name == CHAIN]
    assert (name, subject) in blamed, found
    assert {where for where, _what in blamed} - ALSO[name] == {name}, found


def test_what_was_not_given_is_not_judged(stage):
    unjudged = {v.invariant.name for v in verdicts() if v.examination is None}
    assert unjudged == {one.name for one in INVARIANTS.values() if one.needs}
