"""C3.3.3, B3.2.2: a lot found unfit is off sale at once, cannot leave by any door, and what is
short is somebody's work."""

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import Lot
from orders.models import Order
from shop.clock import today
from shop.work.models import WorkItem
from tests import cast
from tests.catalog.goods import facts, lot, offered, standing, stocked
from tests.doors.conftest import desk_of
from tests.make import make_order, make_sku

pytestmark = pytest.mark.django_db


def press(client, name, row, **values):
    return client.post(f"/admin/desk/act/{name}/{row.pk}/", values, HTTP_ACCEPT="application/json")


def receive(client, sku, **changes):
    label = facts("A1")
    said = {
        "quantity": 6,
        "document": "RK-1",
        "lot_code": label.code,
        "produced_on": str(label.produced_on),
        "expires_on": str(label.expires_on),
    }
    return press(client, "catalog.receive_stock", sku, **(said | changes))


@pytest.mark.article("CA8", "C3.3.3")
@pytest.mark.article("CA9", "B3.2.2")
def test_goods_come_in_by_lot_are_withdrawn_and_come_back_through_the_desk():
    # Given a SKU without stock, and a delivery whose label the warehouse types in
    hand, reviewer = desk_of("warehouse"), desk_of("compliance_reviewer")
    sku = make_sku(stock=0)
    assert receive(hand, sku).status_code == 200
    assert offered(sku) == (6, 0)

    # And four of its units are ordered
    order = make_order("confirmed", sku=sku, quantity=4)

    # When the warehouse finds the seals broken and quarantines the lot
    held = lot(sku, "A1")
    assert press(hand, "catalog.quarantine_lot", held, reason="damaged",
                 note="封口破损").status_code == 200  # fmt: skip

    # Then it is off sale, set aside, and operations have work that says how many are short
    assert offered(sku) == (0, 4)
    assert standing(sku) == {("A1", "quarantine"): 6}
    assert WorkItem.objects.open().get(kind="goods_short").title.endswith("4 件无货可发")
    page = reviewer.get(f"/admin/catalog/lot/{held.pk}/change/").content.decode()
    for said in ("隔离中", "封口破损", "隔离区", "货架 → 隔离区"):
        assert said in page

    # And the order cannot leave; nor can whoever set it aside put it back on sale
    sent = press(hand, "orders.ship_order", order, carrier="SF", waybill="SF000000123456")
    assert sent.status_code == 409
    assert press(hand, "catalog.release_lot", held, note="没事").status_code == 403

    # When the reviewer has checked and releases it, the order leaves with it
    assert press(reviewer, "catalog.release_lot", held, note="复检合格").status_code == 200
    assert offered(sku) == (2, 0)
    assert not WorkItem.objects.open().filter(kind="goods_short").exists()
    sent = press(hand, "orders.ship_order", order, carrier="SF", waybill="SF000000123456")
    assert sent.status_code == 200
    assert standing(sku) == {("A1", "shelf"): 2, ("A1", "customer"): 4}


@pytest.mark.article("CA8", "C3.3.2")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires_on": str(today())}, "expires_on"),
        ({"produced_on": "2999-01-01"}, "produced_on"),
        ({"lot_code": ""}, "lot_code"),
        ({"expires_on": ""}, "expires_on"),
    ],
)
def test_what_the_desk_does_not_take_in(changes, field):
    sku = make_sku(stock=0)
    answer = receive(desk_of("warehouse"), sku, **changes)
    assert answer.status_code == 400
    assert field in answer.content.decode()
    assert not Lot.objects.exists()
    assert offered(sku) == (0, 0)


@pytest.mark.article("CA8", "C3.3.3")
def test_walking_round_a_recall():
    """By the desk, by a database session, by an order: nothing of the lot gets out."""
    sku = stocked(("A1", 5, 200))
    order = make_order("confirmed", sku=sku, quantity=1)
    held, hand = lot(sku, "A1"), desk_of("warehouse")
    assert press(hand, "catalog.recall_lot", held, reason="quality").status_code == 403
    reviewer = desk_of("compliance_reviewer")
    assert press(reviewer, "catalog.recall_lot", held, reason="quality").status_code == 200

    # Nobody can release it, whatever their post
    for post in ("compliance_reviewer", "operations_manager"):
        assert press(desk_of(post), "catalog.release_lot", held, note="x").status_code == 409

    # A move by hand is refused by the database, from wherever
    for place in ("quarantine", "shelf"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO catalog_lotmove (cause, sku_id, lot_id, from_place_id, to_place_id,"
                " quantity, reference, step, at)"
                " VALUES ('shipped', %s, %s, %s, 'customer', 1, 'by hand', 1, now())",
                [sku.pk, held.pk, place],
            )

    # And the order stays
    press(hand, "orders.ship_order", order, carrier="SF", waybill="SF000000123456")
    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert standing(sku) == {("A1", "quarantine"): 5}
    assert cast.customer().orders.get() == order
