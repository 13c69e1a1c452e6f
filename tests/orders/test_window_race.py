"""The payment window closes while the buyer pays, within 5 ms: one of the two, never both (A4)."""

import random
import time
from collections import Counter
from functools import partial

import pytest

from catalog.errors import SoldOut
from catalog.models import Offer
from orders import flows
from orders.actions import begin_payment, cancel_order, settle_payment
from orders.models import Order, OrderQuerySet, Payment
from orders.rules import PAYMENT_WINDOW
from shop.clock import now, turned_to
from shop.errors import DomainError
from shop.events.relay import run_reactions
from shop.identity.actions import join_if_new
from shop.identity.actors import Actor
from shop.timing.sweeper import sweep_timers
from shop.vendors.wechat.simulator.remote import Declined
from tests import cast
from tests.make import make_order, make_sku, receipt_for
from tests.oracle.judging import breaches
from tests.timing.belfry import on_threads

pytestmark = pytest.mark.django_db(transaction=True)


def later(lead, act):
    """Do it `lead` seconds (or at once) after the starting gun."""
    return lambda: (time.sleep(max(0, lead)), act())


# a buyer in the WeChat app against sweeper and canceller, through WeChat Pay's own doors


@pytest.fixture
def ming(wechat):
    wechat.set_faults(drop_notices=True)
    return join_if_new(wechat.login_code("ming")[1], by=cast.SYSTEM)


def pay_and_notify(wechat, parameters):
    """The buyer pays; what the notice says is applied at once. A closed payment is declined."""
    try:
        paid = wechat.pay("ming", parameters)
    except Declined:
        return
    payment = Payment.objects.get(out_trade_no=paid["out_trade_no"])
    receipt = receipt_for(payment, transaction_id=paid["transaction_id"])
    settle_payment(receipt, by=cast.SYSTEM)


def end_the_window():
    with turned_to(now() + PAYMENT_WINDOW):
        sweep_timers()
        run_reactions()


def call_off(order):
    try:
        flows.cancel_order(order, "customer", by=Actor.shopper(order.customer))
    except DomainError:
        assert Order.objects.get(pk=order.pk).status == "paid"


def one_window(wechat, ming, sku, lead, by_hand) -> str:
    """Both at once, the end `lead` seconds after the buyer; how the order ended.

    The window ends by the sweeper, or the customer ends it on another device (`by_hand`).
    """
    order = make_order("unpaid", customer=ming, sku=sku)
    parameters = flows.pay_order(order, by=Actor.shopper(ming))
    run_reactions()
    buyer = partial(pay_and_notify, wechat, parameters)
    end = partial(call_off, order) if by_hand else end_the_window
    on_threads(later(-lead, buyer), later(lead, end))
    end_the_window()
    order.refresh_from_db()
    return order.status


def windows(wechat, ming, oracle, rounds) -> Counter:
    """Calls to WeChat Pay take a while: half of the leads are spread around that."""
    sku, dice = make_sku(stock=rounds), random.Random(4)
    ended: Counter = Counter()
    before = len(wechat.transactions())
    for n in range(rounds):
        lead = dice.uniform(-0.005, 0.005) - (0.03 if n % 2 else 0)
        ended[one_window(wechat, ming, sku, lead, by_hand=n % 4 > 1)] += 1
    assert set(ended) <= {"paid", "cancelled"}
    assert Offer.objects.get(sku=sku).available == rounds - ended["paid"]
    oracle["trades"] = wechat.transactions()[before:]
    return ended


@pytest.mark.fault("A4")
@pytest.mark.fault("C16")
def test_cancelling_against_paying(wechat, ming, oracle):
    assert sum(windows(wechat, ming, oracle, 24).values()) == 24


@pytest.mark.soak
@pytest.mark.fault("A4")
def test_five_hundred_windows(wechat, ming, oracle, capsys):
    ended: list = windows(wechat, ming, oracle, 500)
    with capsys.disabled():
        print(f"\nA4: 500 orders cancelled while the buyer paid, ± 5 ms, seed 4: {dict(ended)}")
    assert min(ended["paid"], ended["cancelled"]) > 0, "both ends were met"


# the same without WeChat between, and somebody else wants the last unit


def outcome_of(act, *accepted):
    try:
        return act()
    except accepted as refusal:
        return type(refusal).__name__


def last_unit(n) -> tuple[str, str, str]:
    """Money comes, the window ends and a rival orders, all within 5 ms, for the last unit."""
    sku, rival = make_sku(stock=1), cast.customer("hua")
    order = make_order("unpaid", sku=sku)
    payment = begin_payment(order, by=cast.shopper())
    dice, told = random.Random(n), {}

    def pay():
        told["money"] = settle_payment(receipt_for(payment), by=cast.SYSTEM)

    def end():
        cancel = partial(cancel_order, order, "timeout", by=cast.SYSTEM)
        told["window"] = outcome_of(cancel, DomainError) and "over"

    def snap_up():
        buy = partial(make_order, "unpaid", customer=rival, sku=sku)
        told["rival"] = "SoldOut" if outcome_of(buy, SoldOut) == "SoldOut" else "bought"

    on_threads(*(later(dice.uniform(0, 0.005), act) for act in (pay, end, snap_up)))
    order.refresh_from_db()
    return order.status, told["money"], told["rival"]


ENDINGS = {("paid", "paid", "SoldOut"), ("cancelled", "disputed", "bought")}


@pytest.mark.fault("A4")
def test_the_last_unit_is_paid_for_or_given_back_never_both(oracle):
    cast.customer("hua")
    endings = Counter(last_unit(n) for n in range(40))
    run_reactions()
    assert set(endings) <= ENDINGS


@pytest.mark.soak
@pytest.mark.fault("A4")
def test_five_hundred_last_units(oracle, capsys):
    endings = Counter(last_unit(n) for n in range(500))
    run_reactions()
    with capsys.disabled():
        print(f"\nA4: 500 last units, paid within 5 ms of the window's end: {dict(endings)}")
    assert set(endings) <= ENDINGS


@pytest.mark.fault("A4")
def test_the_control_without_the_orders_lock_sells_what_it_gave_back(monkeypatch):
    """The window ends between the reading and the writing of whoever books the money."""
    order = make_order("unpaid")
    payment = begin_payment(order, by=cast.shopper())
    rivals = [partial(cancel_order, order, "timeout", by=cast.SYSTEM)]

    class Unlocked(OrderQuerySet):
        def get(self, *args, **kwargs):
            found = super().get(*args, **kwargs)
            if rivals:
                on_threads(rivals.pop())
            return found

    monkeypatch.setattr(
        Order.objects.__class__, "locked", lambda manager: Unlocked(Order, using="default")
    )
    assert settle_payment(receipt_for(payment), by=cast.SYSTEM) == "paid"
    monkeypatch.undo()
    order.refresh_from_db()
    assert order.status == "paid"
    wrong = {name for name, *_ in breaches()}
    assert wrong == {"orders.orders_hold_their_stock"}, "the rig must be able to see the fault"
