"""me/preferences/ and me/subscriptions/: as the mini-program speaks to them."""

from uuid import uuid4

import pytest

pytestmark = pytest.mark.django_db
TEMPLATES = {"order_paid": "a" * 43, "order_shipped": "b" * 43}


@pytest.fixture(autouse=True)
def _templates(settings):
    settings.WECHAT_TEMPLATES = TEMPLATES


def put(ming, body):
    return ming.put("/api/v1/me/preferences/", body, format="json")


def post(ming, accepted, key=None):
    headers = {"Idempotency-Key": key} if key is not None else {}
    body = {"accepted": accepted}
    return ming.post("/api/v1/me/subscriptions/", body, format="json", headers=headers)


def answer(is_given, **changes):
    return {"code": "reminder", "version": 1, "is_given": is_given, **changes}


def test_a_purpose_is_shown_with_its_words_given_and_withdrawn(ming):
    purpose = ming.get("/api/v1/me/preferences/").data["purposes"][0]
    assert (purpose["code"], purpose["version"], purpose["is_given"]) == ("reminder", 1, False)
    assert purpose["text"]
    given = put(ming, {"purposes": [answer(True)], "wechat": True}).data
    assert given["purposes"][0]["is_given"] and given["purposes"][0]["given_at"]
    withdrawn = put(ming, {"purposes": [answer(False)], "wechat": False}).data
    assert not withdrawn["purposes"][0]["is_given"]
    assert withdrawn["wechat"] is False


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"purposes": [answer(True, version=9)], "wechat": True}, 409, "consent-outdated"),
        ({"purposes": [answer(True, code="x")], "wechat": True}, 400, "invalid"),
        ({"purposes": [answer(True, version="1")], "wechat": True}, 400, "invalid"),
        ({"purposes": [answer("maybe")], "wechat": True}, 400, "invalid"),
        ({"purposes": [answer(True)] * 21, "wechat": True}, 400, "invalid"),
        ({"purposes": []}, 400, "invalid"),
        ({"purposes": [], "wechat": True, "mail": True}, 400, "invalid"),
    ],
)
def test_bad_preferences_change_nothing(ming, body, status, code):
    refused = put(ming, body)
    assert (refused.status_code, refused.data["code"]) == (status, code)
    assert not ming.get("/api/v1/me/preferences/").data["purposes"][0]["is_given"]


def test_each_acceptance_allows_one_message_and_a_retry_none_more(ming):
    asked = ming.get("/api/v1/me/subscriptions/").data
    assert {one["template_id"]: one["remaining"] for one in asked} == dict.fromkeys(
        TEMPLATES.values(), 0
    )
    key = uuid4().hex
    for _ in range(2):
        kept = post(ming, [TEMPLATES["order_paid"]], key)
    assert kept.status_code == 200
    assert {one["template_id"]: one["remaining"] for one in kept.json()} == {
        "a" * 43: 1,
        "b" * 43: 0,
    }
    post(ming, list(TEMPLATES.values()))
    left = ming.get("/api/v1/me/subscriptions/").data
    assert sorted(one["remaining"] for one in left) == [1, 2]


@pytest.mark.parametrize("accepted", [[], ["unknown"], ["a" * 43, 7], "a" * 43, ["x" * 65]])
def test_what_is_no_template_of_ours_is_refused(ming, accepted):
    refused = post(ming, accepted)
    assert (refused.status_code, refused.data["code"]) == (400, "invalid")
    assert all(one["remaining"] == 0 for one in ming.get("/api/v1/me/subscriptions/").data)


def test_without_a_key_nothing_is_counted(ming):
    assert post(ming, ["a" * 43], key="").status_code == 400
    assert all(one["remaining"] == 0 for one in ming.get("/api/v1/me/subscriptions/").data)
