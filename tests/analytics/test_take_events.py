"""Events come once, belong to one person, and are cleaned with the reason counted."""

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from analytics.actions import take_events
from analytics.kinds import STATISTICS
from analytics.models import DroppedEvents, PageEvent, Visit, Visitor
from analytics.rules import Sent
from shop.clock import now, today
from shop.errors import NotAllowed
from shop.figures.registry import INDICATORS
from shop.figures.selectors import figure_of
from shop.notices.actions.preferences import Answer, answer_consent
from shop.notices.kinds import PURPOSES
from tests import cast
from tests.make import make_order

pytestmark = pytest.mark.django_db
PHONE = "device-of-ming-0001"


def seen(minutes_ago=0, **more):
    at = now() - timedelta(minutes=minutes_ago)
    return Sent(**{"id": str(uuid4()), "kind": "page_view", "page": "home", "at": at, **more})


def take(*events, device=PHONE, customer=None):
    return take_events(device, customer, events, by=cast.SYSTEM)


def agreed(name="ming"):
    """This customer, who agrees to being counted."""
    customer = cast.customer(name)
    answer_consent(customer, Answer("statistics", 1, True), by=cast.shopper(name))
    return customer


def today_of(code):
    return figure_of(INDICATORS[f"analytics.{code}"], today(), today()).value


def test_a_batch_is_one_visit_of_one_visitor():
    assert take(seen(3), seen(2), seen(1, page="product", product=7)) == {"taken": 3}
    visit = Visit.objects.get()
    assert visit.ended_at - visit.began_at >= timedelta(minutes=2)
    assert PageEvent.objects.filter(visit=visit, visitor=visit.visitor).count() == 3


def test_the_same_event_again_counts_once_and_is_counted_as_a_repeat():
    event = seen()
    assert take(event) == {"taken": 1}
    assert take(event, event) == {"taken": 0, "repeat": 2}
    assert PageEvent.objects.count() == 1
    assert DroppedEvents.objects.get(day=today(), reason="repeat").count == 2


def test_what_cannot_count_is_dropped_with_its_reason_and_the_rest_counts():
    outcome = take(seen(), seen(page="nowhere"), seen(60 * 25), seen(-10))
    assert outcome == {"taken": 1, "unknown_page": 1, "too_old": 1, "from_the_future": 1}


def test_late_events_join_the_visit_they_belong_to():
    take(seen(100)), take(seen(10))
    take(seen(90), seen(5))
    assert Visit.objects.count() == 2
    assert sorted(visit.events.count() for visit in Visit.objects.all()) == [2, 2]


def test_signing_in_makes_the_device_the_customer_once():
    ming = agreed()
    take(seen(40)), take(seen(5), customer=ming)
    take(seen(4), customer=ming, device="another-phone-0001")
    assert Visitor.objects.get().customer == ming
    assert PageEvent.objects.filter(visitor__customer=ming).count() == 3


def test_the_next_person_on_the_device_is_another_visitor():
    take(seen(3), customer=agreed())
    take(seen(2), customer=agreed("hua"))
    take(seen(1))
    assert Visitor.objects.count() == 3


def test_the_device_itself_is_not_stored():
    take(seen())
    assert PHONE.encode() not in bytes(Visitor.objects.get().device_digest)


def test_visits_visitors_and_conversion_are_of_people():
    ming = agreed()
    make_order("paid", customer=ming)
    take(seen(3), seen(2), customer=ming)
    take(seen(1), device="another-device-02")
    assert [today_of(code) for code in ("page_views", "visits", "visitors", "new_visitors")] == [
        3, 2, 2, 2,
    ]  # fmt: skip
    assert float(today_of("conversion")) == 0.5


def test_a_buyer_without_a_visit_does_not_raise_conversion():
    make_order("paid")
    assert today_of("conversion") is None
    take(seen())
    assert today_of("conversion") == 0


def test_staff_send_no_page_events():
    with pytest.raises(NotAllowed):
        take_events(PHONE, None, [seen()], by=cast.staff("director"))


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_sent_twice_at_once_counts_once():
    batch = [seen(minute) for minute in range(20)]

    def send():
        take(*batch)
        connection.close()

    crowd = [threading.Thread(target=send) for _ in range(6)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(120)
    assert PageEvent.objects.count() == 20
    assert Visit.objects.count() == 1


def no(name="ming"):
    answer_consent(cast.customer(name), Answer("statistics", 1, False), by=cast.shopper(name))


@pytest.mark.fault("I6")
def test_without_consent_nothing_of_a_customer_is_taken_and_withdrawing_acts_at_once():
    hua = cast.customer("hua")
    assert take(seen(), customer=hua) == {"taken": 0, "no_consent": 1}
    ming = agreed()
    assert take(seen(), customer=ming) == {"taken": 1}
    no()
    assert take(seen(), seen(), customer=ming) == {"taken": 0, "no_consent": 2}
    assert PageEvent.objects.count() == 1
    assert DroppedEvents.objects.get(day=today(), reason="no_consent").count == 3


@pytest.mark.fault("I6")
def test_a_yes_to_older_words_is_no_yes(monkeypatch):
    ming = agreed()
    monkeypatch.setitem(PURPOSES, "statistics", replace(STATISTICS, version=2))
    assert take(seen(), customer=ming) == {"taken": 0, "no_consent": 1}
    answer_consent(ming, Answer("statistics", 2, True), by=cast.shopper())
    assert take(seen(), customer=ming) == {"taken": 1}
