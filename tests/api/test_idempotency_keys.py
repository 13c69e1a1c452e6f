"""Idempotency-Key: one effect, one answer, byte for byte."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from catalog.models import Offer
from orders.actions import placing
from orders.flows import payments as flows
from orders.models import Order, Payment
from shop.clock import now, turned_to
from shop.doors.api.keys import forget_old_keys
from shop.doors.models import IdempotencyKey
from shop.identity.actions import sign_in_customer
from tests import cast
from tests.api.conftest import Device, device_of
from tests.make import make_address, make_order, make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def sku(db):
    return make_sku(stock=3)


@pytest.fixture
def body(sku):
    address = make_address(cast.customer())
    line = {"sku": sku.pk, "quantity": 1}
    return {"address": address.pk, "payable_fen": 12_800, "lines": [line]}


def place(device, body, key=None):
    headers = {"Idempotency-Key": uuid4().hex if key is None else key}
    return device.post("/api/v1/orders/", body, format="json", headers=headers)


@pytest.mark.fault("A9")
def test_a_double_tap_orders_once_and_hears_the_same(ming, body, sku):
    key = uuid4().hex
    first, second = place(ming, body, key), place(ming, body, key)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert Order.objects.count() == 1
    assert Offer.objects.get(sku=sku).available == 2
    assert place(ming, body).json()["number"] != first.json()["number"]


@pytest.mark.fault("A9")
@pytest.mark.parametrize("key", ["", "short", "x" * 256, "x" * 15, "钥匙" * 10, "a\tb" * 10])
def test_a_key_that_is_none_orders_nothing(ming, body, key):
    answer = place(ming, body, key.encode() if not key.isascii() else key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not Order.objects.exists()


@pytest.mark.fault("A9")
@pytest.mark.parametrize("key", ["x" * 16, "x" * 255, "a b~!" * 4])
def test_the_shortest_and_the_longest_are_keys(ming, body, key):
    assert place(ming, body, key).status_code == 201


@pytest.mark.fault("A9")
@pytest.mark.parametrize("step", ["pay", "cancel"])
def test_steps_that_ask_wechat_want_a_key_too(ming, body, step):
    number = place(ming, body).json()["number"]
    for key in ("", "x" * 15):
        answer = ming.post(f"/api/v1/orders/{number}/{step}/", headers={"Idempotency-Key": key})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not Payment.objects.exists()
    assert Order.objects.get().status == "unpaid"


@pytest.mark.fault("A9")
def test_the_same_key_for_another_body_changes_nothing_at_wechat_either(wechat, ming, body):
    number, key = place(ming, body).json()["number"], {"Idempotency-Key": uuid4().hex}
    path = f"/api/v1/orders/{number}/cancel/"
    assert ming.post(path, {}, format="json", headers=key).status_code == 200
    answer = ming.post(path, {"why": "another"}, format="json", headers=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "key-reused")
    assert Order.objects.get().status == "cancelled"


@pytest.mark.fault("A9")
def test_the_same_key_for_another_request_is_refused(ming, body):
    key = uuid4().hex
    place(ming, body, key)
    answer = place(ming, body | {"remark": "放门口"}, key)
    assert (answer.status_code, answer.json()["code"]) == (422, "key-reused")
    assert Order.objects.count() == 1


def test_a_refusal_leaves_no_key_behind(ming, body):
    key = uuid4().hex
    assert place(ming, body | {"payable_fen": 1}, key).status_code == 409
    assert not IdempotencyKey.objects.exists()
    assert place(ming, body, key).status_code == 201


def test_keys_belong_to_who_uses_them(ming, hua, body):
    key = uuid4().hex
    place(ming, body, key)
    answer = place(hua, body, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "address-unknown")


@pytest.mark.fault("D11")
def test_a_process_that_dies_before_its_reply_is_answered_by_the_retry(ming, body, oracle):
    """Killed between commit and reply: to the client it looks like this."""
    key = uuid4().hex
    place(ming, body, key)  # the reply is lost
    retried = place(ming, body, key)
    assert retried.json()["number"] == Order.objects.get().number


def test_what_dies_before_its_commit_leaves_neither_order_nor_key(ming, body, monkeypatch):
    def die(*args, **kwargs):
        raise RuntimeError("killed")

    monkeypatch.setattr(placing, "take_stock", die)
    with pytest.raises(RuntimeError):
        place(ming, body, uuid4().hex)
    assert not Order.objects.exists()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("A9")
def test_twenty_at_once_with_one_key_make_one_order(body, sku, oracle):
    key, answers, barrier = uuid4().hex, [], threading.Barrier(20, timeout=60)
    devices = [device_of("ming") for _ in range(20)]

    def tap(device):
        barrier.wait()
        answers.append(place(device, body, key))
        connection.close()

    taps = [threading.Thread(target=tap, args=(device,)) for device in devices]
    for thread in taps:
        thread.start()
    for thread in taps:
        thread.join(120)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Order.objects.count() == 1
    assert Offer.objects.get(sku=sku).available == 2


def test_paying_resumes_where_it_stopped_and_repeats_its_answer(wechat, monkeypatch):
    customer, token = sign_in_customer(wechat.login_code("ming")[1], by=cast.SYSTEM)
    ming = Device(headers={"Authorization": f"Bearer {token}"})
    order = make_order("unpaid", customer=customer)
    key = {"Idempotency-Key": uuid4().hex}
    path = f"/api/v1/orders/{order.number}/pay/"
    with monkeypatch.context() as broken:
        broken.setattr(flows.actions, "record_prepay", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ming.post(path, headers=key)
    assert Payment.objects.get().status == "intended"
    first, second = ming.post(path, headers=key), ming.post(path, headers=key)
    assert first.status_code == 200, first.content
    assert first.content == second.content
    assert Payment.objects.get().status == "prepaid"
    assert wechat.calls()["POST /v3/pay/transactions/jsapi"] >= 2


def test_the_stored_answer_is_unreadable_in_the_database(ming, body):
    place(ming, body)
    number = Order.objects.get().number
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM doors_idempotencykey")
        assert number.encode() not in bytes(cursor.fetchone()[0])


def test_keys_are_forgotten_after_a_week(ming, body):
    place(ming, body)
    assert forget_old_keys() == 0
    with turned_to(now() + timedelta(days=7, minutes=1)):
        assert forget_old_keys() == 1
