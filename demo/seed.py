"""The demo shop with fourteen days behind it, made by the same actions that people use.

Everything commits at once: a seed that was interrupted has left nothing, and the next one begins
anew. The same instant gives the same shop, but for the numbers that must not be guessed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial

from django.db import connection, transaction

from catalog.actions import receive_stock
from catalog.models import Product, Sku
from demo import rhythm
from demo.arrivals import arrivals
from demo.cases import cases
from demo.listing import FIRST_LISTING_DAYS_AGO, listing
from demo.logins import password_for, totp_device_for
from demo.notices import sent_long_ago
from demo.papers import papers
from demo.plan import DAYS, PlannedOrder, fortnight
from demo.policies import rules
from demo.purchases import full_carts, purchases
from demo.reports import reports, sent_every_morning
from demo.staff import STAFF, Appointment
from demo.supplies import Supply, supplies
from demo.timeline import Act, Cast, live_through
from demo.visits import visits
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
        with sent_long_ago():
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
    """All acts of the past, in no order."""
    orders = fortnight(present)
    yield from rules(rhythm.day_of(present), cast)
    yield from listing(rhythm.day_of(present), cast)
    yield from papers(present, cast)
    yield from deliveries(present, orders, cast)
    yield from arrivals(present, orders, cast)
    yield from purchases(orders, cast)
    yield from cases(present, orders, cast)
    yield from full_carts(present, cast)
    yield from visits(present, orders, cast)
    yield from nights(present)
    yield from reports(present, cast)


def deliveries(present: datetime, orders: Sequence[PlannedOrder], cast: Cast) -> Iterator[Act]:
    for supply in supplies(present, orders):
        yield Act(supply.arrives_at, partial(receive, supply, cast), is_news=True)


def receive(supply: Supply, cast: Cast) -> None:
    for sku in Sku.objects.filter(code__in=supply.units):
        by = cast.staff["cangku1"]
        receive_stock(sku, supply.units[sku.code], supply.document, by=by)


def nights(present: datetime) -> Iterator[Act]:
    """The clock completes what was signed for a week ago."""
    for ago in range(DAYS, -1, -1):
        night = rhythm.at(rhythm.day_of(present) - timedelta(days=ago), time(3))
        yield Act(night, partial(complete_signed_orders, night))
