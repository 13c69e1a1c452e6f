"""W6: two years of daily sales, from measured values and from the orders themselves."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

DAYS = 730
TIMES = 20
FROM_ORDERS = """
SELECT (placed_at AT TIME ZONE 'Asia/Shanghai')::date AS day, count(*), sum(payable_fen)
FROM orders_order WHERE placed_at >= %s GROUP BY day ORDER BY day
"""


@dataclass(frozen=True)
class Sales:
    """Milliseconds of each way (medians), over so many orders, and days that were measured."""

    ours_ms: float
    raw_ms: float
    orders: int
    days: int


def sales() -> Sales:
    from orders.models import Order
    from shop.clock import today
    from shop.figures.registry import INDICATORS
    from shop.figures.selectors import trend

    until = today() - timedelta(days=1)
    since = until - timedelta(days=DAYS - 1)
    amount, count = INDICATORS["orders.ordered_amount"], INDICATORS["orders.orders"]
    return Sales(
        ours_ms=timed(lambda: (trend(amount, since, until), trend(count, since, until)), TIMES),
        raw_ms=timed(lambda: from_orders(since), 3),
        orders=Order.objects.count(),
        days=len(trend(amount, since, until)),
    )


def from_orders(since: date) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(FROM_ORDERS, [since])
        return list(cursor.fetchall())


def timed(read: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        read()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000
