"""me/consents/, me/export/, DELETE me/: as the mini-program speaks to them."""

import hashlib
import io
import zipfile

import pytest

from shop.clock import now, turned_to
from shop.events.relay import run_reactions
from shop.notices.models import Consent
from shop.rights.rules import COOLING
from shop.timing.sweeper import sweep_timers
from tests import cast
from tests.make import make_order

pytestmark = pytest.mark.django_db
CONSENTS, EXPORT, ME = "/api/v1/me/consents/", "/api/v1/me/export/", "/api/v1/me/"


def purpose(told, code="statistics"):
    return next(one for one in told.data if one["code"] == code)


def answer(ming, is_given, version=1, code="statistics"):
    body = {"purpose": code, "version": version, "is_given": is_given}
    return ming.post(CONSENTS, body, format="json")


@pytest.mark.fault("I6")
def test_a_consent_is_kept_with_the_words_its_channel_and_its_request(ming):
    shown = purpose(ming.get(CONSENTS))
    assert shown["sha256"] == hashlib.sha256(shown["text"].encode()).hexdigest()
    given = answer(ming, True)
    assert purpose(given)["is_given"]
    kept = Consent.objects.get(purpose="statistics")
    assert bytes(kept.text_hash).hex() == shown["sha256"]
    assert (kept.given_by, kept.language) == ("api", "zh-hans")
    assert kept.evidence == given.headers["X-Request-Id"]
    withdrawn = answer(ming, False)
    kept.refresh_from_db()
    assert kept.withdrawal == withdrawn.headers["X-Request-Id"]
    assert not purpose(withdrawn)["is_given"]


@pytest.mark.fault("I6")
def test_page_events_are_not_taken_from_the_moment_a_consent_is_withdrawn(ming):
    answer(ming, True)
    assert events(ming)["taken"] == 1
    answer(ming, False)
    assert events(ming) == {"taken": 0, "dropped": {"no_consent": 1}}


def events(ming):
    from uuid import uuid4

    event = {"id": str(uuid4()), "kind": "page_view", "page": "home", "at": now().isoformat()}
    body = {"device": "device-of-ming-0001", "events": [event]}
    told = ming.post("/api/v1/events/", body, format="json")
    assert told.status_code == 202, told.data
    return told.data


def test_refusing_what_is_optional_refuses_no_service(ming):
    for code in ("statistics", "reminder"):
        assert answer(ming, False, code=code).status_code == 200
    make_order("completed")
    assert len(ming.get("/api/v1/orders/").data["results"]) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"purpose": "statistics", "version": 2, "is_given": True}, 409),
        ({"purpose": "unknown", "version": 1, "is_given": True}, 400),
        ({"purpose": "statistics", "version": 1}, 400),
    ],
)
def test_an_answer_to_nothing_that_was_asked_is_refused(ming, body, status):
    assert ming.post(CONSENTS, body, format="json").status_code == status


@pytest.mark.fault("I4")
def test_a_copy_is_asked_for_made_and_fetched_once(ming, hua, stranger):
    make_order("completed")
    asked = ming.post(EXPORT)
    assert (asked.status_code, asked.json()["status"]) == (202, "asked")
    run_reactions()
    [ready] = ming.get(EXPORT).data
    assert ready["status"] == "ready"
    assert ready["available_until"]
    assert hua.get(EXPORT).data == []
    link = ming.post(f"{EXPORT}{ready['id']}/link/").data["address"]
    answer = stranger.get(link)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    again = stranger.get(link)
    assert (again.status_code, again.json()["code"]) == (410, "link-used")
    assert ming.get(EXPORT).data[0]["status"] == "fetched"


def test_a_copy_of_an_order_in_the_same_request_key_is_one_request(ming):
    key = {"Idempotency-Key": "k" * 20}
    first, second = (ming.post(EXPORT, headers=key) for _nth in range(2))
    assert first.content == second.content


@pytest.mark.fault("I5")
def test_an_account_is_erased_when_it_is_said_twice_and_a_week_has_passed(ming):
    unsure = ming.delete(ME)
    assert (unsure.status_code, unsure.data["code"]) == (400, "erasure-not-confirmed")
    asked = ming.delete(f"{ME}?confirm=erase")
    assert asked.status_code == 202
    assert ming.get(f"{ME}erasure/").data["request"]["status"] == "cooling"
    assert ming.get(ME).status_code == 200
    with turned_to(now() + COOLING):
        sweep_timers()
    assert ming.get(ME).status_code == 401


@pytest.mark.fault("I5")
def test_it_is_refused_with_its_reason_and_can_be_called_off(ming):
    order = make_order("paid")
    refused = ming.delete(f"{ME}?confirm=erase")
    assert (refused.status_code, refused.data["code"]) == (409, "erasure-hindered")
    assert order.number in refused.data["detail"]
    assert order.number in " ".join(ming.get(f"{ME}erasure/").data["hindrances"])


@pytest.mark.fault("I5")
def test_it_can_be_called_off_and_then_there_is_nothing_to_call_off(ming):
    ming.delete(f"{ME}?confirm=erase")
    off = ming.post(f"{ME}erasure/call-off/")
    assert off.data["status"] == "called_off"
    assert ming.post(f"{ME}erasure/call-off/").status_code == 404
    with turned_to(now() + COOLING):
        sweep_timers()
    assert ming.get(ME).data["id"] == cast.customer().pk
