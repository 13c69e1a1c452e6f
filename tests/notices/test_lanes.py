"""A mail server that takes calls and never speaks delays nobody but the mail."""

import socket
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connections

from orders.notices import ORDER_PAID
from shop.clock import turned_to
from shop.events.outbox import LANES, REACTIONS
from shop.events.relay import Relay, run_reactions
from shop.notices.actions.raising import Fact, send_notice
from shop.notices.models import NoticeSending
from tests import cast
from tests.make import make_order
from tests.notices.cases import outcomes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("F8")]
SILENCE = 3.0  # seconds that each mail waits for the server's greeting


@pytest.fixture
def _mute_mail_server(settings):
    settings.EMAIL_TIMEOUT = SILENCE
    with socket.create_server(("127.0.0.1", 0), backlog=50) as mute:
        settings.EMAIL_HOST, settings.EMAIL_PORT = mute.getsockname()
        yield


@pytest.fixture
def crew(_mute_mail_server):
    """A relay that does everything on its own threads, as while the broker is away."""

    def nobody(delivery_id):
        raise ConnectionError

    relay = Relay(hand_over=nobody)
    yield relay
    relay.close()
    connections.close_all()


@pytest.fixture
def paid(buyer):
    """An order whose customer has meanwhile allowed one message."""
    customer = buyer("不等")
    order = make_order("paid", customer=customer)
    return order, buyer("不等", "order_paid")


def tell_both(memo, paid):
    """Three mails that will hang, then one customer's message."""
    for number in range(3):
        user = cast.staff("technical_lead", f"{number}").user
        user.email = f"jishu{number}@shop.example"
        user.save()
        kind = memo(channels=("mail",), is_urgent=True)
        send_notice(kind, user, Fact(f"timer:{number}"), by=cast.SYSTEM)
    order, customer = paid
    send_notice(ORDER_PAID, customer, Fact(order.stream, key="again"), by=cast.SYSTEM)


def seconds_until_the_customer_is_told(relay):
    began = time.monotonic()
    while NoticeSending.objects.filter(channel="wechat", status="sent").count() == 0:
        relay.sweep()
        time.sleep(0.05)
        assert time.monotonic() - began < 200
    return time.monotonic() - began


@pytest.fixture(autouse=True)
def _at_this_hour():
    """The relay's threads have a clock that nobody turns."""
    with turned_to(datetime.now(UTC)):
        yield


def test_the_customer_is_told_while_the_mails_hang(memo, paid, crew):
    tell_both(memo, paid)
    assert seconds_until_the_customer_is_told(crew) < SILENCE
    assert not NoticeSending.objects.filter(channel="mail", status="sent").exists()


def test_control_in_one_lane_the_customer_waits_for_the_mail(memo, paid, crew, monkeypatch):
    together = replace(REACTIONS["notices.send_mail_out"], lane="wechat")
    monkeypatch.setitem(REACTIONS, together.name, together)
    monkeypatch.setitem(LANES, "wechat", 1)
    tell_both(memo, paid)
    assert seconds_until_the_customer_is_told(crew) > SILENCE


def test_a_dead_server_leaves_the_mail_queued(memo, engineer, settings):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        settings.EMAIL_HOST, settings.EMAIL_PORT = nobody.getsockname()
    send_notice(memo(is_urgent=True), engineer, Fact("timer:1"), by=cast.SYSTEM)
    run_reactions()
    assert outcomes(channel="mail") == [("mail", "queued", "")]
