"""publish: the fact and what it owes, in one transaction with their cause."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.events import ProductDrafted
from orders.events import OrderPaid, OrderPushed
from shop.clock import now
from shop.events.models import Delivery, EventLog
from shop.events.outbox import event_of, publish, time_ordered_id
from tests import cast


def say(event):
    with transaction.atomic():
        return publish(event, by=cast.SYSTEM)


@pytest.mark.django_db
def test_writes_the_fact_and_one_delivery_per_reaction():
    say(OrderPaid(order_id=7, payment_id=3, amount_fen=100))

    fact = EventLog.objects.get()
    assert (fact.kind, fact.stream, fact.seq) == ("orders.OrderPaid", "order:7", 1)
    assert event_of(fact) == OrderPaid(7, 3, 100)
    assert (fact.door, fact.reason) == ("reaction", "test")
    assert set(Delivery.objects.values_list("reaction", "stream", "seq")) == {
        ("orders.push_order_to_service", "order:7", 1),
        ("orders.push_order_to_warehouse", "order:7", 1),
        ("orders.tell_customer_of_payment", "order:7", 1),
        ("orders.confirm_what_is_clean", "order:7", 1),
    }


@pytest.mark.django_db
def test_is_one_statement(django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(1):
        publish(OrderPaid(1, 1, 1), by=cast.SYSTEM)


@pytest.mark.django_db
def test_counts_each_stream_for_itself():
    for order_id in (1, 2, 1):
        say(OrderPushed(order_id, "service"))
    assert list(EventLog.objects.order_by("stream", "seq").values_list("stream", "seq")) == [
        ("order:1", 1), ("order:1", 2), ("order:2", 1),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_refuses_outside_a_transaction():
    with pytest.raises(RuntimeError):
        publish(ProductDrafted(1), by=cast.SYSTEM)


@pytest.mark.django_db
def test_vanishes_with_its_cause():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        publish(OrderPaid(1, 1, 1), by=cast.SYSTEM)
        raise ZeroDivisionError
    assert not EventLog.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", ["UPDATE events_eventlog SET seq = 9", "DELETE FROM events_eventlog"]
)
def test_history_cannot_be_rewritten(change):
    say(ProductDrafted(1))
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(change)


def test_ids_follow_time():
    first, second = time_ordered_id(now()), time_ordered_id(now())
    assert first.version == 7
    assert abs(first.int - second.int) >> 80 <= 5
    with_later = time_ordered_id(now().replace(year=2030))
    assert with_later > first


@pytest.mark.django_db
def test_lies_in_the_partition_of_its_year():
    say(ProductDrafted(1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM events_eventlog")
        assert cursor.fetchone() == (f"events_eventlog_{now().year}",)


@pytest.mark.django_db(transaction=True)
def test_no_later_event_of_a_stream_commits_before_an_earlier_one():
    order, second_may_start = [], threading.Event()

    def second():
        second_may_start.wait(5)
        say(OrderPushed(1, "warehouse"))
        order.append("second")
        connection.close()

    rival = threading.Thread(target=second)
    rival.start()
    with transaction.atomic():
        publish(OrderPushed(1, "service"), by=cast.SYSTEM)
        second_may_start.set()
        rival.join(0.5)
        order.append("first")
    rival.join(120)
    assert order == ["first", "second"]
    desks = [fact.data["desk"] for fact in EventLog.objects.order_by("seq")]
    assert desks == ["service", "warehouse"]
