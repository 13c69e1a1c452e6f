"""C6.1.2: money over the limit goes back with a second person's yes, whichever way it is asked.

Told at the desks; the relay carries out what was approved.
"""

import pytest

from orders.actions import settle_payment
from orders.models import PaymentDispute, Refund
from shop.events.models import EventLog
from shop.events.relay import run_reactions
from shop.work.models import Approval, WorkItem
from tests import cast
from tests.doors.conftest import desk_of
from tests.make import make_order, make_sku, receipt_for

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
PRICE = 60_000


def press(client, name, row, **values):
    return client.post(f"/admin/desk/act/{name}/{row.pk}/", values, headers=JSON)


def paid_twice():
    """¥600 came a second time for the same order."""
    order = make_order("paid", sku=make_sku(price_fen=PRICE))
    second = receipt_for(order.payments.get(), transaction_id=f"43{order.pk:026}")
    settle_payment(second, by=cast.SYSTEM)
    run_reactions()
    return PaymentDispute.objects.get(payment__order=order)


@pytest.mark.article("OR6", "C6.1.2", "B3.2.1")
def test_a_second_payment_goes_back_when_another_post_has_agreed():
    # Given money that is not ours, at the desk of finance, and a supervisor who may approve
    clerk, chief = desk_of("finance"), desk_of("service_supervisor")
    dispute = paid_twice()
    assert WorkItem.objects.open().get(kind="payment_dispute").role == "finance"

    # When finance gives it back
    told = press(clerk, "orders.refund_dispute", dispute).json()["message"]

    # Then nothing goes out: it lies before the supervisor, with the amount and the payment
    assert "已提交他人审批" in told
    assert not Refund.objects.exists()
    queue = chief.get("/admin/desk/approvals/").content.decode()
    assert "600.00" in queue and dispute.out_trade_no in queue

    # When the supervisor agrees, it goes by itself, once
    approval = Approval.objects.get()
    assert press(chief, "work.approve", approval).status_code == 200
    run_reactions()
    assert Refund.objects.get().amount_fen == PRICE

    # And the order's page tells the money's way to whoever may see money
    page = clerk.get(f"/admin/orders/order/{dispute.payment.order_id}/change/").content.decode()
    assert Refund.objects.get().out_refund_no in page


@pytest.mark.article("OR6", "C6.1.2")
def test_walked_round_neither_alone_nor_in_pieces_nor_by_address():
    # Given a clerk of finance who holds the approving post as well
    clerk = desk_of("finance")
    dispute = paid_twice()
    press(clerk, "orders.refund_dispute", dispute)
    approval = Approval.objects.get()

    # When the clerk approves at the address what they asked for, or another without the right does
    for client in (clerk, desk_of("finance", "2"), desk_of("warehouse")):
        assert press(client, "work.approve", approval).status_code in {403, 404, 409}

    # Or asks again, and again
    assert press(clerk, "orders.refund_dispute", dispute).status_code == 200
    assert (Approval.objects.count(), Refund.objects.count()) == (1, 0)

    # Or calls the step behind the approval
    assert press(clerk, "orders.refund_approved_dispute", dispute).status_code == 404

    # Then no money has moved, and the attempt is a fact
    assert not Refund.objects.exists()
    blocked = EventLog.objects.filter(kind="work.ApprovalBlocked")
    assert [fact.data["code"] for fact in blocked] == ["own-approval"] + ["not-your-decision"] * (
        blocked.count() - 1
    )
