"""What is always true of orders and their money, against rows, WeChat's books, recorded calls."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from orders.models import PAYMENT_TIMEOUT, Order, Payment, PaymentDispute
from shop.doors.models import IdempotencyKey
from shop.events.invariants import lived
from shop.invariants import Call, Evidence, Examination, compared, held, invariant

SETTLED_WITHIN = timedelta(minutes=2)  # of a payment, even when every notice is lost
PLACE = "/api/v1/orders/"


@invariant("O1", "stock: an order holds the units of its lines that are not back on sale")
def orders_hold_their_stock(evidence: Evidence) -> Examination:
    """A move names its order's number first; cancelled, an order holds none."""
    return compared("""
        SELECT format('order %%s, SKU %%s', coalesce(line.number, moved.number),
                      coalesce(line.sku_id, moved.sku_id)),
               coalesce(line.units, 0), coalesce(moved.units, 0)
        FROM (SELECT o.number, l.sku_id,
                     CASE o.status WHEN 'cancelled' THEN 0
                     ELSE sum(l.quantity) - sum(coalesce(back.units, 0)) END AS units
              FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
              LEFT JOIN (SELECT a.line_id, sum(a.quantity) AS units
                         FROM orders_aftersalesline a
                         JOIN orders_aftersalescase c ON c.id = a.case_id
                         WHERE c.restocked_at IS NOT NULL
                         GROUP BY a.line_id) back ON back.line_id = l.id
              GROUP BY o.id, l.sku_id) line
        FULL JOIN (SELECT split_part(reference, ' ', 1) AS number, sku_id, -sum(quantity) AS units
                   FROM catalog_stockmove WHERE cause IN ('ordered', 'released')
                   GROUP BY 1, 2) moved USING (number, sku_id)
    """)


@invariant("O3", "money: an order is paid exactly when all it costs was captured, once")
def paid_is_captured(evidence: Evidence) -> Examination:
    return compared("""
        SELECT 'order ' || o.number,
               CASE WHEN o.paid_at IS NULL THEN 0 ELSE o.payable_fen END || ' fen',
               coalesce(sum(p.amount_fen) FILTER (WHERE p.status = 'succeeded'), 0) || ' fen'
        FROM orders_order o LEFT JOIN orders_payment p ON p.order_id = o.id
        GROUP BY o.id
    """)


@invariant("O3", "money: an order costs what its lines cost")
def orders_cost_their_lines(evidence: Evidence) -> Examination:
    return compared("""
        SELECT 'order ' || o.number, o.payable_fen, coalesce(sum(l.payable_fen), 0)
        FROM orders_order o LEFT JOIN orders_orderline l ON l.order_id = o.id
        GROUP BY o.id
    """)


@invariant("O3", "money: our payments are what WeChat Pay's books say", needs="trades")
def payments_equal_the_books(evidence: Evidence) -> Examination:
    """A success we do not show is on its way for two minutes at most, or people look at it."""
    ours = {payment.out_trade_no: payment for payment in Payment.objects.all()}
    disputed = set(PaymentDispute.objects.values_list("out_trade_no", flat=True))
    return held(_books(evidence, ours, disputed))


def _books(
    evidence: Evidence, ours: dict[str, Payment], disputed: set[str]
) -> Iterator[tuple[str, object, object]]:
    captured = {}
    for trade in evidence.trades or ():
        number = trade["out_trade_no"]
        if trade["state"] == "SUCCESS":
            captured[number] = f"{trade['transaction_id']}, {trade['total']} fen"
            since = datetime.fromisoformat(trade["success_time"])
            if number in disputed or since > evidence.overdue(SETTLED_WITHIN):
                continue
        yield number, captured.get(number, "nothing"), _captured(ours.get(number))
    told = {trade["out_trade_no"] for trade in evidence.trades or ()}
    for number, payment in ours.items():
        if number not in told:
            yield number, "nothing", _captured(payment)


def _captured(payment: Payment | None) -> str:
    if payment is None or payment.status != Payment.Status.SUCCEEDED:
        return "nothing"
    return f"{payment.transaction_id}, {payment.amount_fen} fen"


@invariant("O6", "a paid order lies once on each desk that was told of it")
def pushes_have_one_effect(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('%%s on the %%s desk', stream, desk),
               format('%%s pushed, %%s told', coalesce(done.times, 0), coalesce(done.times, 0)),
               format('%%s pushed, %%s told', coalesce(pushed.times, 0), coalesce(told.times, 0))
        FROM (SELECT stream, split_part(reaction, '_to_', 2) AS desk, count(*) AS times
              FROM events_delivery
              WHERE state = 'done' AND starts_with(reaction, 'orders.push_order_to_')
              GROUP BY stream, desk) done
        FULL JOIN (SELECT format('order:%%s', order_id) AS stream, desk, count(*) AS times
                   FROM orders_deskpush GROUP BY stream, desk) pushed USING (stream, desk)
        FULL JOIN (SELECT stream, data ->> 'desk' AS desk, count(*) AS times
                   FROM events_eventlog WHERE kind = 'orders.OrderPushed'
                   GROUP BY stream, data ->> 'desk') told USING (stream, desk)
    """)


@invariant("O6", "a payment notice that was carried to its end is applied, and no other")
def carried_notices_are_applied(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('message:%%s', m.id), bool_or(d.state = 'done'), m.applied_at IS NOT NULL
        FROM events_inboxmessage m
        JOIN events_eventlog f ON f.stream = format('message:%%s', m.id)
        JOIN events_delivery d ON d.event_id = f.id AND d.reaction = 'orders.apply_payment_notice'
        WHERE m.source IN ('wechatpay', 'wechatpay-refund')
        GROUP BY m.id
    """)


@invariant("O7", "an unpaid order is watched by one timer, until its payment window is ended")
def unpaid_orders_are_watched(evidence: Evidence) -> Examination:
    """Watched: a timer is armed, or its window was ended and WeChat Pay is being asked to close."""
    return compared(
        """
        SELECT format('order:%%s', o.id), 1,
               (SELECT count(*) FROM timing_timer t WHERE t.kind = %(kind)s
                AND t.subject = format('order:%%s', o.id) AND t.state IN ('armed', 'fired', 'dead'))
        FROM orders_order o
        JOIN events_eventlog f ON f.stream = format('order:%%s', o.id)
                              AND f.kind = 'orders.OrderPlaced'
        JOIN events_delivery d ON d.event_id = f.id AND d.state = 'done'
                              AND d.reaction = 'orders.let_payment_window_run'
        WHERE o.status = 'unpaid'
        """,
        kind=PAYMENT_TIMEOUT,
    )


@invariant("O7", "a payment window ends once for each timer that fired, and by no other way")
def windows_end_by_their_timer(evidence: Evidence) -> Examination:
    return compared(
        """
        SELECT coalesce(fired.subject, told.stream), coalesce(fired.times, 0),
               coalesce(told.times, 0)
        FROM (SELECT subject, count(*) AS times FROM timing_timer
              WHERE kind = %(kind)s AND state = 'fired' GROUP BY subject) fired
        FULL JOIN (SELECT stream, count(*) AS times FROM events_eventlog
                   WHERE kind = 'orders.PaymentTimedOut' GROUP BY stream) told
               ON told.stream = fired.subject
        """,
        kind=PAYMENT_TIMEOUT,
    )


@invariant("O8", "an answer kept under a key names one order of its caller, and no other key does")
def kept_answers_name_one_order(evidence: Evidence) -> Examination:
    owners = dict(Order.objects.values_list("number", "customer_id"))
    named = [(key, _number_in(key.body), int(key.scope.split()[0])) for key in _kept_orders()]
    times = Counter(number for _key, number, _caller in named)
    return held(
        (f"key {key.pk}", (caller, 1), (owners.get(number), times[number]))
        for key, number, caller in named
    )


def _kept_orders() -> list[IdempotencyKey]:
    return list(IdempotencyKey.objects.filter(scope__endswith=f" POST {PLACE}", status=201))


def _number_in(body: str | None) -> str:
    try:
        return str(json.loads(body or "")["number"])
    except (ValueError, KeyError, TypeError):
        return ""


@invariant("O10", "every order that its buyer was told of is there", needs="calls")
def acknowledged_orders_are_there(evidence: Evidence) -> Examination:
    told = [call for call in _placings(evidence) if call.outcome == "ok"]
    numbers = [_number_in(call.body) for call in told]
    there = set(Order.objects.filter(number__in=numbers).values_list("number", flat=True))
    return held(
        (f"call {call.number}", number, number if number in there else "no such order")
        for call, number in zip(told, numbers, strict=True)
    )


@invariant("O10", "an order made under a key was asked for and not refused", needs="calls")
def no_order_is_unasked_for(evidence: Evidence) -> Examination:
    """Of orders since the history began; whoever heard nothing may have one or not."""
    calls = _placings(evidence)
    outcomes: dict[str, set[str]] = {}
    for call in calls:
        outcomes.setdefault(call.key, set()).add(call.outcome)
    since = min((datetime.fromisoformat(call.at) for call in calls), default=evidence.at)
    return held(
        (f"key {key.pk}", "asked for", _asked(outcomes.get(key.key)))
        for key in _kept_orders()
        if key.created_at >= since
    )


def _asked(outcomes: set[str] | None) -> str:
    if outcomes is None:
        return "never asked for"
    return "asked for" if outcomes - {"fail"} else "refused each time"


def _placings(evidence: Evidence) -> list[Call]:
    return [call for call in evidence.calls or () if (call.method, call.path) == ("POST", PLACE)]


@invariant("O11", "an order's facts lead to the state it is in")
def orders_lived_as_told(evidence: Evidence) -> Examination:
    return lived(
        """
        SELECT format('order:%%s', o.id), o.status,
               array_remove(array_agg(f.kind ORDER BY f.seq), NULL)
        FROM orders_order o
        LEFT JOIN events_eventlog f ON f.stream = format('order:%%s', o.id)
                                   AND f.kind = ANY(%(kinds)s)
        GROUP BY o.id
        """,
        {"place": ({""}, Order.Status.UNPAID), **Order.TRANSITIONS},
        {
            "orders.OrderPlaced": ["place"],
            "orders.OrderPaid": ["pay", "revive"],
            "orders.OrderConfirmed": ["confirm"],
            "orders.OrderShipped": ["ship"],
            "orders.OrderSigned": ["sign"],
            "orders.OrderCompleted": ["complete"],
            "orders.OrderCancelled": ["cancel"],
            "orders.OrderClosed": ["close"],
        },
    )


@invariant("O11", "a payment succeeded when that was told once; else it ended with its order")
def payments_lived_as_told(evidence: Evidence) -> Examination:
    return compared("""
        SELECT 'payment ' || p.out_trade_no,
               CASE WHEN told.paid = 1 THEN 'succeeded'
                    WHEN told.paid > 1 THEN told.paid || ' times succeeded'
                    WHEN o.status = 'unpaid' THEN 'live' ELSE 'closed' END,
               CASE WHEN p.status IN ('intended', 'prepaid') THEN 'live' ELSE p.status END
        FROM orders_payment p JOIN orders_order o ON o.id = p.order_id
        LEFT JOIN (SELECT stream, (data ->> 'payment_id')::bigint AS payment_id, count(*) AS paid
                   FROM events_eventlog WHERE kind = 'orders.OrderPaid' GROUP BY 1, 2) AS told
               ON told.stream = 'order:' || o.id AND told.payment_id = p.id
    """)
