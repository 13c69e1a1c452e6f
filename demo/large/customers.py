"""The customers of the two years, and how the address of each stands in an order of theirs."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection

from demo.history.customers import write_customers
from demo.history.facts import Facts
from demo.history.rows import Rows, copy_rows
from demo.large.buyers import Crowd
from demo.large.patterns import SCHEMA
from demo.people import Person, person
from shop.identity.fields import blind_index, seal

BATCH = 5_000
MAKE = f"""
CREATE UNLOGGED TABLE {SCHEMA}.buyer (
    customer_id bigint PRIMARY KEY, recipient bytea, phone bytea, phone_index bytea,
    province text, city text, district text, street bytea)
"""


def write_crowd(crowd: Crowd, rows: Rows, facts: Facts) -> Iterator[int]:
    """Everybody, in batches; yields how many of them are there. Buyer n of the crowd is customer
    `first + n` when `first` is what the table would number next."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE)
        dice = Random("颐禾堂:crowd")
        for start in range(0, len(crowd.first_at), BATCH):
            newcomers = list(_newcomers(crowd, start, dice))
            came = write_customers(newcomers, rows, facts)
            rows.write()
            addresses = [_address(who, one.pk) for who, one in came.items()]
            copy_rows(cursor, f"{SCHEMA}.buyer", addresses)
            yield start + len(newcomers)


def _newcomers(crowd: Crowd, start: int, dice: Random) -> Iterator[tuple[Person, datetime]]:
    end = min(start + BATCH, len(crowd.first_at))
    for number in range(start, end):
        came_at = crowd.first_at[number] - timedelta(minutes=dice.randint(4, 90))
        yield replace(person(number + 1), is_member=crowd.is_member[number]), came_at


def _address(who: Person, customer_id: int) -> dict[str, Any]:
    """Sealed once for all the orders of a customer: it is the same address."""
    to = who.addresses[0]
    return {
        "customer_id": customer_id,
        "recipient": seal(to.recipient, "orders_order.recipient"),
        "phone": seal(to.phone, "orders_order.phone"),
        "phone_index": blind_index(to.phone),
        "province": to.province,
        "city": to.city,
        "district": to.district,
        "street": seal(to.street, "orders_order.street"),
    }
