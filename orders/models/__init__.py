"""Carts, orders and their frozen lines, payments, parcels."""

from orders.models.carts import CartLine
from orders.models.fulfilment import DeskPush, Parcel
from orders.models.orders import (
    CONFIRM_CLOCK,
    PAYMENT_REMINDER,
    PAYMENT_TIMEOUT,
    SHIP_CLOCK,
    SHIPPED_NOTICE,
    Order,
    OrderLine,
    OrderQuerySet,
)
from orders.models.payments import Payment, PaymentDispute, PaymentQuerySet

__all__ = [
    "CONFIRM_CLOCK",
    "PAYMENT_REMINDER",
    "PAYMENT_TIMEOUT",
    "SHIPPED_NOTICE",
    "SHIP_CLOCK",
    "CartLine",
    "DeskPush",
    "Order",
    "OrderLine",
    "OrderQuerySet",
    "Parcel",
    "Payment",
    "PaymentDispute",
    "PaymentQuerySet",
]
