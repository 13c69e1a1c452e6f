"""What counts, and where one visit ends and the next begins."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rules import IDLE, LONGEST_VISIT, Sent, Stretch, flaw, visit_of

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def sent(**more):
    return Sent(**{"id": "x", "kind": "page_view", "page": "home", "at": NOON, **more})


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, None),
        ({"kind": "hack"}, "unknown_kind"),
        ({"page": "/etc/passwd"}, "unknown_page"),
        ({"campaign": "双11 <b>"}, "odd_campaign"),
        ({"campaign": "double-11"}, None),
        ({"at": NOON + 5 * MINUTE}, None),
        ({"at": NOON + 6 * MINUTE}, "from_the_future"),
        ({"at": NOON - timedelta(hours=24)}, None),
        ({"at": NOON - timedelta(hours=24, seconds=1)}, "too_old"),
    ],
)
def test_what_cannot_count_says_why(more, why):
    assert flaw(sent(**more), NOON) == why


def test_half_an_hour_without_an_event_ends_a_visit():
    visit = [Stretch(NOON, NOON)]
    assert visit_of(NOON + IDLE - timedelta(seconds=1), visit) == 0
    assert visit_of(NOON + IDLE, visit) is None
    assert visit_of(NOON - IDLE, visit) is None


def test_a_visit_is_cut_neither_at_the_hour_nor_at_midnight_but_after_a_day():
    midnight = Stretch(NOON + timedelta(hours=3), NOON + timedelta(hours=11, minutes=59))
    assert visit_of(NOON + timedelta(hours=12), [midnight]) == 0
    long = Stretch(NOON, NOON + LONGEST_VISIT - MINUTE)
    assert visit_of(NOON + LONGEST_VISIT, [long]) == 0
    assert visit_of(NOON + LONGEST_VISIT + MINUTE, [long]) is None


@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=60))
def test_events_in_their_order_make_visits_with_no_gap_inside_and_none_too_close(minutes):
    visits = []
    for minute in sorted(minutes):
        at = NOON + minute * MINUTE
        place = visit_of(at, visits)
        if place is None:
            visits.append(Stretch(at, at))
        else:
            visits[place] = visits[place].with_event(at)
    for visit in visits:
        assert visit.ended_at - visit.began_at <= LONGEST_VISIT
    for one, after in pairwise(visits):
        is_apart = after.began_at - one.ended_at >= IDLE
        assert is_apart or after.began_at - one.began_at > LONGEST_VISIT
