"""What is always true of parcels under way: their scans, where they are, and who is told."""

from shop.invariants import Evidence, Examination, compared, invariant


@invariant("O11", "a parcel is where its carrier's latest scan says")
def parcels_are_where_they_were_scanned(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('parcel %%s', t.parcel_id), coalesce(latest.at::text, ''),
               coalesce(t.latest_at::text, '')
        FROM orders_parceltrack t
        LEFT JOIN (SELECT parcel_id, max(at) AS at FROM orders_trackingscan GROUP BY 1) latest
               USING (parcel_id)
    """)


@invariant("O11", "an order is signed for once the carriers have delivered all of it")
def delivered_orders_are_signed(evidence: Evidence) -> Examination:
    """An order that is still shipped has a parcel which nobody signed for."""
    return compared("""
        SELECT format('order %%s', o.number), 'a parcel under way',
               CASE WHEN bool_and(coalesce(t.state, '') = 'signed') THEN 'all delivered'
                    ELSE 'a parcel under way' END
        FROM orders_order o JOIN orders_parcel p ON p.order_id = o.id
        LEFT JOIN orders_parceltrack t ON t.parcel_id = p.id
        WHERE o.status = 'shipped' AND p.shipped_at IS NOT NULL
        GROUP BY o.id
    """)
