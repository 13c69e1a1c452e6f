"""The customer's door to money back: asked, looked at, withdrawn; and what the order shows."""

import pytest

from orders.actions import record_refund
from orders.models import AfterSalesCase
from tests import cast
from tests.make import make_order, make_refund, news_for

pytestmark = pytest.mark.django_db
PATH = "/api/v1/after-sales/"


def body_of(order, quantity=1, **changes):
    line = {"sku": order.lines.get().sku_id, "quantity": quantity}
    return {"order": order.number, "lines": [line], "reason": "quality", **changes}


def asked(device, body, key="a-key-of-16-chars"):
    return device.post(PATH, body, format="json", headers={"Idempotency-Key": key})


def test_asked_under_a_key_it_is_one_case_however_often(ming):
    order = make_order("signed", customer=cast.customer())
    first, second = asked(ming, body_of(order)), asked(ming, body_of(order))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    told = first.json()
    assert (told["status"], told["amount_fen"], told["order"]) == ("open", 12_800, order.number)
    assert AfterSalesCase.objects.count() == 1


def test_the_case_is_found_listed_and_withdrawn(ming):
    order = make_order("signed", customer=cast.customer())
    number = asked(ming, body_of(order)).json()["number"]
    assert ming.get(f"{PATH}{number}/").json()["number"] == number
    assert [one["number"] for one in ming.get(PATH).json()["results"]] == [number]
    assert ming.post(f"{PATH}{number}/withdraw/").json()["status"] == "withdrawn"
    assert ming.post(f"{PATH}{number}/withdraw/").status_code == 409


def test_another_customers_order_is_not_there(ming):
    order = make_order("signed", customer=cast.customer("hua"))
    answer = asked(ming, body_of(order))
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["order"]


@pytest.mark.fault("B17")
@pytest.mark.parametrize("quantity", [0, -1, 2**31, 2**63, 1.5, "1", True, None])
def test_quantities_that_are_none_are_400_and_leave_no_row(ming, quantity):
    order = make_order("signed", customer=cast.customer())
    assert asked(ming, body_of(order, quantity)).status_code == 400
    assert not AfterSalesCase.objects.exists()


@pytest.mark.parametrize("lie", [{"reason": "because"}, {"lines": []}, {"note": "长" * 201}])
def test_bad_values_are_named(ming, lie):
    order = make_order("signed", customer=cast.customer())
    answer = asked(ming, body_of(order, **lie))
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == set(lie)


def test_the_order_shows_what_was_given_back(ming):
    order = make_order("signed", customer=cast.customer(), quantity=2)
    path = f"/api/v1/orders/{order.number}/"
    axes = ("payment", "refunded_fen", "after_sales")
    states = [tuple(ming.get(path).json()[axis] for axis in axes)]
    for _ in range(2):
        refund = make_refund(order)
        states.append(tuple(ming.get(path).json()[axis] for axis in axes))
        record_refund(news_for(refund), by=cast.SYSTEM)
        states.append(tuple(ming.get(path).json()[axis] for axis in axes))
    assert states == [
        ("paid", 0, "none"),
        ("paid", 0, "open"),
        ("partly_refunded", 12_800, "done"),
        ("partly_refunded", 12_800, "open"),
        ("refunded", 25_600, "done"),
    ]


def test_listing_costs_a_fixed_number_of_statements(ming, django_assert_max_num_queries):
    order = make_order("signed", customer=cast.customer(), quantity=5)
    for n in range(4):
        asked(ming, body_of(order), key=f"a-key-of-16-chars{n}")
    with django_assert_max_num_queries(6):
        assert len(ming.get(PATH).json()["results"]) == 4
