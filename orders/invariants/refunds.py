"""What is always true of after-sales cases and of money on its way back: O3, O11."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from orders.models import AfterSalesCase, Refund
from shop.events.invariants import lived
from shop.invariants import Evidence, Examination, compared, held, invariant

HEARD_WITHIN = timedelta(minutes=2)  # of a refund's end, even when every notice is lost


@invariant("O3", "money: what is held of a receipt is the sum of its refunds, and never above it")
def refunds_stay_within_what_came_in(evidence: Evidence) -> Examination:
    return compared("""
        SELECT receipt.subject,
               format('%%s fen', coalesce(sum(r.amount_fen), 0)),
               format('%%s fen', least(receipt.held, receipt.fen))
        FROM (SELECT 'payment ' || out_trade_no AS subject, id AS payment_id,
                     0::bigint AS dispute_id, amount_fen AS fen, refund_held_fen AS held
              FROM orders_payment
              UNION ALL
              SELECT 'dispute ' || id, 0, id, coalesce(amount_fen, 0), refund_held_fen
              FROM orders_paymentdispute) receipt
        LEFT JOIN orders_refund r ON r.status <> 'closed'
             AND (r.payment_id = receipt.payment_id OR r.dispute_id = receipt.dispute_id)
        GROUP BY receipt.subject, receipt.fen, receipt.held
    """)


@invariant("O3", "money: no unit is given back twice, nor more for it than was paid")
def units_are_given_back_once(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('order %%s, line %%s', o.number, l.position),
               format('%%s units, %%s fen', least(asked.units, l.quantity),
                      least(asked.fen, l.payable_fen)),
               format('%%s units, %%s fen', asked.units, asked.fen)
        FROM (SELECT a.line_id, sum(a.quantity) AS units, sum(a.amount_fen) AS fen
              FROM orders_aftersalesline a JOIN orders_aftersalescase c ON c.id = a.case_id
              WHERE c.status NOT IN ('refused', 'withdrawn') GROUP BY a.line_id) asked
        JOIN orders_orderline l ON l.id = asked.line_id JOIN orders_order o ON o.id = l.order_id
    """)


@invariant("O3", "money: a case gives back what its lines come to, in one refund")
def refunds_are_what_was_asked(evidence: Evidence) -> Examination:
    return compared("""
        SELECT 'case ' || c.number,
               CASE WHEN c.status IN ('refunding', 'refunded') THEN lines.fen || ' fen back'
                    ELSE 'nothing back' END || ' of ' || lines.fen,
               coalesce(live.fen || ' fen back', 'nothing back') || ' of ' || c.amount_fen
        FROM orders_aftersalescase c
        CROSS JOIN LATERAL (SELECT sum(amount_fen) AS fen FROM orders_aftersalesline
                            WHERE case_id = c.id) lines
        LEFT JOIN (SELECT case_id, sum(amount_fen) AS fen FROM orders_refund
                   WHERE status <> 'closed' GROUP BY case_id) live ON live.case_id = c.id
    """)


@invariant("O3", "money: our refunds are what WeChat Pay's books say", needs="trades")
def refunds_equal_the_books(evidence: Evidence) -> Examination:
    """One that ended and does not show it here is heard of within two minutes."""
    ours = {refund.out_refund_no: refund for refund in Refund.objects.all()}
    told = {
        refund["out_refund_no"]: refund
        for trade in evidence.trades or ()
        for refund in trade.get("refunds", ())
    }
    return held(_books(evidence, ours, told))


def _books(
    evidence: Evidence, ours: dict[str, Refund], told: dict[str, Mapping[str, Any]]
) -> Iterator[tuple[str, object, object]]:
    for number in ours.keys() | told.keys():
        entry, refund = told.get(number), ours.get(number)
        if entry and refund and _is_on_its_way(evidence, entry, refund):
            continue
        there = entry is not None and entry["state"] == "SUCCESS"
        here = refund is not None and refund.status == Refund.Status.SUCCEEDED
        yield (
            number,
            f"{entry['refund_id']}, {entry['amount']} fen" if entry and there else "nothing",
            f"{refund.refund_id}, {refund.amount_fen} fen" if refund and here else "nothing",
        )


def _is_on_its_way(evidence: Evidence, entry: Mapping[str, Any], refund: Refund) -> bool:
    if entry["state"] != "SUCCESS" or refund.status not in Refund.UNDER_WAY:
        return False
    return datetime.fromisoformat(entry["success_time"]) > evidence.overdue(HEARD_WITHIN)


@invariant("O11", "an after-sales case's facts lead to the state it is in")
def cases_lived_as_told(evidence: Evidence) -> Examination:
    return lived(
        """
        SELECT format('case:%%s', c.id), c.status,
               array_remove(array_agg(f.kind ORDER BY f.seq), NULL)
        FROM orders_aftersalescase c
        LEFT JOIN events_eventlog f ON f.stream = format('case:%%s', c.id)
                                   AND f.kind = ANY(%(kinds)s)
        GROUP BY c.id
        """,
        {"open": ({""}, AfterSalesCase.Status.OPEN), **AfterSalesCase.TRANSITIONS},
        {
            "orders.CaseOpened": ["open"],
            "orders.CaseSubmitted": ["submit"],
            "orders.CaseAccepted": ["accept"],
            "orders.CaseReturned": ["return"],
            "orders.CaseSettled": ["settle"],
            "orders.CaseRefused": ["refuse"],
            "orders.CaseWithdrawn": ["withdraw"],
        },
    )


@invariant("O11", "a refund's facts lead to the state it is in")
def refunds_lived_as_told(evidence: Evidence) -> Examination:
    return lived(
        """
        SELECT format('refund:%%s', r.id), r.status,
               array_remove(array_agg(f.kind ORDER BY f.seq), NULL)
        FROM orders_refund r
        LEFT JOIN events_eventlog f ON f.stream = format('refund:%%s', r.id)
                                   AND f.kind = ANY(%(kinds)s)
        GROUP BY r.id
        """,
        {"grant": ({""}, Refund.Status.REQUESTED), **Refund.TRANSITIONS},
        {
            "orders.RefundGranted": ["grant"],
            "orders.RefundAccepted": ["accept"],
            "orders.RefundSucceeded": ["succeed"],
            "orders.RefundJammed": ["jam"],
            "orders.RefundClosed": ["close"],
        },
    )
