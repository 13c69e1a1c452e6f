"""Making the contract."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.actions import take_stock
from marketing.rules import MAX_LINES
from orders import rules
from orders.actions.words import OF_THE_WORDS, note_words
from orders.errors import (
    AddressUnknown,
    CartIsEmpty,
    CartIsFull,
    PriceChanged,
    QuantityRefused,
)
from orders.events import (
    OrderPlaced,
)
from orders.models import (
    CartLine,
    Order,
    OrderLine,
)
from orders.selectors import PricedBasket, priced
from shop.books.money import yuan
from shop.clock import now, today
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.identity.models import Address, Customer
from shop.records.errors import ChannelClosed
from shop.records.in_force import is_open
from shop.records.models import MINI_PROGRAM
from shop.records.selectors import agreed_policies


@dataclass(frozen=True)
class Basket:
    """What a customer orders: SKUs, where to, and the amount they were shown (fen).

    Without `lines` the whole cart is meant, and emptied. `policies` (code → version) are the terms
    agreed to with the order; without them, those accepted before. `words` is the content check's
    verdict on the remark.
    """

    address_id: int
    payable_fen: int
    lines: Mapping[int, int] | None = None
    remark: str = ""
    policies: Mapping[str, int] | None = None
    channel: str = MINI_PROGRAM
    words: str = "pass"


def place_order(customer: Customer, basket: Basket, *, by: Actor) -> Order:
    """Make the contract: price frozen line by line, stock taken, all or nothing (A4.2a).

    Charges exactly `basket.payable_fen` or raises PriceChanged. Raises SoldOut, NotOnSale,
    AddressUnknown, CartIsEmpty, PolicyOutdated, ChannelClosed. One transaction; the hot stock
    rows come last.
    """
    by.require("orders.place_order", owner=customer.pk)
    if basket.channel != MINI_PROGRAM and not is_open(basket.channel):
        raise ChannelClosed
    policies = agreed_policies(customer, basket.policies)
    with transaction.atomic():
        address = _held_address(customer, basket.address_id)
        wanted = _wanted(customer, basket)
        bought = priced(wanted, customer)
        if bought.quote.payable_fen != basket.payable_fen:
            raise PriceChanged(
                _("The amount is now %(yuan)s.") % {"yuan": yuan(bought.quote.payable_fen)}
            )
        order = _write_order(customer, address, bought, basket, policies)
        if basket.lines is None:
            CartLine.objects.filter(customer=customer).delete()
        publish(OrderPlaced(order.pk, order.payable_fen, sum(wanted.values())), by=by)
        note_words(order, None, basket.words, by=OF_THE_WORDS)
        take_stock(wanted, order.number, by=Actor.system("order placed"))
    return order


def _held_address(customer: Customer, address_id: int) -> Address:
    """Locked: an erasure of the customer waits for this order, or this order finds no address."""
    book = Address.objects.select_for_update(no_key=True).filter(party_id=customer.party_id)
    address = book.filter(pk=address_id).first()
    if address is None:
        raise AddressUnknown
    return address


def _wanted(customer: Customer, basket: Basket) -> dict[int, int]:
    if basket.lines is None:
        cart = CartLine.objects.filter(customer=customer).order_by("pk")
        wanted = dict(cart.values_list("sku_id", "quantity"))
    else:
        wanted = dict(basket.lines)
    if not wanted:
        raise CartIsEmpty
    if len(wanted) > MAX_LINES:
        raise CartIsFull
    for quantity in wanted.values():
        if not rules.is_quantity(quantity):
            raise QuantityRefused
    return wanted


def _write_order(
    customer: Customer,
    address: Address,
    bought: PricedBasket,
    basket: Basket,
    policies: dict[str, int],
) -> Order:
    order = Order.objects.create(
        number=rules.fresh_number(today()),
        customer=customer,
        list_fen=bought.quote.list_fen,
        payable_fen=bought.quote.payable_fen,
        remark=basket.remark,
        channel_id=basket.channel,
        policies=policies,
        recipient=address.recipient,
        phone=address.phone,
        province=address.province,
        city=address.city,
        district=address.district,
        street=address.street,
        placed_at=now(),
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            sku=line.offer.sku,
            revision=line.revision,
            title=line.revision.title,
            specification=line.offer.sku.name,
            quantity=line.quoted.quantity,
            list_fen=line.quoted.list_fen,
            payable_fen=line.quoted.payable_fen,
            vat_bp=line.offer.sku.vat_bp,
            adjustments=[asdict(step) for step in line.quoted.adjustments],
        )
        for position, line in enumerate(bought.lines, start=1)
    )
    return order
