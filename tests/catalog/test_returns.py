"""take_back_goods, shelve_returned, write_off_returned: what customers send back."""

import pytest

from catalog.actions import (
    recall_lot,
    shelve_returned,
    ship_units,
    take_back_goods,
    take_stock,
    write_off_returned,
)
from catalog.errors import BookedBefore, LotNotSellable, NotThere
from catalog.selectors import skus_out_of_balance
from shop.errors import InvalidValue, NotAllowed, NotFound
from tests import cast
from tests.catalog.goods import lot, offered, standing, stocked

pytestmark = pytest.mark.django_db
ORDER = "261122000001"


@pytest.fixture
def sent():
    """Three of five units are with a customer."""
    sku = stocked(("A", 5, 200))
    take_stock({sku.pk: 3}, ORDER, by=cast.SYSTEM)
    ship_units(ORDER, f"{ORDER} P1", {sku.pk: 3}, by=cast.staff("warehouse"))
    yield sku
    assert not skus_out_of_balance()


def take_back(sku, units=2, reference=f"{ORDER} S1", by="warehouse"):
    take_back_goods(reference, {lot(sku, "A").pk: units}, by=cast.staff(by))


@pytest.mark.article("OR4", "A4.2d")
def test_what_comes_back_is_inspected_before_it_is_sold_again(sent):
    take_back(sent)
    assert standing(sent) == {("A", "shelf"): 2, ("A", "customer"): 1, ("A", "inspection"): 2}
    assert offered(sent) == (2, 0)
    shelve_returned(lot(sent, "A"), 1, by=cast.staff("warehouse"))
    write_off_returned(lot(sent, "A"), 1, by=cast.staff("warehouse"))
    assert standing(sent) == {("A", "shelf"): 3, ("A", "customer"): 1, ("A", "loss"): 1}
    assert offered(sent) == (3, 0)


def test_a_case_brings_its_goods_back_once(sent):
    take_back(sent)
    with pytest.raises(BookedBefore):
        take_back(sent, 1)
    take_back(sent, 1, f"{ORDER} S2")
    assert standing(sent)["A", "inspection"] == 3


def test_no_more_comes_back_than_was_sent_nor_of_an_unknown_lot(sent):
    with pytest.raises(NotThere):
        take_back(sent, 4)
    with pytest.raises(InvalidValue):
        take_back(sent, 0)
    with pytest.raises(NotFound):
        take_back_goods(f"{ORDER} S1", {0: 1}, by=cast.staff("warehouse"))
    for act in (shelve_returned, write_off_returned):
        with pytest.raises(NotThere):
            act(lot(sent, "A"), 1, by=cast.staff("warehouse"))
    assert standing(sent) == {("A", "shelf"): 2, ("A", "customer"): 3}


def test_returned_goods_of_a_recalled_lot_are_not_sold_again(sent):
    take_back(sent)
    recall_lot(lot(sent, "A"), "quality", by=cast.staff("compliance_reviewer"))
    with pytest.raises(LotNotSellable):
        shelve_returned(lot(sent, "A"), 1, by=cast.staff("warehouse"))
    write_off_returned(lot(sent, "A"), 2, by=cast.staff("warehouse"))
    assert standing(sent) == {("A", "quarantine"): 2, ("A", "customer"): 1, ("A", "loss"): 2}


def test_posts_without_the_right_change_nothing(sent):
    by = cast.staff("finance")
    for act in (
        lambda: take_back(sent, by="finance"),
        lambda: shelve_returned(lot(sent, "A"), 1, by=by),
        lambda: write_off_returned(lot(sent, "A"), 1, by=by),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert standing(sent) == {("A", "shelf"): 2, ("A", "customer"): 3}
