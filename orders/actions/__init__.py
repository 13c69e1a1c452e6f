"""Every change in an order's life."""

from orders.actions.carts import put_cart_line, remove_cart_line
from orders.actions.fulfilment import (
    complete_order,
    confirm_order,
    open_exception,
    push_order,
    reveal_address,
    ship_order,
    sign_order,
)
from orders.actions.payments import (
    Receipt,
    begin_payment,
    cancel_order,
    let_payment_time_out,
    record_prepay,
    settle_payment,
)
from orders.actions.placing import Basket, place_order

__all__ = [
    "Basket",
    "Receipt",
    "begin_payment",
    "cancel_order",
    "complete_order",
    "confirm_order",
    "let_payment_time_out",
    "open_exception",
    "place_order",
    "push_order",
    "put_cart_line",
    "record_prepay",
    "remove_cart_line",
    "reveal_address",
    "settle_payment",
    "ship_order",
    "sign_order",
]
