"""What is written for ever is refused by the database itself, whoever asks (B2)."""

import pytest
from django.db import DatabaseError, connection, transaction

from shop.events.actions import receive_message
from tests import cast
from tests.make import make_calendar, make_order

pytestmark = pytest.mark.django_db

FROZEN = {
    "events_eventlog": ("reason = 'nothing happened'", "true"),
    "catalog_stockmove": ("quantity = quantity + 1", "true"),
    "orders_orderline": ("payable_fen = payable_fen - 1", "true"),
    "events_inboxmessage": ("raw = 'something else'", "true"),
    "catalog_productrevision": ("title = 'a cure'", "status = 'published'"),
    "timing_calendarversion": ("years = '[]'", "status = 'published'"),
    "timing_calendarday": ("name = 'no holiday'", "true"),
}


@pytest.fixture
def lived(db):
    """A shop in which there is a row of each."""
    cast.staff("technical_lead")
    make_calendar()
    make_order("completed")
    receive_message("tests", "n1", b"{}", by=cast.SYSTEM)


def rows(table, where):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {table}::text FROM {table} WHERE {where} ORDER BY 1")
        return cursor.fetchall()


def refused(statement):
    with (
        pytest.raises(DatabaseError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    return refusal.value.__cause__.sqlstate


@pytest.mark.fault("B2")
@pytest.mark.parametrize("table", FROZEN)
def test_neither_changed_nor_deleted_by_plain_sql(lived, table):
    change, which = FROZEN[table]
    before = rows(table, which)
    assert before, "there is something to lose"
    for statement in (
        f"UPDATE {table} SET {change} WHERE {which}",
        f"DELETE FROM {table} WHERE {which}",
    ):
        assert refused(statement) in {"23000", "P0001"}
    assert rows(table, which) == before


@pytest.mark.fault("B2")
def test_no_partition_of_the_event_log_is_a_back_door(lived):
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM events_eventlog")
        partitions = [name for (name,) in cursor.fetchall()]
    assert partitions
    for partition in partitions:
        assert refused(f"UPDATE {partition} SET reason = 'x'") == "23000"
        assert refused(f"DELETE FROM {partition}") == "23000"


@pytest.mark.fault("B2")
def test_a_day_cannot_be_smuggled_into_a_published_calendar(lived):
    smuggle = (
        "INSERT INTO timing_calendarday (version_id, day, kind, name, source)"
        " SELECT id, '2026-12-31', 'holiday', 'x', 'x' FROM timing_calendarversion"
        " WHERE status = 'published' LIMIT 1"
    )
    assert refused(smuggle) == "P0001"


@pytest.mark.fault("B2")
@pytest.mark.parametrize(
    ("what", "statement"),
    [
        ("paid twice", "INSERT INTO orders_payment (order_id, out_trade_no, status, amount_fen,"
         " prepay_id, transaction_id, created_at, expires_at, succeeded_at) SELECT order_id,"
         " 'again', status, amount_fen, '', 'again', created_at, expires_at, succeeded_at"
         " FROM orders_payment"),
        ("paid without proof", "UPDATE orders_payment SET transaction_id = NULL"),
        ("a state without its time", "UPDATE orders_order SET status = 'cancelled'"),
        ("a state that is none", "UPDATE orders_order SET status = 'lost'"),
        ("stock below nothing", "UPDATE catalog_offer SET available = -1"),
        ("stock taken twice", "INSERT INTO catalog_stockmove (sku_id, cause, quantity, reference,"
         " at) SELECT sku_id, cause, quantity, reference, at FROM catalog_stockmove"),
        ("pushed twice", "INSERT INTO orders_deskpush (order_id, desk, pushed_at)"
         " SELECT order_id, desk, pushed_at FROM orders_deskpush"),
        ("owed twice", "INSERT INTO events_delivery SELECT (d).* FROM (SELECT d FROM"
         " events_delivery d LIMIT 1) AS one"),
    ],
)  # fmt: skip
def test_what_cannot_be_true_cannot_be_stored(lived, what, statement):
    assert refused(statement) in {"23505", "23514"}, what
