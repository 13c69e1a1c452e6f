"""Every change in an order's life, in the order it is lived."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from catalog.actions import release_stock, take_stock
from catalog.errors import SoldOut
from catalog.models import Offer
from marketing.rules import MAX_LINE_QUANTITY, MAX_LINES
from orders import rules
from orders.errors import (
    AddressUnknown,
    CartIsEmpty,
    CartIsFull,
    NotOnSale,
    PriceChanged,
    WaybillUsed,
)
from orders.events import (
    AddressRevealed,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderPaid,
    OrderPlaced,
    OrderPushed,
    OrderRevived,
    OrderShipped,
    OrderSigned,
    PaymentDisputed,
    PaymentTimedOut,
)
from orders.models import (
    CartLine,
    DeskPush,
    Order,
    OrderLine,
    Parcel,
    Payment,
    PaymentDispute,
)
from orders.selectors import PricedBasket, priced
from shop.books.money import yuan
from shop.clock import now, today
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.identity.models import Address, Customer
from shop.records.errors import ChannelClosed
from shop.records.in_force import is_open
from shop.records.models import MINI_PROGRAM, AuditEntry
from shop.records.selectors import agreed_policies
from shop.records.trail import record

LOOK_AT_CONSIGNEE = gettext_noop("the consignee's whole address and phone")


def put_cart_line(customer: Customer, sku_id: int, quantity: int, *, by: Actor) -> CartLine:
    """Say how many of a SKU the customer means to buy; saying it again replaces it."""
    by.require("orders.put_cart_line", owner=customer.pk)
    _require_quantity(quantity)
    if not Offer.objects.on_sale().filter(sku_id=sku_id).exists():
        raise NotOnSale
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        others = CartLine.objects.filter(customer=customer).exclude(sku_id=sku_id)
        if others.count() >= MAX_LINES:
            raise CartIsFull
        line, _is_new = CartLine.objects.update_or_create(
            customer=customer,
            sku_id=sku_id,
            defaults={"quantity": quantity},
            create_defaults={"quantity": quantity, "added_at": now()},
        )
    return line


def remove_cart_line(customer: Customer, sku_id: int, *, by: Actor) -> None:
    """Take a SKU out of the cart; it may be gone already."""
    by.require("orders.remove_cart_line", owner=customer.pk)
    CartLine.objects.filter(customer=customer, sku_id=sku_id).delete()


@dataclass(frozen=True)
class Basket:
    """What a customer orders: SKUs, where to, and the amount they were shown (fen).

    Without `lines` the whole cart is meant, and emptied. `policies` (code → version) are the terms
    agreed to with the order; without them, those accepted before.
    """

    address_id: int
    payable_fen: int
    lines: Mapping[int, int] | None = None
    remark: str = ""
    policies: Mapping[str, int] | None = None
    channel: str = MINI_PROGRAM


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
        address = Address.objects.filter(pk=basket.address_id, party_id=customer.party_id).first()
        if address is None:
            raise AddressUnknown
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
        take_stock(wanted, order.number, by=Actor.system("order placed"))
    return order


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
        _require_quantity(quantity)
    return wanted


def _require_quantity(quantity: int) -> None:
    if not 0 < quantity <= MAX_LINE_QUANTITY:
        raise InvalidValue(
            fields={"quantity": [_("A quantity is from 1 to %d.") % MAX_LINE_QUANTITY]}
        )


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
            adjustments=[asdict(step) for step in line.quoted.adjustments],
        )
        for position, line in enumerate(bought.lines, start=1)
    )
    return order


def begin_payment(order: Order, *, by: Actor) -> Payment:
    """The intent to be paid, with a number that stays the same on every retry.

    A live attempt is used again until it expires; then a new number replaces it.
    """
    by.require("orders.pay_order", owner=order.customer_id)
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        if order.status != Order.Status.UNPAID:
            advance(order, "pay")  # says why not
        payment = order.payments.live().first()
        if payment is None:
            payment = Payment.objects.create(
                order=order,
                out_trade_no=rules.out_trade_no(order.number, order.payments.count() + 1),
                amount_fen=order.payable_fen,
                created_at=now(),
                expires_at=now() + rules.PAYMENT_WINDOW,
            )
    return payment


def record_prepay(payment: Payment, prepay_id: str, *, by: Actor) -> Payment:
    """WeChat Pay accepted the intent; the buyer can now pay it in the app."""
    by.require("orders.pay_order", owner=payment.order.customer_id)
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if payment.status != Payment.Status.SUCCEEDED:  # the notice may be faster than the answer
            advance(payment, "prepay")
            payment.prepay_id = prepay_id
            payment.save(update_fields=["status", "prepay_id"])
    return payment


def let_payment_time_out(order: Order, *, by: Actor) -> bool:
    """Say that the payment window closed on an order still unpaid; False when it is not."""
    by.require("orders.let_payment_time_out")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        if order.status != Order.Status.UNPAID:
            return False
        publish(PaymentTimedOut(order.pk), by=by)
    return True


def cancel_order(order: Order, why: str, *, by: Actor) -> Order:
    """Call off an unpaid order and free its stock (A4.2a).

    Whoever calls made sure that WeChat Pay can bring no more money for it (`flows.cancel_order`).
    """
    by.require("orders.cancel_order", owner=order.customer_id)
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        advance(order, "cancel")
        order.cancelled_at = now()
        order.save(update_fields=["status", "cancelled_at"])
        for payment in order.payments.live().select_for_update(no_key=True):
            advance(payment, "close")
            payment.save(update_fields=["status"])
        publish(OrderCancelled(order.pk, why), by=by)
        release_stock(order.number, by=Actor.system("order cancelled"))
    return order


@dataclass(frozen=True)
class Receipt:
    """What WeChat Pay says of a payment; amounts in fen. Unless it is paid the rest is None."""

    out_trade_no: str
    trade_state: str
    transaction_id: str | None = None
    amount_fen: int | None = None
    currency: str | None = None
    payer_openid: str | None = None


def settle_payment(receipt: Receipt, *, by: Actor) -> str:
    """Apply a verified receipt field by field; returns the outcome for the inbox.

    `paid`, or `repeat` when it was applied before, or `disputed`: then nothing is marked paid,
    and the differing fields are kept for people. A receipt that is no success is `ignored`.
    """
    by.require("orders.settle_payment")
    if receipt.trade_state != "SUCCESS":
        return "ignored"
    with transaction.atomic():
        payment = Payment.objects.filter(out_trade_no=receipt.out_trade_no).first()
        if payment is None:
            return _dispute(None, receipt, ["out_trade_no"], by)
        order = Order.objects.locked().select_related("customer").get(pk=payment.order_id)
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if payment.transaction_id == receipt.transaction_id:
            return "repeat"
        wrong = _differing(payment, order, receipt)
        if wrong:
            return _dispute(payment, receipt, wrong, by)
        _mark_paid(order, payment, receipt, by)
    return "paid"


def _differing(payment: Payment, order: Order, receipt: Receipt) -> list[str]:
    expected = {
        "amount_fen": payment.amount_fen,
        "currency": "CNY",
        "payer_openid": order.customer.openid,
    }
    wrong = rules.differing(expected, asdict(receipt))
    if order.status == Order.Status.CANCELLED:
        wrong += [] if wrong or _take_stock_again(order) else ["stock"]
    elif order.status != Order.Status.UNPAID:
        wrong.append("order_status")
    return wrong


def _take_stock_again(order: Order) -> bool:
    """Whether a cancelled order could have its units back, now that it is paid for after all."""
    wanted = dict(order.lines.values_list("sku_id", "quantity"))
    try:
        with transaction.atomic():
            take_stock(wanted, f"{order.number} again", by=Actor.system("paid after all"))
    except SoldOut:
        return False
    return True


def _dispute(payment: Payment | None, receipt: Receipt, wrong: list[str], by: Actor) -> str:
    PaymentDispute.objects.create(
        payment=payment, out_trade_no=receipt.out_trade_no, fields=wrong, found_at=now()
    )
    if payment is not None:
        publish(PaymentDisputed(payment.order_id, wrong), by=by)
    return "disputed"


def _mark_paid(order: Order, payment: Payment, receipt: Receipt, by: Actor) -> None:
    advance(payment, "succeed")
    payment.transaction_id = receipt.transaction_id
    payment.succeeded_at = now()
    payment.save(update_fields=["status", "transaction_id", "succeeded_at"])
    if order.status == Order.Status.CANCELLED:
        advance(order, "revive")
        publish(OrderRevived(order.pk), by=by)
    else:
        advance(order, "pay")
    order.paid_at = payment.succeeded_at
    order.save(update_fields=["status", "paid_at"])
    publish(OrderPaid(order.pk, payment.pk, payment.amount_fen), by=by)


def push_order(order: Order, desk: str, *, by: Actor) -> None:
    """Lay a paid order on a desk, once however often this is asked (A4.2a, OR1)."""
    by.require("orders.push_order")
    with transaction.atomic():
        _push, is_new = DeskPush.objects.get_or_create(
            order=order, desk=desk, defaults={"pushed_at": now()}
        )
        if is_new:
            publish(OrderPushed(order.pk, desk), by=by)


def confirm_order(order: Order, *, by: Actor) -> Order:
    """Accept a paid order: the promise to deliver runs (A4.2a, E-Commerce Law art. 20)."""
    by.require("orders.confirm_order")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        advance(order, "confirm")
        order.confirmed_at = now()
        order.confirmed_by = by.user
        order.save(update_fields=["status", "confirmed_at", "confirmed_by"])
        publish(OrderConfirmed(order.pk), by=by)
    return order


def ship_order(order: Order, carrier: str, waybill: str, *, by: Actor) -> Parcel:
    """Hand the goods to a carrier under a waybill (A4.2b). Raises WaybillUsed."""
    by.require("orders.ship_order")
    waybill = rules.tidy_waybill(waybill)
    if carrier not in Parcel.Carrier.values:
        raise InvalidValue(fields={"carrier": [_("Choose a carrier.")]})
    if not rules.is_waybill(waybill):
        raise InvalidValue(fields={"waybill": [_("A waybill has 8 to 30 letters and digits.")]})
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        advance(order, "ship")
        order.shipped_at = now()
        order.save(update_fields=["status", "shipped_at"])
        parcel = _write_parcel(order, carrier, waybill)
        publish(OrderShipped(order.pk, parcel.pk, carrier, waybill), by=by)
    return parcel


def _write_parcel(order: Order, carrier: str, waybill: str) -> Parcel:
    try:
        with transaction.atomic():
            return Parcel.objects.create(
                order=order, carrier=carrier, waybill=waybill, shipped_at=now()
            )
    except IntegrityError as error:
        raise WaybillUsed from error


def reveal_address(order: Order, *, by: Actor) -> None:
    """Let this person see the consignee's whole address for a few minutes, and remember that
    they looked (Personal Information Protection Law art. 51)."""
    by.require("orders.reveal_address")
    with transaction.atomic():
        publish(AddressRevealed(order.pk), by=by)
        record(AuditEntry.Kind.LOOK, order.stream, LOOK_AT_CONSIGNEE, by=by)


def sign_order(order: Order, *, by: Actor) -> Order:
    """Record that the consignee has the goods: delivered (E-Commerce Law art. 51)."""
    by.require("orders.sign_order", owner=order.customer_id)
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        advance(order, "sign")
        order.signed_at = now()
        order.save(update_fields=["status", "signed_at"])
        publish(OrderSigned(order.pk), by=by)
    return order


def complete_order(order: Order, *, by: Actor) -> Order:
    """Close a signed order whose return window has passed (Consumer Protection Law art. 25)."""
    by.require("orders.complete_order")
    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        advance(order, "complete")
        order.completed_at = now()
        order.save(update_fields=["status", "completed_at"])
        publish(OrderCompleted(order.pk), by=by)
    return order
