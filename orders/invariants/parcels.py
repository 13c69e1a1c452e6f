"""What is always true of goods on their way out: O1."""

from shop.invariants import Evidence, Examination, compared, invariant


@invariant("O1", "goods: no parcels hold more of an order line than was ordered and not restocked")
def parcels_hold_what_was_ordered(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('order %%s, line %%s', o.number, l.position),
               least(packed.units, l.quantity - coalesce(back.units, 0)), packed.units
        FROM (SELECT pl.line_id, sum(pl.quantity) AS units
              FROM orders_parcelline pl JOIN orders_parcel p ON p.id = pl.parcel_id
              WHERE p.status <> 'unpacked' GROUP BY pl.line_id) packed
        JOIN orders_orderline l ON l.id = packed.line_id
        JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN (SELECT a.line_id, sum(a.quantity) AS units
                   FROM orders_aftersalesline a JOIN orders_aftersalescase c ON c.id = a.case_id
                   WHERE c.restocked_at IS NOT NULL GROUP BY a.line_id) back ON back.line_id = l.id
    """)


@invariant("O1", "goods: a shipped order's parcels hold its lines, less what was given back before")
def shipped_orders_left_whole(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('order %%s, line %%s', o.number, l.position),
               l.quantity - coalesce(back.units, 0), coalesce(gone.units, 0)
        FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
        LEFT JOIN (SELECT pl.line_id, sum(pl.quantity) AS units
                   FROM orders_parcelline pl JOIN orders_parcel p ON p.id = pl.parcel_id
                   WHERE p.status = 'shipped' GROUP BY pl.line_id) gone ON gone.line_id = l.id
        LEFT JOIN (SELECT a.line_id, sum(a.quantity) AS units
                   FROM orders_aftersalesline a JOIN orders_aftersalescase c ON c.id = a.case_id
                   WHERE c.restocked_at IS NOT NULL GROUP BY a.line_id) back ON back.line_id = l.id
        WHERE o.shipped_at IS NOT NULL
    """)


@invariant("O1", "goods: what is in a parcel belongs to the parcel's order")
def parcels_are_of_one_order(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('parcel %%s', p.id), p.order_id, l.order_id
        FROM orders_parcelline pl JOIN orders_parcel p ON p.id = pl.parcel_id
        JOIN orders_orderline l ON l.id = pl.line_id
    """)


@invariant("O1", "goods: a hand-over counts the parcels that left with it")
def hand_overs_count_their_parcels(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('hand-over:%%s', h.id), h.count,
               count(p.id) FILTER (WHERE p.status = 'shipped' AND p.carrier = h.carrier)
        FROM orders_handover h LEFT JOIN orders_parcel p ON p.hand_over_id = h.id
        GROUP BY h.id
    """)
