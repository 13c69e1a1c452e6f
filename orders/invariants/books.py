"""What the ledger must say of the orders: O2, against the orders' own rows."""

from shop.invariants import Evidence, Examination, compared, invariant


@invariant("O2", "ledger: the WeChat Pay account moved once for what came in and what went back")
def money_moved_is_in_the_books(evidence: Evidence) -> Examination:
    """A dispute whose transaction became the payment after all counts as the payment."""
    return compared("""
        SELECT coalesce(moved.subject, booked.subject), coalesce(moved.fen, 0),
               coalesce(booked.fen, 0)
        FROM (SELECT 'payment:' || id AS subject, amount_fen AS fen
              FROM orders_payment WHERE status = 'succeeded'
              UNION ALL
              SELECT 'payment_dispute:' || d.id, d.amount_fen FROM orders_paymentdispute d
              WHERE d.amount_fen <> 0 AND NOT d.fields @> '["currency"]'
                AND NOT EXISTS (SELECT FROM orders_payment p
                                WHERE p.transaction_id = d.transaction_id)
              UNION ALL
              SELECT 'refund:' || id, -amount_fen FROM orders_refund WHERE status = 'succeeded'
             ) moved
        FULL JOIN (SELECT j.subject, sum(l.amount_fen) AS fen
                   FROM books_journal j JOIN books_journalline l ON l.journal_id = j.id
                   WHERE j.kind LIKE 'orders.%%' AND l.account = '1012.01'
                   GROUP BY j.subject HAVING sum(l.amount_fen) <> 0) booked USING (subject)
    """)


@invariant("O2", "ledger: what stands between us and a customer is what their orders' lives say")
def customers_stand_as_they_lived(evidence: Evidence) -> Examination:
    """Ahead (2204): paid, not delivered, not granted back. Owed back (2241.01): granted and not
    yet refunded, and what fits no order."""
    return compared("""
        WITH lived (party_id, account, fen) AS (
            SELECT c.party_id, '2204', o.payable_fen
            FROM orders_order o JOIN identity_customer c ON c.id = o.customer_id
            WHERE o.paid_at IS NOT NULL AND o.signed_at IS NULL
            UNION ALL
            SELECT c.party_id, moved.account, moved.fen
            FROM orders_refund r
            JOIN orders_aftersalescase a ON a.id = r.case_id
            JOIN orders_order o ON o.id = a.order_id
            JOIN identity_customer c ON c.id = o.customer_id
            CROSS JOIN LATERAL (VALUES
                ('2204', CASE WHEN o.signed_at IS NULL THEN -r.amount_fen ELSE 0 END),
                ('2241.01', CASE WHEN r.status = 'succeeded' THEN 0 ELSE r.amount_fen END)
            ) AS moved (account, fen)
            WHERE r.status <> 'closed'
            UNION ALL
            SELECT c.party_id, '2241.01', d.amount_fen - coalesce(
                (SELECT sum(r.amount_fen) FROM orders_refund r
                 WHERE r.dispute_id = d.id AND r.status = 'succeeded'), 0)
            FROM orders_paymentdispute d
            JOIN orders_payment p ON p.id = d.payment_id
            JOIN orders_order o ON o.id = p.order_id
            JOIN identity_customer c ON c.id = o.customer_id
            WHERE d.amount_fen <> 0 AND NOT d.fields ?| array['currency', 'payer_openid']
              AND NOT EXISTS (SELECT FROM orders_payment s
                              WHERE s.transaction_id = d.transaction_id))
        SELECT format('party %%s on %%s', party_id, account), coalesce(due.fen, 0),
               coalesce(booked.fen, 0)
        FROM (SELECT party_id, account, sum(fen) AS fen FROM lived GROUP BY 1, 2) due
        FULL JOIN (SELECT l.party_id, l.account, -sum(l.amount_fen) AS fen
                   FROM books_journal j JOIN books_journalline l ON l.journal_id = j.id
                   WHERE j.kind LIKE 'orders.%%' AND l.party_id IS NOT NULL
                   GROUP BY 1, 2) booked USING (party_id, account)
    """)


@invariant("O2", "ledger: a delivered order is sold for what was not granted back, with its VAT")
def sales_are_what_was_delivered(evidence: Evidence) -> Examination:
    """The tax of each line, half up, of what is left of it."""
    return compared("""
        SELECT coalesce(done.subject, booked.subject),
               format('%%s fen, of it VAT %%s', coalesce(done.fen, 0), coalesce(done.vat, 0)),
               format('%%s fen, of it VAT %%s', coalesce(booked.fen, 0), coalesce(booked.vat, 0))
        FROM (SELECT 'order:' || o.id AS subject, sum(kept.fen) AS fen,
                     sum((2 * kept.fen * l.vat_bp + 10000 + l.vat_bp)
                         / (2 * (10000 + l.vat_bp))) AS vat
              FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
              CROSS JOIN LATERAL (
                  SELECT l.payable_fen - coalesce(sum(a.amount_fen), 0)::bigint AS fen
                  FROM orders_aftersalesline a
                  JOIN orders_refund r ON r.case_id = a.case_id AND r.status <> 'closed'
                  WHERE a.line_id = l.id) kept
              WHERE o.signed_at IS NOT NULL GROUP BY o.id) done
        FULL JOIN (SELECT coalesce('order:' || a.order_id, j.subject) AS subject,
                          -sum(l.amount_fen) AS fen,
                          -sum(l.amount_fen) FILTER (WHERE l.account = '2221.01') AS vat
                   FROM books_journal j JOIN books_journalline l ON l.journal_id = j.id
                   LEFT JOIN orders_refund r ON j.subject = 'refund:' || r.id
                   LEFT JOIN orders_aftersalescase a ON a.id = r.case_id
                   WHERE j.kind LIKE 'orders.%%' AND l.account IN ('6001', '2221.01')
                   GROUP BY 1) booked USING (subject)
    """)
