"""hear_of_receipt and record_receipt: who confirms in WeChat's own pages has signed for it."""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha1

import pytest
from django.test import Client

from orders import flows
from orders.actions import hear_of_receipt, record_receipt, sign_order
from orders.models import Order
from shop.clock import now, turned_to
from shop.doors.health import refused
from shop.errors import NotAllowed
from shop.events.models import EventLog, InboxMessage
from shop.events.relay import run_reactions
from shop.identity.actors import Actor
from tests import cast
from tests.orders.test_shipping_info import ship
from tests.orders.wechat_money import paid_at_wechat

pytestmark = pytest.mark.django_db
TOKEN = "push-token-51c0"
HOOK = "/hooks/wechat/"


@pytest.fixture
def managed(wechat, settings):
    settings.WECHAT = replace(settings.WECHAT, is_trade_managed=True, push_token=TOKEN)
    return wechat


@pytest.fixture
def order(managed):
    order = paid_at_wechat(managed, "confirmed")
    ship(order)
    return order


def number_of(order):
    return order.payments.get(status="succeeded").transaction_id


def signed(token=TOKEN, at=None, nonce="n1"):
    """The query of a push, as WeChat signs it: SHA-1 over token, time and number, sorted."""
    timestamp = str(int((at or now()).timestamp()))
    sign = sha1("".join(sorted((token, timestamp, nonce))).encode()).hexdigest()
    return f"?signature={sign}&timestamp={timestamp}&nonce={nonce}"


def push(body, query=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Client().post(HOOK + (query or signed()), raw, content_type="application/json")
    return answer.status_code, answer.content


def status():
    return Order.objects.get().status


def test_who_confirms_in_wechat_has_signed(order, managed, oracle):
    told = managed.confirm_receipt(number_of(order))
    assert push(told) == (200, b"success")
    assert status() == "shipped", "answering comes before asking"
    run_reactions()
    assert status() == "signed"
    assert InboxMessage.objects.get(source="wechat").outcome == "asked"
    signing = EventLog.objects.get(kind="orders.OrderSigned")
    assert signing.stream == order.stream


def test_pushed_three_times_it_is_signed_once(order, managed):
    told = managed.confirm_receipt(number_of(order))
    for nonce in "abc":
        assert push(told, signed(nonce=nonce))[0] == 200
    run_reactions()
    assert InboxMessage.objects.get(source="wechat").repeats == 2
    assert EventLog.objects.filter(kind="orders.OrderSigned").count() == 1


def test_a_push_is_a_hint_and_wechats_answer_decides(order, managed):
    """Nobody signs for an order by pushing: the customer has confirmed nothing yet."""
    lie = {
        "Event": "trade_manage_order_settlement",
        "transaction_id": number_of(order),
        "confirm_receive_method": 2,
    }
    assert push(lie)[0] == 200
    run_reactions()
    assert status() == "shipped"


def test_after_the_customer_signed_with_us_nothing_changes(order, managed):
    told = managed.confirm_receipt(number_of(order))
    sign_order(order, by=Actor.shopper(order.customer))
    push(told)
    run_reactions()
    assert EventLog.objects.filter(kind="orders.OrderSigned").count() == 1
    assert record_receipt(order, by=cast.SYSTEM) is False


def test_while_wechat_is_away_it_is_asked_again(order, managed):
    told = managed.confirm_receipt(number_of(order))
    push(told)
    managed.set_faults(shipping_errcode=-1)
    run_reactions()
    assert status() == "shipped"
    managed.clear_faults()
    with turned_to(now() + timedelta(hours=1)):
        run_reactions()
    assert status() == "signed"


@pytest.mark.parametrize(
    ("query", "body", "answer"),
    [
        (lambda: signed("another token"), {}, 401),
        (lambda: signed(at=now() - timedelta(minutes=6)), {}, 401),
        (lambda: signed("", nonce="n"), {}, 401),
        (lambda: "", {}, 401),
        (lambda: signed(), b"<xml></xml>", 400),
        (lambda: signed(), {"Event": "trade_manage_order_settlement"}, 400),
        (lambda: signed(), b"x" * 70_000, 413),
    ],
)
def test_what_is_not_believed_leaves_no_trace(managed, query, body, answer):
    counted = refused("forged") + refused("bad")
    assert push(body, query() or "?x=1")[0] == answer
    assert not InboxMessage.objects.filter(source="wechat").exists()
    assert refused("forged") + refused("bad") == counted + 1


def test_without_a_token_nothing_is_believed(managed, settings):
    settings.WECHAT = replace(settings.WECHAT, push_token="")
    assert push({"Event": "x"}, signed(""))[0] == 401


def test_wechats_console_proves_the_address_with_an_echo(managed):
    assert Client().get(HOOK + signed() + "&echostr=4711").content == b"4711"
    assert Client().get(HOOK + signed("another") + "&echostr=4711").status_code == 401


def test_what_is_none_of_ours_or_of_something_else_changes_nothing(managed):
    push({"Event": "trade_manage_remind_shipping", "msg": "48"})
    push({"Event": "trade_manage_order_settlement", "transaction_id": "42000000000000000000"})
    run_reactions()
    outcomes = InboxMessage.objects.filter(source="wechat").values_list("outcome", flat=True)
    assert sorted(outcomes) == ["ignored", "unknown"]


def test_only_the_system_hears_and_records(order):
    by = cast.staff("service_agent")
    with pytest.raises(NotAllowed):
        hear_of_receipt(number_of(order), by=by)
    with pytest.raises(NotAllowed):
        record_receipt(order, by=by)
    assert flows.ask_about_receipt(order, by=cast.SYSTEM) is False
