"""Every route × method × {nobody, owner, another customer}: as declared; undeclared fails."""

import pytest
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from shop.identity.actors import Actor
from shop.rights.actions import prepare_copy, request_copy, request_erasure
from tests import cast
from tests.make import make_address, make_case, make_order, make_picture, make_policy, make_sku

pytestmark = [pytest.mark.django_db, pytest.mark.fault("H1"), pytest.mark.fault("H2")]

PUBLIC, OWN, MINE = "public", "own", "mine"
# public: anybody. mine: a customer, always their own things. own: names a row that has an owner.
DECLARED = {
    ("api/v1/auth/wechat/", "post"): PUBLIC,
    ("api/v1/auth/logout/", "post"): MINE,
    ("api/v1/me/", "get"): MINE,
    ("api/v1/me/", "patch"): MINE,
    ("api/v1/me/addresses/", "get"): MINE,
    ("api/v1/me/addresses/", "post"): MINE,
    ("api/v1/me/addresses/<int:pk>/", "get"): OWN,
    ("api/v1/me/addresses/<int:pk>/", "put"): OWN,
    ("api/v1/me/addresses/<int:pk>/", "delete"): OWN,
    ("api/v1/me/consents/", "get"): MINE,
    ("api/v1/me/consents/", "post"): MINE,
    ("api/v1/me/", "delete"): MINE,
    ("api/v1/me/export/", "get"): MINE,
    ("api/v1/me/export/", "post"): MINE,
    ("api/v1/me/export/<int:pk>/link/", "post"): OWN,
    ("api/v1/me/erasure/", "get"): MINE,
    ("api/v1/me/erasure/call-off/", "post"): OWN,
    ("api/v1/copies/<str:token>/", "get"): PUBLIC,
    ("api/v1/me/preferences/", "get"): MINE,
    ("api/v1/me/preferences/", "put"): MINE,
    ("api/v1/me/subscriptions/", "get"): MINE,
    ("api/v1/me/subscriptions/", "post"): MINE,
    ("api/v1/products/", "get"): PUBLIC,
    ("api/v1/products/<int:pk>/", "get"): PUBLIC,
    ("api/v1/categories/", "get"): PUBLIC,
    ("api/v1/brands/", "get"): PUBLIC,
    ("api/v1/home/", "get"): PUBLIC,
    ("api/v1/events/", "post"): PUBLIC,
    ("api/v1/policies/", "get"): PUBLIC,
    ("api/v1/policies/<slug:code>/", "get"): PUBLIC,
    ("api/v1/policies/accept/", "post"): MINE,
    ("api/v1/licences/", "get"): PUBLIC,
    ("api/v1/uploads/", "post"): MINE,
    ("api/v1/uploads/<int:pk>/", "get"): OWN,
    ("api/v1/membership/", "get"): MINE,
    ("api/v1/membership/", "post"): MINE,
    ("api/v1/cart/", "get"): MINE,
    ("api/v1/cart/lines/<int:sku>/", "put"): MINE,
    ("api/v1/cart/lines/<int:sku>/", "delete"): MINE,
    ("api/v1/orders/", "get"): MINE,
    ("api/v1/orders/", "post"): MINE,
    ("api/v1/orders/quote/", "post"): MINE,
    ("api/v1/orders/<number>/", "get"): OWN,
    ("api/v1/orders/<number>/pay/", "post"): OWN,
    ("api/v1/orders/<number>/confirm-receipt/", "post"): OWN,
    ("api/v1/orders/<number>/cancel/", "post"): OWN,
    ("api/v1/orders/<number>/tracking/", "get"): OWN,
    ("api/v1/after-sales/", "get"): MINE,
    ("api/v1/after-sales/", "post"): MINE,
    ("api/v1/after-sales/<case>/", "get"): OWN,
    ("api/v1/after-sales/<case>/withdraw/", "post"): OWN,
    ("api/v1/after-sales/<case>/rate/", "get"): OWN,
    ("api/v1/after-sales/<case>/rate/", "post"): OWN,
}
METHODS = ("get", "post", "put", "patch", "delete")


def routes(patterns=None, prefix=""):
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        here = prefix + readable(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, here)
        elif isinstance(entry, URLPattern) and here.startswith("api/v1/"):
            for method in methods_of(entry.callback):
                yield here, method


def readable(pattern):
    plain = pattern.replace("^", "").replace("$", "")
    numbers = {r"(?P<number>\d{1,20})": "<number>", r"(?P<number>S\d{1,19})": "<case>"}
    for regex, name in numbers.items():
        plain = plain.replace(regex, name)
    return plain


def methods_of(callback):
    actions = getattr(callback, "actions", None)
    if actions:
        return [method for method in METHODS if method in actions]
    return [method for method in METHODS if hasattr(callback.view_class, method)]


def test_every_route_is_declared_and_every_declaration_exists():
    assert set(routes()) == set(DECLARED)


def call(device, route, method, world):
    path = "/" + route
    for name, value in world.items():
        path = path.replace(name, str(value))
    return getattr(device, method)(path, {}, format="json")


@pytest.fixture
def world(ming):
    """What Ming owns."""
    copy = prepare_copy(request_copy(cast.customer(), by=cast.shopper()), by=cast.SYSTEM)
    request_erasure(cast.customer(), by=cast.shopper())
    order = make_order("unpaid")
    return {
        "<number>": order.number,
        "<case>": make_case(make_order("paid")).number,
        "addresses/<int:pk>": f"addresses/{make_address(cast.customer()).pk}",
        "products/<int:pk>": f"products/{make_sku().product_id}",
        "export/<int:pk>": f"export/{copy.pk}",
        "<str:token>": "no-such-link",
        "uploads/<int:pk>": f"uploads/{make_picture(cast.customer()).pk}",
        "<int:sku>": make_sku().pk,
        "<slug:code>": make_policy().policy.code,
    }


@pytest.mark.parametrize(("route", "method"), DECLARED)
def test_nobody_reaches_only_what_is_public(stranger, world, route, method):
    answer = call(stranger, route, method, world)
    if DECLARED[route, method] == PUBLIC:
        assert answer.status_code in {200, 400, 410}
    else:
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("route", "method"), [key for key, kind in DECLARED.items() if kind == OWN]
)
def test_another_customer_gets_what_a_missing_row_gets(hua, world, route, method):
    missing = {name: name.replace("<int:pk>", "999999999") for name in world}
    missing |= {name: 999_999_999 for name in world if "/" not in name} | {"<case>": "S999999999"}
    theirs, nothing = call(hua, route, method, world), call(hua, route, method, missing)
    assert theirs.status_code == nothing.status_code == 404
    for answer in (theirs, nothing):
        answer.data.pop("request_id")
    assert theirs.data == nothing.data


@pytest.mark.parametrize(
    ("route", "method"), [key for key, kind in DECLARED.items() if kind != PUBLIC]
)
def test_the_owner_is_never_turned_away(ming, world, route, method, settings, wechat):
    answer = call(ming, route, method, world)
    assert answer.status_code not in {401, 403, 404, 405, 500}, answer.content


@pytest.mark.parametrize(("route", "method"), DECLARED)
def test_a_method_that_is_not_declared_is_refused(ming, world, route, method):
    unknown = next(m for m in METHODS if (route, m) not in DECLARED)
    answer = call(ming, route, unknown, world)
    assert answer.status_code == 405
    assert answer.data["code"] == "method-not-allowed"


def test_staff_have_no_token_and_customers_no_admin(ming, client):
    assert Actor.shopper(cast.customer()).may("orders.view_order") is False
    client.cookies = ming.cookies
    assert client.get("/admin/orders/order/").status_code == 302
