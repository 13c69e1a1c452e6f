"""The demo shop with a year behind it, its last days made by the same actions that people use.

Everything commits at once: a seed that was interrupted has left nothing, and the next one begins
anew. The same instant gives the same shop, but for the numbers that must not be guessed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction

from catalog.actions import receive_stock
from catalog.models import Product, Sku
from demo import rhythm
from demo.arrivals import arrivals
from demo.audits import audits
from demo.cases import cases
from demo.history.writing import write_past
from demo.history.year import year_before
from demo.listing import FIRST_LISTING_DAYS_AGO, listing
from demo.logins import password_for, totp_device_for
from demo.lots import label, opening_label, uncommon_lots
from demo.notices import sent_long_ago
from demo.papers import papers
from demo.plan import DAYS, LIVED_DAYS, PlannedOrder, fortnight
from demo.policies import rules
from demo.purchases import full_carts, purchases, signatures
from demo.refunds import refunds
from demo.reports import reports, sent_every_morning
from demo.staff import STAFF, Appointment
from demo.supplies import Supply, supplies, supplies_of
from demo.timeline import Act, Cast, live_through
from demo.visits import visits
from demo.waves import waves
from orders.models import Order
from orders.tasks import complete_signed_orders
from shop.clock import now, turned_to
from shop.figures.tasks import measure_last_days
from shop.identity.actions import appoint_staff_user
from shop.identity.actors import Actor, Door
from shop.identity.models import Customer, User

MAIL_DOMAIN = "yihetang.example"  # reserved: no mail of the demo can reach anybody


@dataclass(frozen=True)
class Seeded:
    """What the seed made."""

    products: int
    staff: int
    customers: int
    orders: int
    acts: int


def seed() -> Seeded | None:
    """Build the demo up to now; None when the shop has products already: then nothing changes."""
    with at_one_go():
        if Product.objects.exists():
            return None
        present = now()
        cast = Cast(staff=appoint_staff(present))
        with sent_long_ago(), nobody_asked():
            acts = live_through(history(present, cast), until=present)
        measure_last_days(present)
        sent_every_morning(present, cast)
        return Seeded(
            products=Product.objects.count(),
            staff=User.objects.count(),
            customers=Customer.objects.count(),
            orders=Order.objects.count(),
            acts=acts,
        )


@contextmanager
def nobody_asked() -> Iterator[None]:
    """Within the block no carrier is asked and WeChat is told of no shipping: that was then."""
    carriers, wechat = settings.CARRIERS, settings.WECHAT
    settings.CARRIERS = replace(carriers, key="")
    settings.WECHAT = replace(wechat, is_trade_managed=False)
    try:
        yield
    finally:
        settings.CARRIERS, settings.WECHAT = carriers, wechat


@contextmanager
def at_one_go() -> Iterator[None]:
    """One transaction without savepoints: every second statement of the seed would be one.

    An error inside an action therefore ends the whole seed, which is what a seed wants.
    """
    connection.features.uses_savepoints = False
    try:
        with transaction.atomic():
            yield
    finally:
        del connection.features.uses_savepoints


def appoint_staff(present: datetime) -> dict[str, Actor]:
    """Everybody took up their post on the day before the first listing."""
    first_day = rhythm.day_of(present) - timedelta(days=FIRST_LISTING_DAYS_AGO + 1)
    by = Actor.system("the demo opens its shop", Door.COMMAND)
    with turned_to(rhythm.at(first_day, time(9))):
        return {one.username: Actor.staff(appointed(one, by)) for one in STAFF}


def appointed(one: Appointment, by: Actor) -> User:
    """An account with its post, its password and its device."""
    password, email = password_for(one.username), f"{one.username}@{MAIL_DOMAIN}"
    user = appoint_staff_user(one.username, one.name, one.role, password, email=email, by=by)
    totp_device_for(user, by=by)
    return user


def history(present: datetime, cast: Cast) -> Iterator[Act]:
    """All acts of the past, in no order; what was on its way before the lived days is written."""
    today = rhythm.day_of(present)
    orders, year = fortnight(present), year_before(today - timedelta(days=DAYS))
    begins = rhythm.at(today - timedelta(days=LIVED_DAYS), time(0))
    old = [order for order in orders if order.shipped_at and order.shipped_at < begins]
    lived = [order for order in orders if order not in old]
    yield from rules(today, cast)
    yield from listing(today, cast)
    yield from deliveries([*supplies_of(year, today), *supplies(present, orders)], cast)
    yield from uncommon_lots(present, cast)
    yield from papers(present, cast)
    yield from audits(present, cast)
    yield from arrivals(present, orders, cast)
    yield Act(begins, partial(write_past, year, old, begins, cast))
    yield from signatures(old, begins, cast)
    yield from purchases(lived, cast)
    yield from cases(present, lived, cast)
    yield from refunds([order for order in orders if arrives_after(order, begins)], cast, present)
    yield from full_carts(present, cast)
    yield from waves(present, cast)
    yield from visits(present, orders, cast)
    yield from nights(present)
    yield from reports(present, cast)


def arrives_after(order: PlannedOrder, instant: datetime) -> bool:
    return order.signed_at is not None and order.signed_at > instant


def deliveries(goods: Sequence[Supply], cast: Cast) -> Iterator[Act]:
    for supply in goods:
        yield Act(supply.arrives_at, partial(receive, supply, cast), is_news=True)


def receive(supply: Supply, cast: Cast) -> None:
    day, by = rhythm.day_of(supply.arrives_at), cast.staff["cangku1"]
    printed = opening_label if supply.is_opening else label
    for sku in Sku.objects.filter(code__in=supply.units):
        units, lot = supply.units[sku.code], printed(sku.code, day)
        receive_stock(sku, units, supply.document, lot=lot, by=by)


def nights(present: datetime) -> Iterator[Act]:
    """The clock completes what was signed for a week ago."""
    for ago in range(LIVED_DAYS, -1, -1):
        night = rhythm.at(rhythm.day_of(present) - timedelta(days=ago), time(3))
        yield Act(night, partial(complete_signed_orders, night))
