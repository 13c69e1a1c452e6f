"""A planned order lived by actions: what its customer does, and what the desks do for it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from random import Random

from demo.baskets import Lines, small_basket
from demo.content import specifications
from demo.notices import allow_some
from demo.people import Person, people
from demo.plan import CUSTOMERS, PlannedOrder
from demo.timeline import Act, Cast
from demo.waves import send
from marketing.rules import Wanted, quote
from orders import actions
from orders.models import Order, Payment
from shop.clock import SHANGHAI, now
from shop.identity.actions import save_address
from shop.identity.actors import Actor, Door
from shop.identity.models import Address
from shop.records.in_force import policies_in_force

SERVICE = ("kefu1", "kefu2", "kefu1", "kefu2", "kefu")
WAREHOUSE = ("cangku1", "cangku2")
CONFIRM_IN_THE_APP = 0.4  # of the consignees; the carrier reports the others
FULL_CARTS = 7
CART_SHARE = 0.4  # of the orders of several products


def purchases(orders: Sequence[PlannedOrder], cast: Cast) -> Iterator[Act]:
    """One of them, half way, got a payment notice that did not fit: finance has it to look at."""
    for place, order in enumerate(orders):
        yield from Purchase(order, cast, is_disputed=place == len(orders) // 2).acts()


def signatures(orders: Iterable[PlannedOrder], since: datetime, cast: Cast) -> Iterator[Act]:
    """What was on its way at that instant is watched from then on, and arrives."""
    for plan in orders:
        if plan.signed_at is not None and plan.signed_at >= since:
            purchase = Purchase(plan, cast)
            yield Act(since, purchase.watch)
            yield Act(plan.signed_at, purchase.sign, is_news=True)


class Purchase:
    """One planned order, from the cart to the signature."""

    def __init__(self, plan: PlannedOrder, cast: Cast, *, is_disputed: bool = False) -> None:
        self.plan = plan
        self.is_disputed = is_disputed
        self.cast = cast
        self.dice = Random(plan.waybill)

    def acts(self) -> Iterator[Act]:
        steps = (
            (self.plan.placed_at, self.place),
            (self.plan.paid_at, self.pay),
            (self.plan.confirmed_at, self.confirm),
            (self.plan.shipped_at, self.ship),
            (self.plan.signed_at, self.sign),
        )
        for at, step in steps:
            if at is None:
                return
            yield Act(at, step, is_news=step in (self.pay, self.ship))

    @cached_property
    def order(self) -> Order:
        """Once it is placed, or written."""
        return Order.objects.get(pk=self.cast.orders[self.plan.waybill])

    @property
    def shopper(self) -> Actor:
        return Actor.shopper(self.cast.customers[self.plan.person])

    def place(self) -> None:
        """One product is bought from its page; several come from the cart, or from a past order."""
        customer = self.cast.customers[self.plan.person]
        wanted = {self.cast.skus[sku]: quantity for sku, quantity in self.plan.lines}
        if by_cart := len(wanted) > 1 and self.dice.random() < CART_SHARE:
            fill_cart(self.cast, self.plan.person, self.plan.lines)
        basket = actions.Basket(
            address_id=self.address().pk,
            payable_fen=payable_fen(self.plan),
            lines=None if by_cart else wanted,
            remark=self.plan.remark,
            policies=policies_in_force(),
        )
        order = actions.place_order(customer, basket, by=self.shopper)
        self.cast.orders[self.plan.waybill] = order.pk

    def address(self) -> Address:
        """From the customer's book, written into it when it is new."""
        known = (self.plan.person, self.plan.to)
        if known not in self.cast.addresses:
            customer = self.cast.customers[self.plan.person]
            self.cast.addresses[known] = save_address(customer, self.plan.to, by=self.shopper)
        return self.cast.addresses[known]

    def pay(self) -> None:
        """As through WeChat Pay; the receipt stands for its signed notice."""
        payment = actions.begin_payment(self.order, by=self.shopper)
        prepay_id = f"wx{now().astimezone(SHANGHAI):%d%H%M%S}{self.dice.getrandbits(112):028x}"
        actions.record_prepay(payment, prepay_id, by=self.shopper)
        allow_some(self.cast.customers[self.plan.person], self.dice)
        by = Actor.system("payment notice")
        if self.is_disputed:
            short = replace(self.receipt_for(payment), amount_fen=payment.amount_fen - 100)
            actions.settle_payment(short, by=by)
        outcome = actions.settle_payment(self.receipt_for(payment), by=by)
        assert outcome == "paid", outcome

    def receipt_for(self, payment: Payment) -> actions.Receipt:
        day, serial = now().astimezone(SHANGHAI), self.dice.randrange(10**15)
        return actions.Receipt(
            out_trade_no=payment.out_trade_no,
            transaction_id=f"42000{day:%Y%m%d}{serial:015d}",
            trade_state="SUCCESS",
            amount_fen=payment.amount_fen,
            currency="CNY",
            payer_openid=self.cast.customers[self.plan.person].openid,
        )

    def confirm(self) -> None:
        actions.confirm_order(self.order, by=self.cast.staff[self.dice.choice(SERVICE)])

    def ship(self) -> None:
        by = self.cast.staff[self.dice.choice(WAREHOUSE)]
        send(self.order, self.plan.carrier.code, self.plan.waybill, by)

    def watch(self) -> None:
        """As everything is that has left the house."""
        actions.watch_parcel(self.order.parcels.get(), by=Actor.system("parcel under way"))

    def sign(self) -> None:
        """The customer says so in the app, or the carrier reports it."""
        reported = Actor.system("the carrier reports the signature", Door.VENDOR)
        in_the_app = self.dice.random() < CONFIRM_IN_THE_APP
        actions.sign_order(self.order, by=self.shopper if in_the_app else reported)


def payable_fen(plan: PlannedOrder) -> int:
    """What the customer is shown before ordering."""
    sheets = specifications()
    wanted = [
        Wanted(number, quantity, sheets[sku].price_fen, sheets[sku].member_price_fen)
        for number, (sku, quantity) in enumerate(plan.lines)
    ]
    return quote(wanted, is_member=plan.person.is_member).payable_fen


def fill_cart(cast: Cast, person: Person, lines: Lines) -> None:
    customer = cast.customers[person]
    for sku, quantity in lines:
        actions.put_cart_line(customer, cast.skus[sku], quantity, by=Actor.shopper(customer))


def full_carts(at: datetime, cast: Cast) -> Iterator[Act]:
    """Some customers are still thinking about it."""
    dice = Random("颐禾堂:carts")
    for person in dice.sample(list(people(CUSTOMERS)), FULL_CARTS):
        lines = small_basket(dice) + small_basket(dice)
        think = partial(fill_cart, cast, person, lines)
        yield Act(at - timedelta(minutes=dice.randint(1, 50)), think)
