"""receive_message and mark_applied: stored once, word for word."""

import pytest

from shop.errors import NotAllowed
from shop.events.actions import mark_applied, receive_message
from shop.events.models import Delivery, EventLog, InboxMessage
from tests import cast

pytestmark = pytest.mark.django_db


def receive(raw=b"{}", number="n1"):
    return receive_message("wechatpay", number, raw, by=cast.SYSTEM)


def test_a_message_is_stored_once_and_owed_its_application_once():
    assert [receive(), receive(), receive(number="n2")] == [True, False, True]
    first = InboxMessage.objects.get(external_id="n1")
    assert (bytes(first.raw), first.repeats) == (b"{}", 1)
    assert EventLog.objects.filter(kind="events.MessageReceived").count() == 2
    assert Delivery.objects.filter(reaction="orders.apply_payment_notice").count() == 2


def test_another_body_under_the_same_number_is_announced():
    receive()
    assert receive(b'{"other": 1}') is False
    assert bytes(InboxMessage.objects.get().raw) == b"{}"
    assert EventLog.objects.filter(kind="events.MessageContradicted").count() == 1


def test_its_outcome_is_recorded():
    receive()
    mark_applied(InboxMessage.objects.get(), "paid", by=cast.SYSTEM)
    message = InboxMessage.objects.get()
    assert message.outcome == "paid"
    assert message.applied_at is not None


def test_people_put_nothing_into_the_inbox():
    for by in (cast.shopper(), cast.staff("technical_lead")):
        with pytest.raises(NotAllowed):
            receive_message("wechatpay", "n", b"", by=by)
    assert not InboxMessage.objects.exists()
