"""The warehouse's pages without a browser: who reaches them, and what a scan is answered."""

import json
from uuid import uuid4

import pytest

from orders.actions import pick_as_listed, release_wave
from orders.models import Wave
from orders.selectors.waves import units_at_packing
from tests import cast
from tests.catalog.goods import stocked
from tests.doors.conftest import desk_of
from tests.make import make_case, make_order

pytestmark = pytest.mark.django_db
HOME = "/admin/warehouse/"


@pytest.fixture
def warehouse():
    return desk_of("warehouse")


def post(client, path, body):
    return client.post(f"{HOME}{path}", json.dumps(body), content_type="application/json")


def scan(client, wave, text, **more):
    body = {"text": text, "key": uuid4().hex, "gap": 4000, **more}
    return post(client, f"waves/{wave.pk}/scan/", body)


def test_orders_are_released_picked_packed_and_given_by_pages_alone(warehouse):
    sku = stocked(("A", 2, 200))
    order = make_order("confirmed", sku=sku, quantity=2)
    assert "1</b>" in warehouse.get(f"{HOME}waves/").content.decode()
    answer = warehouse.post(f"{HOME}release/", {"carrier": "SF"})
    wave = Wave.objects.get()
    assert answer.headers["Location"] == f"{HOME}waves/{wave.pk}/"
    assert sku.code in warehouse.get(answer.headers["Location"]).content.decode()

    assert scan(warehouse, wave, f"2*{sku.code}/A").json()["count"] == 2
    assert order.number in warehouse.get(f"{HOME}packing/").content.decode()
    assert "顺丰速运" in warehouse.get(f"{HOME}packing/{order.number}/").content.decode()

    units = [[sku, lot, n] for (sku, lot), n in units_at_packing(order).items()]
    parcel = post(warehouse, f"packing/{order.number}/close/", {"units": units}).json()["parcel"]
    label = {"carrier": "SF", "waybill": "sf 0000 1111"}
    assert post(warehouse, f"parcels/{parcel}/label/", label).status_code == 200
    assert "SF00001111" in warehouse.get(f"{HOME}leaving/?carrier=SF").content.decode()

    wrong = post(warehouse, "leaving/SF/", {"parcels": [parcel], "counted": 2})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "count-differs")
    given = post(warehouse, "leaving/SF/", {"parcels": [parcel], "counted": 1}).json()
    assert "SF00001111" in warehouse.get(given["to"]).content.decode()
    order.refresh_from_db()
    assert order.status == "shipped"


def test_the_rows_are_sent_again_only_when_something_moved(warehouse):
    sku = stocked(("A", 3, 200))
    order = make_order("confirmed", sku=sku, quantity=2)
    wave = release_wave([order], by=cast.staff("warehouse"))
    rows = f"{HOME}waves/{wave.pk}/rows/"
    known = {"If-None-Match": warehouse.get(rows).headers["ETag"]}
    assert warehouse.get(rows, headers=known).status_code == 304
    scan(warehouse, wave, "A")
    assert warehouse.get(rows, headers=known).status_code == 200

    make_case(order)  # the picker sees at once what goes back to the shelf
    shown = warehouse.get(rows, headers=known).content.decode()
    assert f"{sku.code} / A × 1" in shown


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"text": 1}', b'{"text":"A","key":"x","gap":1}', b"\xff"]
)
def test_nonsense_is_refused(warehouse, body):
    wave = release_wave([make_order("confirmed")], by=cast.staff("warehouse"))
    for path in (f"waves/{wave.pk}/scan/", "leaving/SF/"):
        answer = warehouse.post(f"{HOME}{path}", body, content_type="application/json")
        assert answer.status_code == 400


def test_short_is_reported_by_its_form(warehouse):
    sku = stocked(("A", 1, 200), ("B", 1, 300))
    wave = release_wave([make_order("confirmed", sku=sku)], by=cast.staff("warehouse"))
    lot = sku.lots.get(code="A")
    path = f"{HOME}waves/{wave.pk}/short/"
    warehouse.post(path, {"lot": lot.pk, "missing": "x", "reason": "missing"})
    assert units_of(wave) == {"A": 1}
    warehouse.post(path, {"lot": lot.pk, "missing": 1, "reason": "missing"})
    assert units_of(wave) == {"B": 1}


def units_of(wave):
    from orders.selectors.waves import walk_of

    return {row.lot.code: row.to_pick for row in walk_of(wave)}


def test_nobody_else_reaches_them():
    order = make_order("confirmed")
    wave = release_wave([order], by=cast.staff("warehouse"))
    pick_as_listed(wave.tasks.get(), by=cast.staff("warehouse"))
    for role in ("service_agent", "finance", "designer"):
        client = desk_of(role)
        for path in ("waves/", f"waves/{wave.pk}/", f"waves/{wave.pk}/rows/", "packing/",
                     f"packing/{order.number}/", "leaving/"):  # fmt: skip
            assert client.get(f"{HOME}{path}").status_code == 404, (role, path)
        assert scan(client, wave, "A").status_code == 404
        assert client.post(f"{HOME}release/", {}).status_code == 404
        closed = post(client, f"packing/{order.number}/close/", {"units": [[1, 1, 1]]})
        assert closed.status_code in {403, 404}
