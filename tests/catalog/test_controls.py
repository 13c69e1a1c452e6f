"""C3.3 in figures: broken, they fall, and the move is named with whoever answers."""

from datetime import timedelta

import pytest

from catalog.actions import allot, move_picked, move_shipped, take_stock
from catalog.models import LotMove
from shop.clock import now, today, turned_to
from shop.figures.registry import CONTROLS
from shop.figures.rules import Figure, is_kept
from shop.figures.selectors import control_figure
from tests import cast
from tests.catalog.goods import lot, stocked

pytestmark = pytest.mark.django_db
FRESH = CONTROLS["CA8.fresh"]
ORDER = "261122000001"


def seen(days=0):
    """The figure and the cases of one day."""
    day = today() + timedelta(days=days)
    return control_figure(FRESH, day, day), list(FRESH.cases(day, day))


def shipped(left, after=0):
    """A unit of a lot with so many days left is picked today, and leaves some days later."""
    sku, hand = stocked(("A", 5, left)), cast.staff("warehouse")
    units = {(sku.pk, lot(sku, "A").pk): 1}
    take_stock({sku.pk: 1}, ORDER, by=cast.SYSTEM)
    allot(ORDER, {sku.pk: 1}, by=hand)
    move_picked(ORDER, units, by=hand)
    with turned_to(now() + timedelta(days=after)):
        move_shipped(ORDER, f"{ORDER} P1", units, by=hand)


def test_without_a_case_there_is_no_verdict():
    figure, cases = seen()
    assert (figure, cases) == (Figure(0, 0), [])
    assert is_kept(figure, FRESH.target_bp) is None


@pytest.mark.article("CA8", "C3.3.2")
def test_what_leaves_in_time_keeps_the_article():
    shipped(left=60)
    assert seen() == (Figure(1, 1), [])


@pytest.mark.article("CA8", "C3.3.2")
@pytest.mark.parametrize(("after", "kept"), [(29, 1), (30, 0)])
def test_what_was_picked_and_left_to_lie_breaks_it_and_is_named(after, kept):
    shipped(left=60, after=after)
    figure, cases = seen(days=after)
    assert figure == Figure(kept, 1)
    assert cases == list(LotMove.objects.filter(cause="shipped"))[kept:]
    assert FRESH.owner == "operations_manager"
