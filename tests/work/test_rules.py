"""Who supervises whom, receivers, and the kinds that are declared."""

import pytest

from catalog.kinds import (
    DELISTED_CHANNEL,
    DELISTING_CANDIDATE,
    DELISTING_LESSON,
    DISPOSAL_DUE,
    LISTING_STEP,
)
from orders.kinds import EXCEPTIONS, RECALLED_LOT
from shop.doors.desk.buttons import BUTTONS
from shop.identity.roles import BY_CODE
from shop.work.kinds import APPROVALS, KINDS
from shop.work.rules import SUPERVISORS, Receiver, fingerprint, line_of, supervisor_of, team_of


def test_every_post_but_the_directors_has_one_above_it_up_to_the_director():
    assert set(SUPERVISORS) == set(BY_CODE) - {"director"}
    for post in BY_CODE:
        line = line_of(post)
        assert (line[0], line[-1], len(line)) == (post, "director", len(set(line)))
    assert supervisor_of("director") is None


def test_a_team_is_everybody_below():
    assert team_of("service_supervisor") == {"service_agent"}
    assert {"service_agent", "service_supervisor", "warehouse"} <= team_of("operations_manager")
    assert team_of("director") == set(SUPERVISORS)
    assert team_of("service_agent") == frozenset()


def test_a_receiver_is_a_post_or_a_person():
    assert Receiver.parse("post:finance") == Receiver(role="finance")
    assert Receiver.parse("person:12") == Receiver(user_id=12)
    for wrong in ("", "post:", "person:", "person:x", "cat:1"):
        with pytest.raises(ValueError):
            Receiver.parse(wrong)


def test_every_kind_goes_to_posts_that_exist_and_holds_actions_that_exist():
    steps = (
        LISTING_STEP, DELISTED_CHANNEL, DELISTING_LESSON, DELISTING_CANDIDATE, DISPOSAL_DUE,
        RECALLED_LOT,
    )  # fmt: skip
    decided = {kind.work.code for kind in APPROVALS.values()} | {kind.code for kind in steps}
    for kind in KINDS.values():
        assert str(kind.label) and kind.article
        assert bool(kind.outcomes) != (kind.code in decided), "a decision closes it, no person"
        for code, reason in kind.reasons.items():
            assert kind.role_for(code) in BY_CODE, (kind.code, code)
            assert reason.holds <= set(BUTTONS), (kind.code, code)
    assert EXCEPTIONS["other"].holds == frozenset()


def test_a_payload_has_one_fingerprint_however_it_is_written():
    assert fingerprint({"a": 1, "b": [1, {"c": "元"}]}) == fingerprint(
        {"b": [1, {"c": "元"}], "a": 1}
    )
    assert len({fingerprint({"a": value}) for value in (1, "1", None, True, [1], 2)}) == 6
    for wrong in ({"a": 1.0}, {"a": [{"b": 0.5}]}, {"a": object()}):
        with pytest.raises(TypeError):
            fingerprint(wrong)
