"""Missing, wrong, huge, hostile values: a problem that names the field, and nothing changed."""

import json
from base64 import b64encode

import pytest
from django.core.serializers import serialize
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.models import CartLine, Order
from shop.events.models import EventLog
from shop.identity.models import Address, Customer
from tests import cast
from tests.make import make_address, make_sku
from tests.phone import HOME

pytestmark = pytest.mark.django_db


def footprint():
    counts = [model.objects.count() for model in (Order, CartLine, Address, Customer, EventLog)]
    return counts, list(Address.objects.values_list("province")), cast.customer().nickname


def refused(answer, status=400):
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert set(problem) == {
        "type", "title", "status", "code", "detail", "errors", "request_id",
    }  # fmt: skip
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert "Traceback" not in answer.content.decode()
    return problem


ORDER = {"address": 1, "payable_fen": 12_800, "lines": [{"sku": 1, "quantity": 1}]}
VALID = {
    "/api/v1/me/addresses/": HOME,
    "/api/v1/orders/": ORDER,
    "/api/v1/orders/quote/": {"lines": [{"sku": 1, "quantity": 1}]},
    "/api/v1/auth/wechat/": {"code": "x"},
}
NUMBERS: list[object] = [None, "", "1", "１２", True, 1.5, -1, 0, 2**63, 10**40, [], {}, [1]]
TEXTS: list[object] = [None, 7, True, [], {}, "", "   ", "x" * 5_000]


LINE = {"sku": 1, "quantity": 1}
LINES: list[object] = [None, {}, [], "x", [1], [{}], [{"sku": 1}], [LINE | {"quantity": 0}],
         [LINE | {"sku": "1"}], [LINE, LINE]]  # fmt: skip


def cases():
    for path, body in VALID.items():
        for field, value in body.items():
            if isinstance(value, int) and not isinstance(value, bool):
                wrongs = NUMBERS
            elif isinstance(value, str):
                wrongs = TEXTS if field != "district" else [7, [], "x" * 5_000]
            else:
                wrongs = ["perhaps", [], None, 7] if isinstance(value, bool) else LINES
            for wrong in wrongs:
                name = f"{path[8:]}{field}={str(wrong)[:20]}"
                yield pytest.param(path, field, wrong, id=name)


@pytest.mark.parametrize(("path", "field", "wrong"), list(cases()))
def test_a_wrong_value_is_named_and_changes_nothing(ming, path, field, wrong):
    cast.customer()
    before = footprint()
    problem = refused(ming.post(path, VALID[path] | {field: wrong}, format="json"))
    assert any(error["field"].split(".")[0] == field for error in problem["errors"]), problem
    assert footprint() == before


@pytest.mark.parametrize("path", VALID)
def test_missing_and_unknown_fields_are_named(ming, path):
    body = VALID[path]
    if path != "/api/v1/orders/quote/":
        problem = refused(ming.post(path, {}, format="json"))
        needed = {error["field"] for error in problem["errors"]}
        assert needed <= set(body)
        assert needed
    problem = refused(ming.post(path, body | {"is_staff": True, "price_fen": 1}, format="json"))
    assert {"is_staff", "price_fen"} <= {error["field"] for error in problem["errors"]}


@pytest.mark.fault("G4")
@pytest.mark.parametrize("path", VALID)
@pytest.mark.parametrize("dirt", [r"\u0000", r"\ud800", r"\udfff x"])
def test_nul_and_lone_surrogates_are_refused(ming, path, dirt):
    before = footprint()
    for body in (f'{{"recipient": "王{dirt}"}}', f'{{"a{dirt}": 1}}', f'{{"lines": [["{dirt}"]]}}'):
        refused(ming.post(path, body, content_type="application/json"))
    assert footprint() == before


@pytest.mark.fault("G4")
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/products/?search=%00",
        "/api/v1/products/?category=%ED%A0%80",
        "/api/v1/products/?category=a%00b",
        "/api/v1/orders/%00/",
        "/admin/login/?next=%00",
    ],
)
def test_dirty_addresses_are_refused(ming, path):
    assert ming.get(path).status_code in {400, 404}


@pytest.mark.fault("G5")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b'"x"',
        b"null",
        b'{"code": NaN}',
        b'{"code": Infinity}',
        b'{"code": "a", "code": "b"}',
        b"\xff\xfe",
        "{'码'}".encode("gbk"),
        b'{"a":' * 100_000,
        b"[" * 30 + b"]" * 30,
        b'{"code": "' + b"x" * 300_000 + b'"}',
    ],
    ids=lambda body: repr(body[:16]),
)
def test_what_is_no_honest_json_is_refused(ming, body):
    refused(ming.post("/api/v1/auth/wechat/", body, content_type="application/json"))


def test_other_media_types_are_refused(ming):
    refused(ming.post("/api/v1/auth/wechat/", "code=1", content_type="text/plain"), 415)


POSITIONS = [b"p=junk", b"p=%00", b"p=" + b"9" * 50, b"p=1e999", b"p=9999-99-99", b"o=-1", b"o=x"]


@pytest.mark.fault("G7")
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("cursor=junk", 404),
        *((f"cursor={b64encode(position).decode()}", 404) for position in POSITIONS),
        ("price_min=abc", 400),
        ("price_min=-1", 400),
        ("price_min=1e400", 400),
        ("price_max=" + "9" * 400, 400),
        ("price_min=NaN", 400),
        ("brand=0x1", 400),
        ("brand=99999999999999999999999", 400),
        ("category=nowhere", 400),
        ("ordering=user__password", 400),
        ("ordering=-pk", 400),
    ],
)
def test_lists_refuse_queries_that_mean_nothing(ming, query, status):
    refused(ming.get(f"/api/v1/products/?{query}"), status)


@pytest.mark.fault("G7")
def test_a_page_is_never_longer_than_a_hundred(ming):
    for _ in range(3):
        make_sku()
    assert len(ming.get("/api/v1/products/?page_size=1000000000").json()["results"]) == 3
    assert len(ming.get("/api/v1/products/?page_size=2").json()["results"]) == 2
    assert ming.get("/api/v1/products/?page_size=-5").status_code == 200


@pytest.mark.parametrize("pk", [0, 2**31, 2**63, 10**30])
def test_numbers_beyond_any_row_are_not_found(ming, pk):
    for path in (f"/api/v1/products/{pk}/", f"/api/v1/me/addresses/{pk}/"):
        refused(ming.get(path), 404)
    answer = ming.put(f"/api/v1/cart/lines/{pk}/", {"quantity": 1}, format="json")
    assert answer.status_code in {404, 409}
    assert ming.delete(f"/api/v1/cart/lines/{pk}/").status_code == 204


@pytest.mark.fault("G3")
@pytest.mark.parametrize(
    "text",
    [
        "👨‍👩‍👧 一家",
        "‮محمد",
        "a\u200bb",
        "e" + "\u0301" * 20,
        "\ufeff王",
        "１２３",
        "𠮷田",
        "<script>",
    ],
)
def test_any_honest_text_comes_back_as_it_went_in(ming, text):
    answer = ming.post("/api/v1/me/addresses/", HOME | {"street": text}, format="json")
    assert answer.status_code == 201
    assert ming.get("/api/v1/me/addresses/").json()[0]["street"] == text


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=8,
    )
)
def test_no_json_whatever_breaks_a_route(ming, body):
    for path in VALID:
        answer = ming.post(path, json.dumps(body), content_type="application/json")
        empty_cart = path.endswith("quote/") and body == {}
        assert answer.status_code in {409 if empty_cart else 400, 429}, (path, answer.content)


def test_the_client_never_decides_the_price(ming):
    sku, address = make_sku(price_fen=12_800), make_address(cast.customer())
    order = {"address": address.pk, "payable_fen": 1, "lines": [{"sku": sku.pk, "quantity": 1}]}
    problem = refused(ming.post("/api/v1/orders/", order, format="json"), 409)
    assert problem["code"] == "price-changed"
    assert not Order.objects.exists()


def test_serialize_of_personal_rows_is_impossible():
    make_address(cast.customer())
    with pytest.raises(Exception, match="personal"):
        serialize("json", Address.objects.all())
