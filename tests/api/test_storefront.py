"""Home, lists, details: right, narrow, cheap, and fresh after a change."""

import pytest
from django.db import connection
from django.http import HttpResponse

from catalog.actions import price_sku, receive_stock, take_stock
from catalog.api.serializers import ProductOut, ProductRowOut, RevisionOut, SkuOut
from catalog.rules import stock_level
from shop.doors import middleware
from shop.doors.api import caching
from shop.doors.api.caching import forget_at_hand, kept_answer
from shop.doors.middleware import AtHand
from tests import cast
from tests.make import make_product, make_sku

pytestmark = pytest.mark.django_db


def titles(answer):
    assert answer.status_code == 200
    return [row["code"] for row in answer.json()["results"]]


def test_a_list_narrows_orders_and_pages(stranger):
    cheap, dear = make_product(price_fen=5_000), make_product(price_fen=50_000)
    path = "/api/v1/products/"
    assert titles(stranger.get(path)) == [dear.code, cheap.code]
    assert titles(stranger.get(path + "?ordering=price")) == [cheap.code, dear.code]
    assert titles(stranger.get(path + "?price_min=5001")) == [dear.code]
    assert titles(stranger.get(path + "?price_max=5000")) == [cheap.code]
    assert titles(stranger.get(path + "?category=fish-oil&brand=" + str(dear.brand_id))) == [
        dear.code, cheap.code,
    ]  # fmt: skip
    first = stranger.get(path + "?page_size=1").json()
    second = stranger.get(first["next"]).json()
    assert [page["results"][0]["code"] for page in (first, second)] == [dear.code, cheap.code]
    assert second["next"] is None


@pytest.mark.parametrize("path", ["/api/v1/products/", "/api/v1/products/{pk}/"])
def test_two_statements_at_most_and_none_when_kept(stranger, path, django_assert_max_num_queries):
    products = [make_product(specifications=("60粒", "120粒")) for _ in range(5)]
    path = path.format(pk=products[0].pk)
    with django_assert_max_num_queries(2):
        first = stranger.get(path)
    with django_assert_max_num_queries(0):
        again = stranger.get(path)
        unchanged = stranger.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert first.status_code == 200
    assert again.content == first.content
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_home_categories_and_brands_show_what_is_published(stranger):
    product = make_product(member_price_fen=11_500)
    home = stranger.get("/api/v1/home/").json()
    assert [row["id"] for row in home["new_arrivals"]] == [product.pk]
    assert [row["member_price_fen"] for row in home["member_offers"]] == [11_500]
    assert [shelf["slug"] for shelf in home["navigation"]] == ["fish-oil"]
    assert [shelf["slug"] for shelf in stranger.get("/api/v1/categories/").json()] == ["fish-oil"]
    assert [brand["name"] for brand in stranger.get("/api/v1/brands/").json()] == ["颐禾"]


def test_a_change_shows_with_its_cause(stranger):
    """What is at hand of a process forgets itself within a second (decision 4)."""
    sku = make_sku(stock=0, price_fen=12_800)
    paths = (f"/api/v1/products/{sku.product_id}/", "/api/v1/products/")
    page, shelf = (stranger.get(path).json() for path in paths)
    assert page["skus"][0]["stock"] == shelf["results"][0]["stock"] == "sold_out"
    receive_stock(sku, 5, "GR-1", by=cast.staff("warehouse"))
    price_sku(sku, 9_900, by=cast.SYSTEM)
    forget_at_hand()
    page, shelf = (stranger.get(path).json() for path in paths)
    shown = page["skus"][0]
    assert (shown["stock"], shown["price_fen"]) == ("low", 9_900)
    row = shelf["results"][0]
    assert (row["stock"], row["price_fen"]) == ("low", 9_900)


@pytest.mark.parametrize("available", [0, 1, 9, 10, 11, 1_000])
def test_the_database_tells_the_level_as_the_rules_do(available):
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalog_stock_level(%s)", [available])
        assert cursor.fetchone() == (stock_level(available),)


def test_a_card_is_laid_anew_only_when_customers_would_see_it():
    sku = make_sku(stock=30)
    asked = "SELECT ctid::text, page::json->'skus'->0->>'stock' FROM catalog_shelfcard"
    seen = []
    with connection.cursor() as cursor:
        for units in (5, 14, 1):  # 25 left, 11, 10: only the last is another level
            take_stock({sku.pk: units}, f"order {units}", by=cast.SYSTEM)
            cursor.execute(asked)
            seen.append(cursor.fetchone())
    assert seen[0] == seen[1] != seen[2]
    assert [level for _version, level in seen] == ["in_stock", "in_stock", "low"]


def test_what_is_not_published_is_not_found(stranger):
    product = make_product()
    assert stranger.get(f"/api/v1/products/{product.pk + 1}/").status_code == 404
    assert stranger.get("/api/v1/products/").json()["results"][0]["id"] == product.pk


def test_exact_stock_is_nobodys_business(stranger):
    make_product(stock=87)
    for path in ("/api/v1/home/", "/api/v1/products/"):
        assert "87" not in stranger.get(path).content.decode()


def test_words_are_found_inside_titles_all_of_them(stranger):
    product = make_product()
    path = "/api/v1/products/?search="
    for words in ("鱼油", "鱼", "深海 胶囊", "鱼油软胶囊"):
        assert titles(stranger.get(path + words)) == [product.code], words
    for words in ("灵芝", "深海 灵芝", "鱼胶", "%"):
        assert titles(stranger.get(path + words)) == [], words


def test_a_row_and_a_page_say_what_their_schema_says(stranger):
    product = make_product(specifications=("60粒", "120粒"), member_price_fen=11_500)
    row = stranger.get("/api/v1/products/").json()["results"][0]
    assert list(row) == list(ProductRowOut.Meta.fields)
    page = stranger.get(f"/api/v1/products/{product.pk}/").json()
    assert list(page) == list(ProductOut.Meta.fields)
    assert list(page["content"]) == list(RevisionOut.Meta.fields)
    assert list(page["skus"][0]) == list(SkuOut.Meta.fields)


def test_what_was_just_answered_is_at_hand_until_it_is_forgotten(stranger):
    path = "/api/v1/products/"
    first = stranger.get(path)
    make_product()
    assert stranger.get(path).content == first.content
    assert stranger.get(path)["X-Frame-Options"] == first["X-Frame-Options"]
    forget_at_hand()
    assert len(stranger.get(path).json()["results"]) == 1


def test_what_was_answered_lately_is_better_than_that_the_store_is_away(rf, monkeypatch):
    monkeypatch.setattr(middleware, "TRUSTED_SECONDS", -1.0)
    away = AtHand(lambda request: HttpResponse(status=503))
    known, unknown = rf.get("/api/v1/products/"), rf.get("/api/v1/brands/")
    first = kept_answer(known, lambda: b"[]")
    assert (away(known).status_code, away(known).content) == (200, first.content)
    assert away(unknown).status_code == 503
    assert away(rf.post("/api/v1/products/")).status_code == 503
    monkeypatch.setattr(caching, "MOST_STALE_SECONDS", -1.0)
    assert away(known).status_code == 503, "too old"
