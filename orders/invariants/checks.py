"""What is always true of orders that the automatic checks looked at."""

from shop.invariants import Evidence, Examination, compared, invariant


@invariant("O11", "an order with findings waited for a person")
def what_was_found_was_held(evidence: Evidence) -> Examination:
    """It was put before somebody, and goes nowhere before they have decided."""
    return compared("""
        SELECT format('order %%s', o.number), 'waited',
               CASE WHEN count(w.id) = 0 THEN 'nobody was asked'
                    WHEN o.status NOT IN ('paid', 'closed')
                         AND bool_or(w.status IN ('open', 'taken')) THEN 'went on undecided'
                    ELSE 'waited' END
        FROM orders_ordercheck c JOIN orders_order o ON o.id = c.order_id
        LEFT JOIN work_workitem w ON w.kind = 'order_held' AND w.subject = 'order:' || o.id
        WHERE c.findings <> '[]'::jsonb
        GROUP BY o.id
    """)
