"""`POST events/`: what the mini-program sends, and what is refused."""

from datetime import timedelta, timezone
from uuid import uuid4

import pytest

from analytics.models import PageEvent, Visitor
from shop.clock import now

pytestmark = pytest.mark.django_db
DEVICE = "0f8c2a7e-device-of-a-phone"


def event(**more):
    return {
        "id": str(uuid4()),
        "kind": "page_view",
        "page": "home",
        "at": now().isoformat(),
        **more,
    }


def post(caller, *events, **more):
    body = {"device": DEVICE, "events": list(events), **more}
    return caller.post("/api/v1/events/", body, format="json")


def test_anybody_may_send_and_hears_what_was_taken(stranger):
    answer = post(stranger, event(), event(page="nowhere"))
    assert answer.status_code == 202
    assert answer.json() == {"taken": 1, "dropped": {"unknown_page": 1}}


def test_with_a_token_it_is_the_customers(ming):
    agreed = {"purpose": "statistics", "version": 1, "is_given": True}
    ming.post("/api/v1/me/consents/", agreed, format="json")
    post(ming, event())
    assert Visitor.objects.get().customer is not None


def test_of_a_customer_who_has_not_agreed_nothing_is_taken(ming):
    assert post(ming, event()).json() == {"taken": 0, "dropped": {"no_consent": 1}}
    assert not Visitor.objects.exists()


def test_a_batch_sent_again_is_taken_once(stranger):
    once = event()
    post(stranger, once)
    assert post(stranger, once).json() == {"taken": 0, "dropped": {"repeat": 1}}


@pytest.mark.fault("E9")
@pytest.mark.parametrize(
    "at",
    [
        "2026-11-22T12:00:00",  # whose noon?
        "2026-11-22",
        "2026-11-22T24:00:00Z",
        "2026-11-22T23:59:60Z",
        "2026-02-30T12:00:00Z",
        1_769_000_000_000,
        1_769_000_000.5,
        "1769000000",
        "２０２６-11-22T12:00:00Z",
        "now",
        None,
        True,
    ],
)
def test_an_instant_has_its_offset_or_is_refused(stranger, at):
    answer = post(stranger, event(at=at))
    assert answer.status_code == 400
    assert not PageEvent.objects.exists()


@pytest.mark.fault("E9")
@pytest.mark.parametrize("offset", ["+08:00", "-11:00", "+14:00", "Z"])
def test_any_offset_is_understood(stranger, offset):
    hours = 0 if offset == "Z" else int(offset[:3])
    instant = now().replace(microsecond=0)
    local = instant.astimezone(timezone(timedelta(hours=hours)))
    at = local.strftime("%Y-%m-%dT%H:%M:%S") + offset
    assert post(stranger, event(at=at)).json()["taken"] == 1
    assert PageEvent.objects.get().at == instant


@pytest.mark.parametrize(
    "broken",
    [
        {"device": "short"},
        {"device": "x" * 65},
        {"events": []},
        {"events": "all"},
        {"more": 1},
    ],
)
def test_a_broken_batch_is_refused_as_a_whole(stranger, broken):
    assert post(stranger, event(), **broken).status_code == 400
    assert not PageEvent.objects.exists()


def test_a_hundred_at_once_and_no_more(stranger):
    assert post(stranger, *(event() for _ in range(100))).status_code == 202
    assert post(stranger, *(event() for _ in range(101))).status_code == 400
