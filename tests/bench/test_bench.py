"""The bench asks both for the same, and writes down what it measured."""

import io
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection

from bench import report
from bench.contest import Contest
from bench.load import request
from bench.raw import app
from bench.rounds import Result, Sample
from tests.make import make_product

SCHEMA = Path(app.__file__).with_name("schema.sql")


@pytest.fixture
def raw(monkeypatch, transactional_db):
    """Raw's application on tables laid from the shop's rows, gone at the end."""
    make_product(specifications=("60粒", "120粒"), stock=3, member_price_fen=11_500)
    make_product(stock=0)
    place = connection.settings_dict
    url = psycopg.conninfo.make_conninfo(
        host=place["HOST"], port=place["PORT"], user=place["USER"], password=place["PASSWORD"],
        dbname=place["NAME"],
    )  # fmt: skip
    with psycopg.connect(url, autocommit=True) as connected:
        connected.execute(SCHEMA.read_text())
        monkeypatch.setattr(app, "_local", SimpleNamespace(connection=connected))
        yield asked
        connected.execute("DROP SCHEMA raw CASCADE")


def asked(path, body=None):
    """Raw's answer: status and JSON."""
    path, _mark, query = path.partition("?")
    sent = io.BytesIO(json.dumps(body).encode())
    told = []
    environ = {"PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": sent}
    content = b"".join(app.application(environ, lambda status, _headers: told.append(status)))
    return told[0], json.loads(content)


def test_raw_lists_finds_and_shows_what_the_shop_does(raw, client):
    _ok, listed = raw("/list?category=fish-oil")
    shop = client.get("/api/v1/products/?category=fish-oil&page_size=24").json()
    assert listed["results"] == shop["results"] != []
    _ok, found = raw("/search?search=鱼油")
    assert found["results"] == client.get("/api/v1/products/?search=鱼油").json()["results"]
    first = shop["results"][-1]["id"]
    _ok, detail = raw(f"/detail/{first}")
    ours = client.get(f"/api/v1/products/{first}/").json()
    assert {sku.pop("stock") for sku in detail["skus"]} == {3}, "raw tells what it has"
    assert {sku.pop("stock") for sku in ours["skus"]} == {"low"}
    assert detail["content"].pop("published_at")
    assert ours["content"].pop("published_at")
    assert detail == ours


def test_raw_sells_what_there_is_and_not_more(raw):
    sku = connection_value("SELECT min(id) FROM raw.sku WHERE stock = 3")
    lines = [{"sku": sku, "quantity": 2}]
    assert raw("/orders", {"lines": lines})[0] == "201 Created"
    assert raw("/orders", {"lines": lines})[0] == "409 Conflict"
    assert connection_value(f"SELECT stock FROM raw.sku WHERE id = {sku}") == 1


def connection_value(question):
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def test_the_page_holds_what_was_measured(tmp_path):
    page = tmp_path / "performance.md"
    page.write_text(f"# Words\n\n{report.MARK}\nof an earlier run\n{report.PEAK_MARK}\nthe peak\n")
    work = SimpleNamespace(code="W4", name="order", floor=0.15, aim=0.25)
    ours, raw = Sample(30, 90, 133, 8, 2, 10), Sample(100, 20, 108, 1, 1, 1)
    measured = report.Measured(7, 1, 2.0, [Result(work, [ours], [raw])])
    measured.contest = Contest([1.2], [0.4], [sold(100, 100)], [0])
    text = report.write(measured, page)
    assert "| W4 order | 30 | 100 | **0.30** | 0.15 | 0.25 | aim | 90 | 20 | 4.5 |" in text
    assert "| W5 sold of 100 to 200 | 100 |  | 100 | 100 | reached |" in text
    assert "of an earlier run" not in page.read_text()
    assert "the peak" in page.read_text()
    assert page.read_text().startswith("# Words")


def sold(units, refused):

    return Counter({201: units, 409: refused})


def test_one_unit_too_many_is_no_right_contest():
    assert Contest([1], [1], [sold(100, 100)], [0]).is_right
    assert not Contest([1], [1], [sold(101, 99)], [0]).is_right
    assert not Contest([1], [1], [sold(99, 101)], [1]).is_right


def test_a_request_is_whole():
    sent = request("POST", "/api/v1/orders/", {"remark": "好"}, token="t", key="k").decode()
    head, _blank, body = sent.partition("\r\n\r\n")
    assert head.startswith("POST /api/v1/orders/ HTTP/1.1\r\nHost: 127.0.0.1")
    assert f"Content-Length: {len(body.encode())}" in head
    assert json.loads(body) == {"remark": "好"}
