"""Where vendors must be asked: intent, call, record; no transaction open between."""

from orders.flows.payments import (
    ask_about_payment,
    ask_about_refund,
    cancel_order,
    news_of,
    pay_order,
    receipt_of,
    send_refund,
)
from orders.flows.shipping import ask_about_receipt, end_shipping, upload_shipping
from orders.flows.tracking import (
    ask_about_parcel,
    follow_parcel,
    give_waybill_back,
    order_waybill,
    scan_news,
)
from orders.flows.words import check_words, weigh_words

__all__ = [
    "ask_about_parcel",
    "ask_about_payment",
    "ask_about_receipt",
    "ask_about_refund",
    "cancel_order",
    "check_words",
    "end_shipping",
    "follow_parcel",
    "give_waybill_back",
    "news_of",
    "order_waybill",
    "pay_order",
    "receipt_of",
    "scan_news",
    "send_refund",
    "upload_shipping",
    "weigh_words",
]
