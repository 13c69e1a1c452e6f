"""OR3: parcels are tracked, their customers see it, and stray ones become cases by themselves.

Told over HTTP: 快递100 pushes to our hook, and the customer asks on the phone.
"""

import time

import pytest
import requests

from orders.models import Order, TrackingScan
from shop.events.models import InboxMessage
from shop.events.relay import run_reactions
from shop.vendors.carriers.simulator.pushes import push_body
from shop.work.models import WorkItem
from tests.make import make_order
from tests.orders.wechat_money import buyer_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ming(phone, wechat, carriers):
    return phone("ming")


@pytest.fixture
def order(ming, wechat):
    """On its way with SF, which was asked to push its news."""
    order = make_order("shipped", customer=buyer_of(wechat))
    run_reactions()
    return order


def scanned(carriers, order, code, text):
    """The courier scans, 快递100 pushes, our hook has it, the relay has applied it."""
    before = InboxMessage.objects.count()
    carriers.scan("shunfeng", order.parcels.get().waybill, code, text)
    until(lambda: InboxMessage.objects.count() > before)
    run_reactions()


def until(is_so, seconds=60):
    give_up = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up, "it did not come"
        time.sleep(0.05)


def tracking(ming, order):
    [parcel] = ming.get(f"orders/{order.number}/tracking/")
    return parcel


@pytest.mark.article("OR3", "A4.2c")
def test_from_the_scanner_to_the_signature(ming, order, carriers):
    """Service tracks and tells the customer: every scan is on the phone as it comes."""
    assert tracking(ming, order)["scans"] == []

    scanned(carriers, order, "1", "已揽收")
    scanned(carriers, order, "5", "派送中")
    told = tracking(ming, order)
    assert told["state"] == "delivering"
    assert [scan["text"] for scan in told["scans"]] == ["派送中", "已揽收"]

    scanned(carriers, order, "3", "已签收")
    assert ming.get(f"orders/{order.number}/")["status"] == "signed"


@pytest.mark.article("OR3", "A4.2c", "C7.3")
@pytest.mark.parametrize(("code", "reason"), [("14", "refused"), ("6", "returning"), ("2", "lost")])
def test_a_stray_parcel_is_a_case_by_itself(ming, order, carriers, code, reason):
    scanned(carriers, order, code, "快件遗失" if reason == "lost" else "异常")
    case = WorkItem.objects.get(kind="parcel_trouble", subject=order.stream)
    assert (case.reason, case.role, case.is_open) == (reason, "service_agent", True)
    assert case.clock is not None


@pytest.mark.article("OR3", "A4.2c")
def test_nobody_walks_round_it_with_a_forged_push(ming, order, carriers, live_server):
    """Without our salt a push signs for nothing, and leaves no trace."""
    scan = {"time": "2026-11-22 10:00:00", "context": "已签收", "statusCode": "3"}
    track = {"com": "shunfeng", "nu": order.parcels.get().waybill, "state": "3", "data": [scan]}
    for salt in ("", "guessed"):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = requests.post(
            f"{live_server.url}/hooks/tracking/SF/",
            push_body(track, salt),
            headers=form,
            timeout=20,
        )
        assert answer.status_code == 401
    run_reactions()
    assert not TrackingScan.objects.exists()
    assert Order.objects.get(pk=order.pk).status == "shipped"


@pytest.mark.article("OR3", "A4.2c")
def test_nobody_sees_another_ones_parcels(ming, order, phone):
    phone("hua").get(f"orders/{order.number}/tracking/", 404)
