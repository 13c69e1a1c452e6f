"""Orders that were really paid at the simulated WeChat Pay, and what its books say of them."""

from catalog.models import Sku
from orders import flows
from orders.actions import confirm_order, ship_order, sign_order
from orders.models import Order, Refund
from shop.events.relay import run_reactions
from shop.identity.actions import join_if_new
from shop.identity.actors import Actor
from shop.identity.models import Customer
from shop.vendors.wechat.simulator.remote import Remote
from tests import cast
from tests.make import STEPS, make_case, make_order


def buyer_of(wechat: Remote, name: str = "ming") -> Customer:
    return join_if_new(wechat.login_code(name)[1], by=cast.SYSTEM)


def paid_at_wechat(
    wechat: Remote, status: str = "paid", *, sku: Sku | None = None, quantity: int = 1
) -> Order:
    """Ming's order, paid in the app, the payment found by asking; lived up to this state."""
    customer = buyer_of(wechat)
    order = make_order("unpaid", customer=customer, sku=sku, quantity=quantity)
    wechat.set_faults(drop_notices=True)
    wechat.pay("ming", flows.pay_order(order, by=Actor.shopper(customer)))
    flows.ask_about_payment(order.payments.get(), by=cast.SYSTEM)
    wechat.set_faults(drop_notices=False)
    live = {
        "confirmed": lambda: confirm_order(order, by=cast.staff("service_agent")),
        "shipped": lambda: ship_order(
            order, "SF", f"SF{order.pk:012d}", by=cast.staff("warehouse")
        ),
        "signed": lambda: sign_order(order, by=Actor.shopper(customer)),
    }
    for step in STEPS[2 : STEPS.index(status) + 1]:
        live[step]()
    run_reactions()
    order.refresh_from_db()
    return order


def asked_back(order: Order, quantity: int = 1):
    return make_case(order, quantity)


def books_of(wechat: Remote, order: Order) -> list[dict]:
    """WeChat Pay's entries of this order's refunds."""
    trades = [t for t in wechat.transactions() if t["out_trade_no"].startswith(order.number)]
    return [refund for trade in trades for refund in trade["refunds"]]


def trades_since(wechat: Remote, before: int) -> list[dict]:
    return wechat.transactions()[before:]


def only_refund() -> Refund:
    return Refund.objects.get()
