"""Stages of listing: what is taken off sale, and what its figures say should go."""

from catalog.actions import request_delisting
from catalog.models import Delisting
from shop.clock import now, turned_to
from tests import cast
from tests.faults.staging.worlds import DAY, Stage, World
from tests.make import make_product


def delisted(world: World) -> Delisting:
    by = cast.staff("operations_specialist")
    return request_delisting(make_product(stock=5), "slow", "九十天只卖出一瓶", by=by)


def quiet(world: World) -> None:
    """On sale for a hundred days, and nobody wanted it."""
    with turned_to(now() - 100 * DAY):
        make_product(stock=5)


FACTS: dict[str, Stage] = {"catalog.ProductDelisted": delisted}
TASKS: dict[str, Stage] = {"catalog.propose_delistings": quiet}
