"""Every change in an order's life."""

from orders.actions.carts import put_cart_line, remove_cart_line
from orders.actions.cases import (
    open_case,
    refuse_case,
    return_unapproved_case,
    withdraw_case,
)
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
from orders.actions.refund_news import (
    RefundNews,
    give_up_refund,
    record_refund,
    report_stuck_refund,
)
from orders.actions.refunds import (
    accept_case,
    let_refund_go,
    refund_approved_case,
    refund_approved_dispute,
    refund_dispute,
)

__all__ = [
    "Basket",
    "Receipt",
    "RefundNews",
    "accept_case",
    "begin_payment",
    "cancel_order",
    "complete_order",
    "confirm_order",
    "give_up_refund",
    "let_payment_time_out",
    "let_refund_go",
    "open_case",
    "open_exception",
    "place_order",
    "push_order",
    "put_cart_line",
    "record_prepay",
    "record_refund",
    "refund_approved_case",
    "refund_approved_dispute",
    "refund_dispute",
    "refuse_case",
    "remove_cart_line",
    "report_stuck_refund",
    "return_unapproved_case",
    "reveal_address",
    "settle_payment",
    "ship_order",
    "sign_order",
    "withdraw_case",
]
