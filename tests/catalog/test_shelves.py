"""add_brand and add_category: what products stand under."""

import pytest

from catalog.actions import add_brand, add_category
from catalog.errors import NameTaken, ShelfTooDeep
from catalog.models import Brand, Category
from shop.errors import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db


def test_a_brand_is_known_once():
    add_brand("颐禾", by=cast.staff("operations_manager"))
    with pytest.raises(NameTaken):
        add_brand("颐禾", by=cast.staff("operations_manager"))
    assert Brand.objects.count() == 1


def test_shelves_stand_at_most_three_deep_in_the_order_they_were_put_up():
    by = cast.staff("operations_manager")
    top = add_category("保健食品", "health", by=by)
    oil = add_category("鱼油", "oil", top, by=by)
    add_category("蜂胶", "propolis", top, by=by)
    deep = add_category("深海", "deep", oil, by=by)
    with pytest.raises(ShelfTooDeep):
        add_category("更深", "deeper", deep, by=by)
    with pytest.raises(NameTaken):
        add_category("鱼油", "oil", by=by)
    assert list(top.children.values_list("slug", "position")) == [("oil", 1), ("propolis", 2)]
    assert Category.objects.count() == 4


def test_other_posts_put_up_nothing():
    with pytest.raises(NotAllowed):
        add_brand("颐禾", by=cast.staff("warehouse"))
    with pytest.raises(NotAllowed):
        add_category("鱼油", "oil", by=cast.staff("designer"))
    assert not Brand.objects.exists()
    assert not Category.objects.exists()
