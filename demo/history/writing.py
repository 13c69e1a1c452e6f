"""Writing the past: the year in bulk, and of the fortnight what was on its way long ago."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from catalog.models import Offer, OfferQuerySet
from demo.history.bulk import in_bulk
from demo.history.customers import write_customers
from demo.history.facts import Facts
from demo.history.orders import Delivered, Stage
from demo.history.rows import Rows
from demo.history.shelves import pick
from demo.history.year import Year
from demo.plan import PlannedOrder
from demo.purchases import SERVICE, WAREHOUSE
from demo.timeline import Cast
from shop.identity.actors import Actor, Door
from shop.records.in_force import policies_in_force
from shop.timing.actions.calendars import shop_calendar
from shop.timing.models import CalendarVersion


def write_past(year: Year, orders: Sequence[PlannedOrder], end: datetime, cast: Cast) -> None:
    """The year's customers with their orders, and these orders of customers who are there.

    All of them had left the house before `end`; what comes after it is lived.
    """
    with in_bulk():
        rows = Rows()
        facts = Facts(rows)
        cast.customers.update(write_customers(year.newcomers, rows, facts))
        stage, sold = stage_for(cast, end, Offer.objects.all()), Counter[int]()
        past = (*year.orders, *orders)
        picked = pick(past)
        for plan in past:
            order = Delivered(plan, cast.customers[plan.person], picked[plan.waybill], stage)
            cast.orders[plan.waybill] = order.leave(rows, facts)
            for offer, quantity in order.bought:
                sold[offer.sku_id] += quantity
        facts.end()
        rows.write()
        _take_from_offers(sold)


def _take_from_offers(sold: Counter[int]) -> None:
    for sku_id, units in sold.items():
        offers = Offer.objects.filter(sku_id=sku_id)
        offers.update(available=F("available") - units, version=F("version") + 1)


def stage_for(cast: Cast, end: datetime, offers: OfferQuerySet) -> Stage:
    """Everything is as it is now; these offers are what can be ordered."""
    calendar = shop_calendar(by=Actor.system("the demo opens its shop", Door.COMMAND))
    return Stage(
        offers={
            offer.sku.code: offer for offer in offers.select_related("sku__product__live_revision")
        },
        policies=json.dumps(policies_in_force()),
        calendar=CalendarVersion.objects.filter(calendar=calendar, status="published").latest(
            "number"
        ),
        service=_ids(cast, SERVICE),
        warehouse=_ids(cast, WAREHOUSE),
        end=end,
    )


def _ids(cast: Cast, usernames: Sequence[str]) -> tuple[int, ...]:
    people = (cast.staff[username].user for username in usernames)
    return tuple(user.pk for user in people if user is not None)
