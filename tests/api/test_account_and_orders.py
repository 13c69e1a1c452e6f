"""The signed-in side over HTTP: membership, cart, quote, placing, paging one's orders."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketing.actions import join_membership
from marketing.models import Membership
from shop.clock import now, today, turned_to
from shop.errors import NotAllowed
from shop.events.models import EventLog
from tests import cast
from tests.make import make_address, make_order, make_sku

pytestmark = pytest.mark.django_db


def test_membership_is_joined_once(ming):
    assert ming.get("/api/v1/membership/").json() == {"is_member": False, "joined_at": None}
    for _ in range(2):
        assert ming.post("/api/v1/membership/").json()["is_member"] is True
    assert Membership.objects.count() == 1
    assert EventLog.objects.filter(kind="marketing.MembershipJoined").count() == 1
    with pytest.raises(NotAllowed):
        join_membership(cast.customer(), by=cast.shopper("hua"))


def test_a_quote_explains_itself(ming):
    sku = make_sku(price_fen=12_800, member_price_fen=11_500)
    ming.post("/api/v1/membership/")
    lines = {"lines": [{"sku": sku.pk, "quantity": 3}]}
    quote = ming.post("/api/v1/orders/quote/", lines, format="json").json()
    assert (quote["list_fen"], quote["saved_fen"], quote["payable_fen"]) == (38_400, 3_900, 34_500)
    assert quote["lines"][0]["adjustments"] == [
        {"lane": "unit", "rule": "member_price", "fen": -3_900}
    ]


def test_placing_takes_few_statements(ming):
    """Token, address, cart, offers; key, read, stored; order, lines, cart, fact, move, stock."""
    sku, address = make_sku(), make_address(cast.customer())
    ming.put(f"/api/v1/cart/lines/{sku.pk}/", {"quantity": 1}, format="json")
    order = {"address": address.pk, "payable_fen": 12_800}
    with CaptureQueriesContext(connection) as counted:
        answer = ming.post("/api/v1/orders/", order, format="json")
    assert answer.status_code == 201, answer.content
    statements = [query["sql"] for query in counted if "SAVEPOINT" not in query["sql"]]
    assert len(statements) <= 14, statements
    assert len(statements) == 11, "the pinned figure: lower it when it falls"


def test_orders_are_listed_newest_first_at_a_fixed_price(ming, django_assert_num_queries):
    orders = [make_order("unpaid") for _ in range(3)]
    with django_assert_num_queries(4):
        listed = ming.get("/api/v1/orders/").json()["results"]
    assert [row["number"] for row in listed] == [order.number for order in reversed(orders)]


def numbers(answer):
    return {row["number"] for row in answer.json()["results"]}


def test_orders_are_narrowed_as_the_tabs_of_the_mini_program_do(ming):
    with turned_to(now() - timedelta(days=3)):
        old = make_order("unpaid")
    unpaid, paid = make_order("unpaid"), make_order("paid")
    make_order("paid", customer=cast.customer("hua"))
    at = "/api/v1/orders/"
    assert numbers(ming.get(at, {"status": "unpaid"})) == {old.number, unpaid.number}
    assert numbers(ming.get(f"{at}?status=unpaid&status=paid")) == {
        old.number, unpaid.number, paid.number,
    }  # fmt: skip
    yesterday = today() - timedelta(days=1)
    assert numbers(ming.get(at, {"placed_until": yesterday})) == {old.number}
    assert numbers(ming.get(at, {"placed_from": yesterday, "status": "paid"})) == {paid.number}
    assert numbers(ming.get(at, {"search": paid.number})) == {paid.number}
    assert len(numbers(ming.get(at, {"search": "鱼油"}))) == 3
    assert numbers(ming.get(at, {"search": "蜂胶"})) == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [("status", "lost"), ("placed_from", "昨天"), ("search", "鱼" * 61)],
    ids=["state", "day", "text"],
)
def test_what_cannot_be_asked_of_orders_is_named(ming, name, value):
    refused = ming.get("/api/v1/orders/", {name: value})
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [name]


def test_the_answer_speaks_chinese_unless_asked_otherwise(ming):
    chinese = ming.post("/api/v1/orders/quote/", {}, format="json").json()
    english = ming.post(
        "/api/v1/orders/quote/", {}, format="json", headers={"Accept-Language": "en"}
    ).json()
    assert chinese["code"] == english["code"] == "cart-is-empty"
    assert english["title"] == "The cart is empty."
