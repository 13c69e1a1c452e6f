"""What the ledger must say of the orders: O2, O3, against the orders' own rows."""

from shop.invariants import Evidence, Examination, compared, invariant


@invariant("O2", "ledger: what came in stands on the WeChat Pay account once, under its own name")
def receipts_are_in_the_books(evidence: Evidence) -> Examination:
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
                                WHERE p.transaction_id = d.transaction_id)) moved
        FULL JOIN (SELECT j.subject, sum(l.amount_fen) AS fen
                   FROM books_journal j JOIN books_journalline l ON l.journal_id = j.id
                   WHERE j.kind LIKE 'orders.%%' AND l.account = '1012.01'
                   GROUP BY j.subject HAVING sum(l.amount_fen) <> 0) booked USING (subject)
    """)


@invariant("O2", "ledger: what stands between us and a customer is what their orders' lives say")
def customers_stand_as_they_lived(evidence: Evidence) -> Examination:
    """Ahead (2204): paid and not yet delivered. Owed back (2241.01): what fits no order."""
    return compared("""
        WITH lived (party_id, account, fen) AS (
            SELECT c.party_id, '2204', o.payable_fen
            FROM orders_order o JOIN identity_customer c ON c.id = o.customer_id
            WHERE o.paid_at IS NOT NULL AND o.signed_at IS NULL
            UNION ALL
            SELECT c.party_id, '2241.01', d.amount_fen
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


@invariant("O2", "ledger: an order that was delivered is sold once, for all that was paid for it")
def sales_are_what_was_delivered(evidence: Evidence) -> Examination:
    return compared("""
        SELECT coalesce(done.subject, booked.subject), coalesce(done.fen, 0),
               coalesce(booked.fen, 0)
        FROM (SELECT 'order:' || id AS subject, payable_fen AS fen
              FROM orders_order WHERE signed_at IS NOT NULL) done
        FULL JOIN (SELECT j.subject, -sum(l.amount_fen) AS fen
                   FROM books_journal j JOIN books_journalline l ON l.journal_id = j.id
                   WHERE j.kind = 'orders.sold' AND l.account IN ('6001', '2221.01')
                   GROUP BY j.subject) booked USING (subject)
    """)
