"""Off sale: refusals, the race with an order, the copy that is asked for until it is gone, and the
controls (CA4)."""

from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.db import DatabaseError, connection, transaction

from catalog.actions import (
    close_delisting,
    confirm_channel,
    price_sku,
    record_copy,
    request_delisting,
    take_stock,
)
from catalog.errors import DelistingUnfinished, NotOnSaleNow, SoldOut, StillShown
from catalog.models import Offer, Product
from shop.clock import now, today, turned_to
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import Delivery
from shop.events.relay import run_reactions
from shop.figures.registry import CONTROLS
from shop.figures.rules import Figure
from shop.figures.selectors import control_figure
from tests import cast
from tests.make import make_calendar, make_sku

pytestmark = [pytest.mark.django_db, pytest.mark.article("CA4", "A4.1c")]
OPERATIONS, TECHNICIAN, MANAGER = "operations_specialist", "technical_lead", "operations_manager"
LESSON = "先小批试销，再谈年度协议。"


def delisted(sku=None, **said):
    values = {"reason": "slow", "evidence": "九十天只卖出一瓶", **said}
    sku = sku or make_sku(stock=0)
    return request_delisting(sku.product, **values, by=cast.staff(OPERATIONS))


def confirmed(delisting):
    for check in delisting.checks.all():
        confirm_channel(check, "已无此商品", by=cast.staff(TECHNICIAN))
    return delisting


@pytest.mark.parametrize(
    "said", [{"reason": "boring"}, {"reason": ""}, {"evidence": "　"}, {"evidence": ""}]
)
def test_without_a_typed_reason_and_evidence_nothing_happens(said):
    sku = make_sku()
    with pytest.raises(InvalidValue):
        delisted(sku, **said)
    assert not Product.objects.get(pk=sku.product_id).is_delisted


@pytest.mark.parametrize("role", ["warehouse", "service_agent", TECHNICIAN])
def test_operations_alone_ask_for_it(role):
    with pytest.raises(NotAllowed):
        request_delisting(make_sku().product, "slow", "慢", by=cast.staff(role))


def test_what_is_not_on_sale_cannot_go_off_sale():
    sku = make_sku(stock=0)
    delisted(sku)
    with pytest.raises(NotOnSaleNow):
        delisted(sku)


def test_stock_of_what_is_off_sale_is_not_taken_whoever_asks():
    """An order that had priced its lines before the request meets the offer's own word."""
    sku = make_sku(stock=5)
    delisted(sku)
    with pytest.raises(SoldOut), transaction.atomic():
        take_stock({sku.pk: 1}, "261122000001", by=cast.SYSTEM)
    Offer.objects.filter(sku=sku).update(is_stopped=False)  # the control: without that word
    take_stock({sku.pk: 1}, "261122000001", by=cast.SYSTEM)


def test_a_price_does_not_put_it_back_on_sale():
    sku = make_sku(stock=0)
    delisted(sku)
    assert price_sku(sku, 9_900, by=cast.SYSTEM).is_stopped


def test_a_copy_that_is_still_there_forbids_to_confirm():
    check = delisted().checks.get()
    record_copy(check, 200, by=cast.SYSTEM)
    with pytest.raises(StillShown):
        confirm_channel(check, "看过了", by=cast.staff(TECHNICIAN))
    record_copy(check, 404, by=cast.SYSTEM)
    first = confirm_channel(check, "看过了", by=cast.staff(TECHNICIAN))
    record_copy(check, 200, by=cast.SYSTEM)
    again = confirm_channel(check, "又看一遍", by=cast.staff(TECHNICIAN))
    assert (again.note, again.confirmed_at) == ("看过了", first.confirmed_at)
    assert again.copy_status == 404, "what is confirmed stays as it was"


def test_a_lesson_comes_last_and_once():
    delisting = delisted()
    with pytest.raises(DelistingUnfinished):
        close_delisting(delisting, LESSON, by=cast.staff(MANAGER))
    confirmed(delisting)
    with pytest.raises(InvalidValue):
        close_delisting(delisting, "无", by=cast.staff(MANAGER))
    close_delisting(delisting, LESSON, by=cast.staff(MANAGER))
    with pytest.raises(IllegalTransition):
        close_delisting(delisting, LESSON, by=cast.staff(MANAGER))


def test_the_request_is_written_in_ink():
    delisting = delisted()
    with (
        pytest.raises(DatabaseError, match="delisting_stays_as_requested"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE catalog_delisting SET reason = 'law' WHERE id = %s", [delisting.pk])


class Storefront(BaseHTTPRequestHandler):
    """Another machine's cache: it shows the product twice more, then it is gone."""

    answers: list[int] = []

    def do_GET(self):
        self.send_response(self.answers.pop(0))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args):
        """Nothing: the canaries read what is logged."""


@pytest.fixture
def storefront(settings):
    server = HTTPServer(("127.0.0.1", 0), Storefront)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.PUBLIC_URL = f"http://127.0.0.1:{server.server_port}"
    yield Storefront
    server.shutdown()
    server.server_close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("B5")
def test_the_copy_is_asked_for_until_it_is_gone(storefront):
    storefront.answers[:] = [200, 500, 404]
    check = delisted().checks.get()
    for seen in (200, 200, 404):
        Delivery.objects.filter(reaction="catalog.look_at_copies").update(due_at=now())
        run_reactions()
        check.refresh_from_db()
        assert check.copy_status == seen
    assert storefront.answers == []
    assert Delivery.objects.get(reaction="catalog.look_at_copies").state == "done"


def of(code, on):
    control = CONTROLS[code]
    return control_figure(control, on, on), list(control.cases(on, on))


@pytest.mark.parametrize("code", ["CA4.confirmed", "CA4.lesson"])
def test_what_comes_late_breaks_the_article_and_is_named(code):
    make_calendar()
    delisting, kept = delisted(), confirmed(delisted())
    close_delisting(kept, LESSON, by=cast.staff(MANAGER))
    with turned_to(now() + timedelta(days=30)):
        control = CONTROLS[code]
        figure = control_figure(control, today() - timedelta(days=30), today())
        assert figure == Figure(1, 2)
        broken = control.cases(today() - timedelta(days=30), today())
        assert [product.pk for product in broken] == [delisting.product_id]


def test_a_sale_after_the_request_breaks_the_article():
    sku = make_sku(stock=5)
    delisting, other = delisted(sku), delisted()
    assert of("CA4.gone", today()) == (Figure(2, 2), [])
    Offer.objects.filter(sku=sku).update(is_stopped=False)
    take_stock({sku.pk: 1}, "261122000002", by=cast.SYSTEM)
    record_copy(other.checks.get(), 200, by=cast.SYSTEM)
    figure, cases = of("CA4.gone", today())
    assert figure == Figure(0, 2) and {one.pk for one in cases} == {delisting.pk, other.pk}
