"""Carts, orders and their frozen lines, payments, parcels, after-sales cases, refunds."""

from orders.models.after_sales import (
    ASKED_HOW_IT_WAS,
    DECIDE_CLOCK,
    REFUND_DUE,
    AfterSalesCase,
    AfterSalesCaseQuerySet,
    AfterSalesLine,
    Refund,
    RefundQuerySet,
)
from orders.models.carts import CartLine
from orders.models.checks import OrderCheck, OrderLimits
from orders.models.fulfilment import Carrier, DeskPush, HandOver, Parcel, ParcelLine, ParcelQuerySet
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
from orders.models.recalls import RECALL_NOTICE, RecalledGoods
from orders.models.tracking import (
    PARCEL_STALLS,
    SCAN_NOTICES,
    UPLOAD_LATE,
    ParcelTrack,
    ShippingUpload,
    TrackingScan,
    TrackState,
    WaybillOrder,
)
from orders.models.waves import PickScan, PickTask, PickTaskQuerySet, Wave, WaveQuerySet

__all__ = [
    "ASKED_HOW_IT_WAS",
    "CONFIRM_CLOCK",
    "DECIDE_CLOCK",
    "PARCEL_STALLS",
    "PAYMENT_REMINDER",
    "PAYMENT_TIMEOUT",
    "RECALL_NOTICE",
    "REFUND_DUE",
    "SCAN_NOTICES",
    "SHIPPED_NOTICE",
    "SHIP_CLOCK",
    "UPLOAD_LATE",
    "AfterSalesCase",
    "AfterSalesCaseQuerySet",
    "AfterSalesLine",
    "Carrier",
    "CartLine",
    "DeskPush",
    "HandOver",
    "Order",
    "OrderCheck",
    "OrderLimits",
    "OrderLine",
    "OrderQuerySet",
    "Parcel",
    "ParcelLine",
    "ParcelQuerySet",
    "ParcelTrack",
    "Payment",
    "PaymentDispute",
    "PaymentQuerySet",
    "PickScan",
    "PickTask",
    "PickTaskQuerySet",
    "RecalledGoods",
    "Refund",
    "RefundQuerySet",
    "ShippingUpload",
    "TrackState",
    "TrackingScan",
    "Wave",
    "WaveQuerySet",
    "WaybillOrder",
]
