"""CA8: a recalled lot is followed to all who hold it, and unfit goods go before a witness."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.utils import IntegrityError

from catalog.actions import (
    Evidence,
    call_off_disposal,
    propose_disposal,
    quarantine_lot,
    recall_lot,
    release_lot,
    take_back_goods,
    witness_disposal,
)
from catalog.errors import LotIsSellable, NotThere, OwnDisposal
from catalog.models import Disposal, LotMove
from orders.actions import settle_recalled, tell_holders, trace_recall
from orders.errors import NobodyToTell
from orders.models import RecalledGoods
from shop.clock import now, turned_to
from shop.errors import IllegalTransition, InvalidValue
from shop.events.relay import run_reactions
from shop.figures.registry import CONTROLS
from shop.figures.rules import Figure, is_kept
from shop.figures.selectors import control_figure
from shop.notices.models import Notice
from shop.work.models import WorkItem
from tests import cast
from tests.catalog.goods import lot, standing, stocked
from tests.doors.conftest import desk_of
from tests.make import make_calendar, make_order
from tests.pictures import picture

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
DAY = timedelta(days=1)


def press(client, name, row, **values):
    return client.post(f"/admin/desk/act/{name}/{row.pk}/", values, headers=JSON)


def sold(sku, *buyers):
    return [make_order("signed", sku=sku, customer=cast.customer(name)) for name in buyers]


def recalled(sku, code="L1"):
    found = lot(sku, code)
    recall_lot(found, "authority", by=cast.staff("compliance_reviewer"))
    run_reactions()
    return found


@pytest.mark.article("CA8", "C3.3.3")
def test_a_recall_finds_every_order_tells_its_customer_and_is_followed_up():
    # Given a lot that three customers bought of, one of whom sent it back, and another lot
    sku = stocked(("L1", 3, 200), ("L2", 9, 300))
    boss = desk_of("service_supervisor")
    ming, hua, back = sold(sku, "ming", "hua", "back")
    [other] = sold(sku, "other")
    take_back_goods(f"{back.number} S1", {lot(sku, "L1").pk: 1}, by=cast.staff("warehouse"))

    # When the lot is recalled
    found = recalled(sku)

    # Then exactly those who still hold it are listed, with the order and masked
    rows = RecalledGoods.objects.order_by("pk")
    assert [(row.order, row.units) for row in rows] == [(ming, 1), (hua, 1)]
    page = boss.get("/admin/orders/recalledgoods/?q=L1").content.decode()
    assert ming.number in page and hua.number in page
    assert back.number not in page and other.number not in page and ming.recipient not in page

    # When the supervisor tells them from the lot's page, each hears of it once
    assert press(boss, "orders.tell_holders", found).status_code == 200
    run_reactions()
    told = Notice.objects.filter(kind="orders.lot_recalled")
    assert {notice.party_id for notice in told} == {ming.customer.party_id, hua.customer.party_id}
    assert press(boss, "orders.tell_holders", found).status_code == 409

    # and the follow-up is open until of each is said what became of it
    item = WorkItem.objects.get(kind="recalled_lot")
    for row, is_last in zip(rows, (False, True), strict=True):
        assert item.is_open
        assert press(boss, "orders.settle_recalled", row, outcome="returned").status_code == 200
        item.refresh_from_db()
        assert item.is_open is not is_last


@pytest.mark.article("CA8", "C3.3.3")
def test_a_recall_is_traced_once_and_its_end_wants_an_outcome():
    sku = stocked(("L1", 3, 200))
    sold(sku, "ming")
    found = recalled(sku)
    assert trace_recall(found, by=cast.SYSTEM) == 0
    row, by = RecalledGoods.objects.get(), cast.staff("service_agent")
    with pytest.raises(InvalidValue):
        settle_recalled(row, "whatever", by=by)
    settle_recalled(row, "unreachable", by=by)
    with pytest.raises(IllegalTransition):
        settle_recalled(row, "returned", by=by)
    with pytest.raises(NobodyToTell):
        tell_holders(found, by=by)
    assert press(desk_of("warehouse"), "orders.settle_recalled", row).status_code == 404


@pytest.mark.control("CA8")
@pytest.mark.article("CA8", "C3.3.3")
@pytest.mark.parametrize("is_forgotten", [False, True])
def test_recalled_goods_that_nobody_follows_break_it_and_are_named(is_forgotten):
    begun = now() - 10 * DAY
    with turned_to(begun):
        sku = stocked(("L1", 3, 200))
        [order] = sold(sku, "ming")
        recalled(sku)
        if not is_forgotten:
            row = RecalledGoods.objects.get()
            settle_recalled(row, "used_up", by=cast.staff("service_agent"))
    judged("CA8.recalled", begun, order, is_forgotten)


def judged(code, begun, subject, is_forgotten):
    control, span = CONTROLS[code], (begun.date(), now().date())
    figure, cases = control_figure(control, *span), list(control.cases(*span))
    assert figure == Figure(0 if is_forgotten else 1, 1)
    assert is_kept(figure, control.target_bp) is not is_forgotten
    assert cases == ([subject] if is_forgotten else [])


def unfit():
    sku = stocked(("L1", 5, 200))
    found = lot(sku, "L1")
    quarantine_lot(found, "damaged", by=cast.staff("warehouse"))
    return sku, found


def proposed(found, units=2):
    seen = Evidence("销毁.jpg", picture())
    return propose_disposal(found, units, "crushed", seen, by=cast.staff("warehouse"))


@pytest.mark.article("CA8", "C3.3.3")
def test_unfit_goods_are_destroyed_by_one_before_another():
    # Given goods set aside, and a hand who hands in what shows them destroyed
    reviewer = desk_of("compliance_reviewer")
    sku, found = unfit()
    hand = desk_of("warehouse")
    shot = SimpleUploadedFile("销毁.jpg", picture(), "image/jpeg")
    said = {"lot": found.pk, "quantity": 2, "way": "burnt", "evidence": shot}
    answer = hand.post("/admin/desk/begin/catalog.propose_disposal/", said)
    disposal = Disposal.objects.get()
    assert answer.status_code == 302

    # Then nothing has left yet, and the same person is refused as their own witness
    assert standing(sku) == {("L1", "quarantine"): 5}
    assert press(hand, "catalog.witness_disposal", disposal).status_code == 403

    # When another person says they have seen it
    assert WorkItem.objects.get(kind="disposal_due").is_open
    assert press(reviewer, "catalog.witness_disposal", disposal).status_code == 200

    # Then the goods left the ledger once, under the disposal's own reference
    assert standing(sku) == {("L1", "quarantine"): 3, ("L1", "loss"): 2}
    disposal.refresh_from_db()
    move = LotMove.objects.get(cause="written_off")
    assert (move.reference, move.by) == (disposal.reference, disposal.witness)
    assert press(reviewer, "catalog.witness_disposal", disposal).status_code == 409
    assert not WorkItem.objects.get(kind="disposal_due").is_open
    assert "销毁.jpg" not in hand.get("/admin/catalog/disposal/").content.decode()


@pytest.mark.article("CA8", "C3.3.3")
def test_there_is_no_way_round_the_witness():
    sku, found = unfit()
    disposal = proposed(found, 4)
    with pytest.raises(OwnDisposal):
        witness_disposal(disposal, by=cast.staff("warehouse"))
    with pytest.raises(IntegrityError, match="witnessed_by_another"), transaction.atomic():
        Disposal.objects.update(witness=disposal.proposed_by)
    with pytest.raises(NotThere):
        proposed(found, 2)  # four of five are spoken for
    release_lot(found, "复检合格", by=cast.staff("compliance_reviewer"))
    with pytest.raises(LotIsSellable):
        witness_disposal(disposal, by=cast.staff("compliance_reviewer"))
    with pytest.raises(LotIsSellable):
        proposed(found, 1)
    with pytest.raises(InvalidValue):
        call_off_disposal(disposal, " ", by=cast.staff("warehouse"))
    assert call_off_disposal(disposal, "复检合格", by=cast.staff("warehouse")).why == "复检合格"
    assert standing(sku) == {("L1", "shelf"): 5}


@pytest.mark.control("CA8")
@pytest.mark.article("CA8", "C3.3.3")
@pytest.mark.parametrize("is_forgotten", [False, True])
def test_a_disposal_that_nobody_witnesses_breaks_it_and_is_named(is_forgotten):
    begun = now() - 20 * DAY
    with turned_to(begun):
        make_calendar()
        _sku, found = unfit()
        disposal = proposed(found)
        if not is_forgotten:
            witness_disposal(disposal, by=cast.staff("compliance_reviewer"))
    judged("CA8.destroyed", begun, disposal, is_forgotten)
