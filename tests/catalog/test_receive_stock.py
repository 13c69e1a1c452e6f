"""receive_stock by lot: what comes in, what is refused, and where it stands."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from catalog.actions import LotFacts, recall_lot, receive_stock
from catalog.errors import BookedBefore, LotDiffers, LotTooOld
from catalog.models import LOT_AGE, Lot, LotMove
from catalog.selectors import skus_out_of_balance
from shop.clock import SHANGHAI, today
from shop.errors import InvalidValue
from shop.events.models import EventLog
from shop.timing.models import Timer
from tests import cast
from tests.catalog.goods import facts, lot, offered, standing, stocked
from tests.make import make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _books_agree_in_the_end():
    yield
    assert not skus_out_of_balance()


def receive(sku, document="GR-1", quantity=6, **label):
    return receive_stock(sku, quantity, document, lot=LotFacts(**label) if label else None,
                         by=cast.staff("warehouse"))  # fmt: skip


def test_goods_stand_on_the_shelf_under_their_lot_and_are_on_sale():
    sku = make_sku(stock=0)
    receive(sku, code="A1", produced_on=today() - timedelta(days=9),
            expires_on=today() + timedelta(days=700))  # fmt: skip
    assert standing(sku) == {("A1", "shelf"): 6}
    assert offered(sku) == (6, 0)
    came = LotMove.objects.get()
    assert (came.from_place_id, came.reference, came.by) == (
        "supplier", "GR-1", cast.staff("warehouse").user,
    )  # fmt: skip
    assert EventLog.objects.filter(kind="catalog.LotArrived").count() == 1


def test_without_a_label_the_document_is_the_lot():
    sku = make_sku(stock=0)
    receive(sku, "GR-7")
    assert lot(sku, "GR-7").expires_on is None
    assert not Timer.objects.filter(kind=LOT_AGE).exists()


def test_one_document_may_bring_two_lots_and_one_lot_may_come_twice():
    sku = stocked(("A1", 5, 300))
    receive_stock(sku, 2, "GR-A1", lot=facts("A2"), by=cast.staff("warehouse"))
    receive_stock(sku, 3, "GR-9", lot=facts("A1", left=300), by=cast.staff("warehouse"))
    assert standing(sku) == {("A1", "shelf"): 8, ("A2", "shelf"): 2}
    assert offered(sku) == (10, 0)


@pytest.mark.fault("A8")
def test_a_lot_under_the_same_document_counts_once():
    sku = stocked(("A1", 5, 300))
    with pytest.raises(BookedBefore):
        stocked(("A1", 5, 300), sku=sku)
    assert offered(sku) == (5, 0)


def test_other_dates_under_a_known_lot_number_are_refused():
    sku = stocked(("A1", 5, 300))
    with pytest.raises(LotDiffers):
        receive_stock(sku, 5, "GR-2", lot=facts("A1", left=301), by=cast.staff("warehouse"))
    assert standing(sku) == {("A1", "shelf"): 5}


@pytest.mark.parametrize(
    ("made", "ends", "field"),
    [
        (1, 400, "produced_on"),
        (-10, -10, "expires_on"),
        (-400, 0, "expires_on"),
        (-500, 240, "expires_on"),
        (-40, 31, None),
        (-490, 245, None),
    ],
)
@pytest.mark.article("CA8", "C3.3.2")
def test_dates_that_are_impossible_or_leave_too_little_come_in_nowhere(made, ends, field):
    sku = make_sku(stock=0)
    label = {
        "code": "A1",
        "produced_on": today() + timedelta(days=made),
        "expires_on": today() + timedelta(days=ends),
    }
    if field is None:
        receive(sku, **label)
        return
    with pytest.raises(LotTooOld) as refusal:
        receive(sku, **label)
    assert list(refusal.value.fields) == [field]
    assert not Lot.objects.exists()


def test_half_a_label_is_refused():
    sku = make_sku(stock=0)
    for label in ({"code": " "}, {"code": "A", "expires_on": today() + timedelta(days=300)},
                  {"code": "A", "produced_on": today()}):  # fmt: skip
        with pytest.raises(InvalidValue):
            receive(sku, **label)
    assert not Lot.objects.exists()


def test_what_awaits_its_check_and_what_is_of_a_recalled_lot_is_not_on_sale():
    sku = make_sku(stock=0)
    receive_stock(sku, 4, "GR-1", lot=facts("A1", awaits_check=True), by=cast.staff("warehouse"))
    assert lot(sku, "A1").status == "quarantined"
    recall_lot(lot(sku, "A1"), "supplier", by=cast.staff("compliance_reviewer"))
    receive_stock(sku, 5, "GR-2", lot=facts("A1"), by=cast.staff("warehouse"))
    assert standing(sku) == {("A1", "quarantine"): 9}
    assert offered(sku) == (0, 0)


def test_a_check_asked_for_later_holds_the_whole_lot():
    sku = stocked(("A1", 5, 300))
    label = facts("A1", left=300, awaits_check=True)
    receive_stock(sku, 2, "GR-2", lot=label, by=cast.staff("warehouse"))
    assert standing(sku) == {("A1", "quarantine"): 7}
    assert offered(sku) == (0, 0)


def test_a_dated_lot_is_watched_from_the_midnight_of_its_days():
    sku = stocked(("A1", 5, 300))
    due = Timer.objects.filter(kind=LOT_AGE, subject=lot(sku, "A1").stream).order_by("level")
    days = [timer.due_at.astimezone(SHANGHAI) for timer in due]
    assert [(day.date() - today()).days for day in days] == [210, 270, 300]
    assert {(day.hour, day.minute) for day in days} == {(0, 0)}


@pytest.mark.fault("B2")
def test_what_is_printed_on_a_lot_is_not_rewritten():
    sku = stocked(("A1", 5, 300))
    for change in ({"code": "B"}, {"expires_on": today() + timedelta(days=999)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Lot.objects.filter(sku=sku).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Lot.objects.filter(sku=sku).delete()
