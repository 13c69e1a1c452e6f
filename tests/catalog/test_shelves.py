"""add_brand, add_category: what products are listed under."""

import pytest

from catalog.actions import add_brand, add_category
from catalog.errors import NameTaken, ShelfTooDeep
from catalog.models import Brand, Category
from shop.errors import NotAllowed
from shop.events.models import EventLog
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return cast.staff("operations_manager")


def test_a_brand_is_added_once(manager):
    brand = add_brand("颐禾", by=manager)
    with pytest.raises(NameTaken):
        add_brand("颐禾", by=manager)
    assert list(Brand.objects.all()) == [brand]
    assert EventLog.objects.filter(kind="catalog.BrandAdded").count() == 1


def test_shelves_stand_in_the_order_they_were_put_up(manager):
    first = add_category("维生素", "vitamins", by=manager)
    second = add_category("矿物质", "minerals", by=manager)
    below = add_category("钙", "calcium", second, by=manager)
    assert [shelf.position for shelf in (first, second, below)] == [1, 2, 1]
    assert below.depth == 2
    assert EventLog.objects.filter(kind="catalog.CategoryAdded").count() == 3


def test_a_taken_slug_and_a_fourth_level_are_refused(manager):
    above = None
    for level in ("one", "two", "three"):
        above = add_category(level, level, above, by=manager)
    with pytest.raises(NameTaken):
        add_category("again", "one", by=manager)
    with pytest.raises(ShelfTooDeep):
        add_category("four", "four", above, by=manager)
    assert Category.objects.count() == 3


@pytest.mark.parametrize("role", ["operations_specialist", "service_agent", "technical_lead"])
def test_only_the_operations_manager_may(role):
    by = cast.staff(role)
    with pytest.raises(NotAllowed):
        add_brand("颐禾", by=by)
    with pytest.raises(NotAllowed):
        add_category("维生素", "vitamins", by=by)
    assert not Brand.objects.exists()
    assert not Category.objects.exists()
