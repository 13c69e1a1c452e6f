"""CA4 (A4.1c, D4.2.3): off sale at once, confirmed channel by channel, learnt from."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from catalog.models import Delisting, Offer, Product, ProductRevision
from orders.actions import Basket, place_order, put_cart_line
from orders.errors import NotOnSale
from orders.selectors import priced
from shop.clock import now, turned_to
from shop.doors.api.caching import forget_at_hand
from shop.events.relay import run_reactions
from shop.identity.actors import Actor
from shop.records.actions.channels import register_channel
from shop.timing.sweeper import sweep_timers
from shop.work.actions.items import close_item
from shop.work.models import WorkItem
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_address, make_calendar, make_order, make_sku
from tests.pictures import picture

pytestmark = [pytest.mark.django_db, pytest.mark.article("CA4", "A4.1c", "D4.2.3")]
OPERATIONS, MANAGER, TECHNICIAN = "operations_specialist", "operations_manager", "technical_lead"
REVIEWER = "compliance_reviewer"
LESSON = "进货前先看检测报告，首批先订一半。"


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.PUBLIC_URL = "http://127.0.0.1:1"


@pytest.fixture
def sku():
    for role in (OPERATIONS, MANAGER, TECHNICIAN, REVIEWER, "service_supervisor"):
        cast.staff(role)
    return make_sku(stock=20)


def press(role, action, row, **values):
    return desk_of(role).post(f"/admin/desk/act/catalog.{action}/{row.pk}/", values)


def delisted(sku, **said):
    values = {"reason": "faulty", "evidence": "检验报告 JC-1102：崩解时限不合格", **said}
    assert press(OPERATIONS, "request_delisting", sku.product, **values).status_code == 302
    return Delisting.objects.get(product=sku.product)


def work(kind):
    return WorkItem.objects.open().filter(kind=kind)


def confirm_all(delisting):
    for check in delisting.checks.unconfirmed():
        press(TECHNICIAN, "confirm_channel", check, note="列表、搜索和旧链接都看过，已无此商品")


def see_to_the_rest():
    for item in work("delisting_follow_up"):
        close_item(item, "seen_to", "已处理", by=cast.staff(MANAGER))


def closed(delisting):
    confirm_all(delisting)
    see_to_the_rest()
    press(MANAGER, "close_delisting", delisting, lesson=LESSON)
    delisting.refresh_from_db()
    assert delisting.status == "closed"


def test_the_sale_ends_everywhere_in_the_same_moment(sku):
    ming, store = cast.customer(), Client()
    wanted, by, home = {sku.pk: 1}, Actor.shopper(ming), make_address(ming)
    basket = Basket(home.pk, priced(wanted, ming).quote.payable_fen, lines=wanted)
    run_reactions()
    page = f"/api/v1/products/{sku.product_id}/"
    assert store.get(page).status_code == 200 and store.get("/api/v1/products/").json()["results"]

    delisted(sku)  # nothing ran since: what follows holds by the request alone

    with pytest.raises(NotOnSale):
        put_cart_line(ming, sku.pk, 1, by=by)
    with pytest.raises(NotOnSale):
        place_order(ming, basket, by=by)
    assert Offer.objects.get(sku=sku).is_stopped
    forget_at_hand()
    assert store.get(page).status_code == 404
    assert store.get("/api/v1/products/").json()["results"] == []
    assert store.get("/api/v1/home/").json()["new_arrivals"] == []


def test_each_channel_is_confirmed_against_a_clock_that_escalates(sku):
    make_calendar()
    register_channel("tmall", "platform", "天猫店", by=cast.staff(MANAGER))
    delisting = delisted(sku)
    items = work("delisted_channel")
    assert {(item.key, item.role) for item in items} == {
        ("mini_program", TECHNICIAN),
        ("tmall", TECHNICIAN),
    }
    press(TECHNICIAN, "confirm_channel", delisting.checks.get(channel="tmall"), note="")
    press(OPERATIONS, "confirm_channel", delisting.checks.get(channel="tmall"), note="看过了")
    assert delisting.checks.unconfirmed().count() == 2
    press(TECHNICIAN, "confirm_channel", delisting.checks.get(channel="tmall"), note="已下架")
    assert [item.key for item in work("delisted_channel")] == ["mini_program"]
    with turned_to(now() + timedelta(days=30)):
        sweep_timers()
        run_reactions()
    assert work("delisted_channel").get().escalated_at is not None


@pytest.mark.django_db(transaction=True)
def test_the_mini_programs_own_copy_is_fetched_until_it_is_gone(sku, settings, live_server):
    settings.PUBLIC_URL = live_server.url
    delisting = delisted(sku)
    run_reactions()
    check = delisting.checks.get(channel="mini_program")
    assert check.is_gone and check.confirmed_at is None
    confirm_all(delisting)
    assert not delisting.checks.unconfirmed().exists()


def test_what_is_left_and_the_lesson_are_work_and_nothing_closes_before(sku):
    make_order("paid", sku=sku, quantity=2)
    delisting = delisted(sku)
    assert (delisting.units_left, delisting.orders_open) == (20, 1)
    follows = {(item.reason, item.role) for item in work("delisting_follow_up")}
    assert follows == {("stock", OPERATIONS), ("orders", "service_supervisor")}
    press(MANAGER, "close_delisting", delisting, lesson=LESSON)
    confirm_all(delisting)
    press(MANAGER, "close_delisting", delisting, lesson=LESSON)
    see_to_the_rest()
    press(MANAGER, "close_delisting", delisting, lesson="　好　")
    press(OPERATIONS, "close_delisting", delisting, lesson=LESSON)
    delisting.refresh_from_db()
    assert delisting.status == "open" and work("delisting_lesson").get().role == MANAGER
    press(MANAGER, "close_delisting", delisting, lesson=LESSON)
    delisting.refresh_from_db()
    assert (delisting.status, delisting.lesson) == ("closed", LESSON)
    assert not WorkItem.objects.open().filter(kind__startswith="delist").exists()


def test_it_returns_by_a_new_review_alone(sku, oracle):
    product = sku.product
    press(OPERATIONS, "revise_product", product)
    approved = ProductRevision.objects.get(product=product, number=2)
    press(OPERATIONS, "submit_revision", approved)
    press(REVIEWER, "approve_revision", approved)
    delisting = delisted(sku)
    press(TECHNICIAN, "publish_revision", approved)
    approved.refresh_from_db()
    assert (approved.status, approved.approved_by) == ("draft", None)
    press(OPERATIONS, "submit_revision", approved)
    press(REVIEWER, "approve_revision", approved)
    press(TECHNICIAN, "publish_revision", approved)
    assert Product.objects.get(pk=product.pk).is_delisted, "its lesson is not written yet"
    closed(delisting)
    press(TECHNICIAN, "publish_revision", approved)
    assert not Product.objects.get(pk=product.pk).is_delisted
    assert make_order("paid", sku=sku).status == "paid"


def test_evidence_can_be_a_file_and_there_must_be_some(sku):
    address = reverse("desk:begin", args=["catalog.request_delisting"])
    desk = desk_of(OPERATIONS)
    values = {"product": sku.product.code, "reason": "recall", "evidence": ""}
    assert desk.post(address, values).status_code == 400
    scan = SimpleUploadedFile("召回通知.jpg", picture(), "image/jpeg")
    assert desk.post(address, {**values, "scan": scan}).status_code == 302
    delisting = Delisting.objects.get(product=sku.product)
    assert delisting.file is not None and delisting.evidence == ""
    assert desk.post(address, {**values, "evidence": "再来一次"}).status_code == 400
