"""Policies: versions that never change once published, read by staff, agreed to by customers."""

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from orders.actions import Basket, place_order
from orders.models import Order
from shop.clock import SHANGHAI, now, today, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.records import in_force, rules
from shop.records.actions.policies import (
    accept_policies,
    confirm_reading,
    draft_policy_version,
    establish_policy,
    publish_policy_version,
)
from shop.records.errors import NotYours, OwnDraft, PolicyOutdated
from shop.records.models import Policy, PolicyAcceptance, PolicyReading, PolicyVersion
from shop.records.selectors import not_read_by, standing, to_read
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_address, make_order, make_policy, make_sku

pytestmark = pytest.mark.django_db
AUTHOR, PUBLISHER = "operations_manager", "director"


def begun(code="terms", audience="customers", posts=()):
    return establish_policy(code, "规则", audience, posts, by=cast.staff(AUTHOR))


def drafted(policy, text="第一条", changes=""):
    return draft_policy_version(policy, text, changes, by=cast.staff(AUTHOR))


# drafting and publishing


def test_a_draft_is_written_anew_until_it_is_published_then_the_next_begins():
    policy = begun()
    first = drafted(policy, "第一稿")
    assert drafted(policy, "第二稿\r\n第二行").pk == first.pk
    version = publish_policy_version(first, by=cast.staff(PUBLISHER))
    assert version.text == "第二稿\n第二行"
    assert bytes(version.text_hash) == hashlib.sha256("第二稿\n第二行".encode()).digest()
    assert drafted(policy, "第三稿").number == 2
    assert EventLog.objects.get(kind="records.PolicyPublished").data["number"] == 1


def test_it_takes_effect_in_a_minute_at_the_earliest_or_at_the_beginning_of_its_day():
    at_once = publish_policy_version(drafted(begun()), by=cast.staff(PUBLISHER))
    assert at_once.effective_at >= at_once.published_at + rules.NOTICE
    later = today() + timedelta(days=7)
    version = publish_policy_version(drafted(begun("later")), later, by=cast.staff(PUBLISHER))
    local = version.effective_at.astimezone(SHANGHAI)
    assert (local.date(), local.hour, local.minute) == (later, 0, 0)
    assert standing(version, now()) == "announced"
    assert standing(version, version.effective_at) == "in_force"


def test_a_version_is_announced_in_force_superseded():
    first, second = make_policy(days_ago=3), make_policy(text="第二版", days_ago=1)
    assert second.number == 2
    assert standing(first, now() - timedelta(days=2)) == "in_force"
    assert standing(second, now() - timedelta(days=2)) == "announced"
    assert [standing(v, now()) for v in (first, second)] == ["superseded", "in_force"]
    assert list(PolicyVersion.objects.in_force(now())) == [second]


def test_what_was_announced_first_applies_first():
    policy = begun()
    week = today() + timedelta(days=7)
    publish_policy_version(drafted(policy), week, by=cast.staff(PUBLISHER))
    with pytest.raises(InvalidValue):
        publish_policy_version(drafted(policy), by=cast.staff(PUBLISHER))
    assert policy.versions.published().count() == 1


def test_its_author_does_not_publish_it():
    policy = establish_policy("hr", "规则", "staff", by=cast.staff("hr"))
    director = cast.staff(PUBLISHER)
    with pytest.raises(NotAllowed):
        draft_policy_version(policy, "第一条", by=director)
    draft = draft_policy_version(policy, "第一条", by=cast.staff("hr"))
    PolicyVersion.objects.filter(pk=draft.pk).update(drafted_by=director.user)
    with pytest.raises(OwnDraft):
        publish_policy_version(draft, by=director)
    draft.refresh_from_db()
    assert draft.status == "draft"


@pytest.mark.parametrize("role", ["service_agent", "engineer", "designer"])
def test_others_neither_draft_nor_publish(role):
    policy = begun()
    with pytest.raises(NotAllowed):
        draft_policy_version(policy, "x", by=cast.staff(role))
    with pytest.raises(NotAllowed):
        publish_policy_version(drafted(policy), by=cast.staff(role))
    with pytest.raises(NotAllowed):
        establish_policy("x", "x", "staff", by=cast.staff(role))


def test_bad_input_is_refused():
    with pytest.raises(InvalidValue):
        drafted(begun(), "  \n ")
    with pytest.raises(InvalidValue):
        begun("posts", "posts", ["emperor"])
    with pytest.raises(InvalidValue):
        begun("accept")
    version = make_policy()
    with pytest.raises(IllegalTransition):
        publish_policy_version(version, by=cast.staff(PUBLISHER))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE records_policyversion SET text = 'x'",
        "UPDATE records_policyversion SET effective_at = now()",
        "UPDATE records_policyversion SET status = 'draft', published_at = NULL",
        "DELETE FROM records_policyversion",
        "UPDATE records_policyreading SET read_at = now()",
        "DELETE FROM records_policyreading",
        "UPDATE records_policyacceptance SET accepted_at = now()",
        "DELETE FROM records_policyacceptance",
    ],
)
def test_what_is_published_read_or_accepted_is_fixed_in_the_database(change):
    confirm_reading(make_policy("rules", "staff"), by=cast.staff("designer"))
    accept_policies(cast.customer(), {make_policy().policy.code: 1}, by=cast.shopper())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


# staff read


@pytest.mark.article("ST14", "A2", "D4.3.1")
def test_staff_find_what_they_have_to_read_and_confirm_it_with_one_button():
    version = make_policy("service", "posts", posts=("service_agent", "service_supervisor"))
    agent = desk_of("service_agent")
    page = agent.get("/admin/desk/reading/").content.decode()
    assert version.text in page
    assert "我已阅读" in page
    answer = agent.post(f"/admin/desk/act/records.confirm_reading/{version.pk}/")
    assert answer.status_code == 302
    page = agent.get("/admin/desk/reading/").content.decode()
    assert version.text not in page
    assert str(version) in page
    reading = PolicyReading.objects.get()
    assert reading.user == cast.staff("service_agent").user
    assert bytes(reading.text_hash) == bytes(version.text_hash)


def test_confirming_again_changes_nothing_and_a_new_version_asks_again():
    version = make_policy("rules", "staff", days_ago=2)
    designer = cast.staff("designer")
    first = confirm_reading(version, by=designer)
    assert confirm_reading(version, by=designer).pk == first.pk
    assert to_read(designer.user) == []
    newer = make_policy("rules", "staff", text="新的", days_ago=1)
    assert to_read(designer.user) == [newer]


def test_nobody_confirms_for_another_or_what_is_not_theirs():
    version = make_policy("service", "posts", posts=("service_agent",))
    with pytest.raises(NotYours):
        confirm_reading(version, by=cast.staff("designer"))
    with pytest.raises(NotAllowed):
        confirm_reading(version, by=cast.SYSTEM)
    with pytest.raises(NotAllowed):
        confirm_reading(version, by=cast.shopper())
    with pytest.raises(NotYours):
        confirm_reading(make_policy("terms"), by=cast.staff("designer"))
    desk_of("designer").post(
        f"/admin/desk/act/records.confirm_reading/{version.pk}/",
        {"user": cast.staff("service_agent").user.pk},
    )
    assert not PolicyReading.objects.exists()


def test_a_superseded_or_announced_version_is_not_confirmed():
    old = make_policy("rules", "staff", days_ago=3)
    make_policy("rules", "staff", text="新的", days_ago=2)
    with pytest.raises(NotYours):
        confirm_reading(old, by=cast.staff("designer"))
    draft = drafted(Policy.objects.get(code="rules"), "明天的")
    announced = publish_policy_version(draft, today() + timedelta(days=1), by=cast.staff(PUBLISHER))
    with pytest.raises(NotYours):
        confirm_reading(announced, by=cast.staff("designer"))


@pytest.mark.article("ST14", "A3.2")
def test_a_supervisor_sees_who_has_not_read_it():
    version = make_policy("service", "posts", posts=("service_agent",))
    cast.staff("service_agent", "小李")
    cast.staff("service_agent", "小王")
    confirm_reading(version, by=cast.staff("service_agent", "小李"))
    assert [user.name for user in not_read_by(version)] == ["小王"]
    address = f"/admin/records/policyversion/{version.pk}/change/"
    page = desk_of("service_supervisor").get(address).content.decode()
    aside = page.split("尚未阅读")[1]
    assert "小王" in aside
    assert "小李" not in aside
    assert "尚未阅读" not in desk_of("designer").get(address).content.decode()


def test_drafts_are_for_those_who_write_and_publish_them():
    draft = drafted(begun("rules", "staff"))
    address = f"/admin/records/policyversion/{draft.pk}/change/"
    for role, status in ((AUTHOR, 200), (PUBLISHER, 200), ("designer", 404)):
        assert desk_of(role).get(address).status_code == status, role


def test_drafting_and_publishing_by_button():
    policy = begun()
    drafted(policy, "旧的文字")
    writer = desk_of(AUTHOR)
    act = "/admin/desk/act/records.{}/{}/"
    asked = writer.get(act.format("draft_policy_version", policy.pk)).content.decode()
    assert "旧的文字" in asked
    written = {"text": "新的文字", "changes": "改一处"}
    writer.post(act.format("draft_policy_version", policy.pk), written)
    draft = policy.versions.get()
    assert draft.text == "新的文字"
    desk_of(PUBLISHER).post(act.format("publish_policy_version", draft.pk), {"effective_on": ""})
    draft.refresh_from_db()
    assert draft.status == "published"
    page = desk_of("designer").get(f"/admin/records/policy/{policy.pk}/change/").content.decode()
    assert "改一处" in page
    assert "待生效" in page


# customers agree


def body(**more):
    sku, address = make_sku(), make_address(cast.customer())
    line = {"sku": sku.pk, "quantity": 1}
    return {"address": address.pk, "payable_fen": 12_800, "lines": [line], **more}


@pytest.mark.article("ST14", "A4.2d")
def test_customers_read_what_is_in_force_without_signing_in(stranger):
    make_policy(text="旧文", days_ago=3)
    make_policy(text="用户协议全文", days_ago=1)
    make_policy("rules", "staff", text="内部守则")
    publish_policy_version(
        drafted(Policy.objects.get(code="terms"), "明天的"),
        today() + timedelta(days=1),
        by=cast.staff(PUBLISHER),
    )
    (listed,) = stranger.get("/api/v1/policies/").json()
    assert (listed["code"], listed["version"]) == ("terms", 2)
    text = stranger.get(listed["address"]).json()
    assert text["text"] == "用户协议全文"
    assert text["sha256"] == hashlib.sha256("用户协议全文".encode()).hexdigest()
    assert stranger.get("/api/v1/policies/terms/?version=1").json()["text"] == "旧文"
    for nothing in ("rules/", "nothing/", "terms/?version=9"):
        assert stranger.get(f"/api/v1/policies/{nothing}").status_code == 404
    for bad in ("x", "0", "-1", "9" * 30):
        assert stranger.get(f"/api/v1/policies/terms/?version={bad}").status_code == 400


@pytest.mark.article("ST14", "A4.2d")
def test_an_order_keeps_the_versions_it_was_placed_under(ming):
    make_policy("terms")
    make_policy("privacy")
    answer = ming.post("/api/v1/orders/", body(policies={"terms": 1, "privacy": 1}), format="json")
    assert answer.status_code == 201, answer.content
    number = answer.json()["number"]
    make_policy("terms", text="新的", days_ago=0)
    with turned_to(now() + timedelta(minutes=2)):
        kept = ming.get(f"/api/v1/orders/{number}/").json()["policies"]
    assert kept == {"terms": 1, "privacy": 1}
    page = desk_of("service_agent").get(f"/admin/orders/order/{Order.objects.get().pk}/change/")
    assert "规则 terms v1" in page.content.decode()


def test_a_superseded_version_is_refused_with_the_new_texts_address(ming):
    make_policy("terms", days_ago=3)
    make_policy("privacy")
    make_policy("terms", text="新的", days_ago=1)
    wanted = body(policies={"terms": 1, "privacy": 1})
    answer = ming.post("/api/v1/orders/", wanted, format="json")
    assert answer.status_code == 409
    assert answer.json()["code"] == "policy-outdated"
    assert answer.json()["errors"] == [{"field": "terms", "message": "/api/v1/policies/terms/"}]
    assert not Order.objects.exists()
    wanted["policies"]["terms"] = 2
    assert ming.post("/api/v1/orders/", wanted, format="json").status_code == 201


def test_what_was_accepted_at_sign_in_need_not_be_said_again(ming):
    make_policy("terms", days_ago=3)
    wanted = body()
    assert ming.post("/api/v1/orders/", wanted, format="json").status_code == 409
    said = {"policies": {"terms": 1}}
    for _ in range(2):
        accepted = ming.post("/api/v1/policies/accept/", said, format="json")
        assert accepted.json()[0]["version"] == 1
    kept = PolicyAcceptance.objects.get()
    assert kept.customer == cast.customer()
    assert bytes(kept.text_hash) == bytes(PolicyVersion.objects.get().text_hash)
    assert ming.post("/api/v1/orders/", wanted, format="json").status_code == 201
    make_policy("terms", text="新的", days_ago=1)
    assert ming.post("/api/v1/orders/", body(), format="json").status_code == 409


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"terms": 2}, 409),
        ({"nothing": 1}, 409),
        ({"terms": "1"}, 400),
        ({"terms": 0}, 400),
        ({"terms": 2**40}, 400),
        ({}, 400),
        ([1], 400),
    ],
)
def test_nonsense_is_not_accepted(ming, said, status):
    make_policy("terms")
    answer = ming.post("/api/v1/policies/accept/", {"policies": said}, format="json")
    assert answer.status_code == status
    assert not PolicyAcceptance.objects.exists()


def test_nobody_accepts_for_another():
    make_policy("terms")
    for by in (cast.shopper("hua"), cast.staff("service_agent")):
        with pytest.raises(NotAllowed):
            accept_policies(cast.customer(), {"terms": 1}, by=by)


def test_placing_under_terms_costs_no_statement_more(ming):
    make_policy("terms")
    make_policy("privacy")
    in_force.policies_in_force()
    wanted = body(policies={"terms": 1, "privacy": 1})
    del wanted["lines"]
    ming.put(f"/api/v1/cart/lines/{make_sku().pk}/", {"quantity": 1}, format="json")
    with CaptureQueriesContext(connection) as counted:
        assert ming.post("/api/v1/orders/", wanted, format="json").status_code == 201
    assert len([q for q in counted if "SAVEPOINT" not in q["sql"]]) == 11


def test_without_terms_in_force_orders_are_placed_as_before():
    assert make_order().policies == {}


# what each process knows


def test_a_process_that_asked_before_publishing_is_not_behind_when_it_matters(monkeypatch):
    """The other process published: ours is not told, and asks again before the text applies."""
    make_policy("terms", days_ago=1)
    assert in_force.policies_in_force() == {"terms": 1}
    monkeypatch.setattr("shop.records.actions.policies.in_force.remember", lambda known: None)
    make_policy("terms", text="新的", days_ago=0)
    assert in_force.policies_in_force() == {"terms": 1}, "it is not in force yet either"
    monkeypatch.undo()
    assert rules.NOTICE.total_seconds() > in_force.LIFE, "asked again before it is"
    monkeypatch.setattr(in_force, "LIFE", 0)
    with turned_to(now() + rules.NOTICE):
        assert in_force.policies_in_force() == {"terms": 2}


def test_a_seed_of_the_past_and_a_placed_order_agree_on_the_day():
    make_policy("terms", days_ago=5)
    make_policy("terms", text="新的", days_ago=2)
    sku, address = make_sku(), make_address(cast.customer())
    chosen = Basket(address.pk, 12_800, {sku.pk: 1}, policies={"terms": 1})
    with turned_to(now() - timedelta(days=3)):
        assert place_order(cast.customer(), chosen, by=cast.shopper()).policies == {"terms": 1}
    with pytest.raises(PolicyOutdated):
        place_order(cast.customer(), chosen, by=cast.shopper())
