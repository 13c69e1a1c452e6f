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


@invariant("O1", "goods: a packed unit is of a lot of its SKU, and left as its parcel's lines say")
def parcels_left_by_lot(evidence: Evidence) -> Examination:
    """A parcel's goods move under its order's number and its own; those of before lots did not."""
    return compared("""
        SELECT format('parcel %%s, lot %%s', coalesce(packed.id, moved.id),
                      coalesce(packed.lot_id, moved.lot_id)),
               format('SKU %%s × %%s', packed.sku_id, packed.units),
               format('SKU %%s × %%s', coalesce(moved.sku_id, lot.sku_id),
                      CASE WHEN packed.status = 'shipped' THEN moved.units
                           ELSE packed.units + coalesce(moved.units, 0) END)
        FROM (SELECT p.id, p.status, pl.lot_id, l.sku_id, sum(pl.quantity) AS units
              FROM orders_parcelline pl JOIN orders_parcel p ON p.id = pl.parcel_id
              JOIN orders_orderline l ON l.id = pl.line_id
              WHERE pl.lot_id IS NOT NULL GROUP BY p.id, pl.lot_id, l.sku_id) packed
        FULL JOIN (SELECT split_part(reference, ' P', 2)::bigint AS id, lot_id, sku_id,
                          sum(quantity) AS units
                   FROM catalog_lotmove WHERE cause = 'shipped' AND reference ~ '^[0-9]+ P[0-9]+$'
                   GROUP BY 1, 2, 3) moved USING (id, lot_id)
        LEFT JOIN catalog_lot lot ON lot.id = packed.lot_id
    """)


@invariant("O11", "an order's place in a wave is where its facts lead")
def pick_tasks_lived_as_told(evidence: Evidence) -> Examination:
    """Begun once; picked as often as it is picked still; taken out once, and then for good."""
    return compared("""
        SELECT format('order:%%s in wave %%s', t.order_id, t.wave_id),
               format('begun %%s, out %%s', 1, (t.status = 'called_off')::int),
               format('begun %%s, out %%s',
                      count(*) FILTER (WHERE f.kind = 'orders.PickingBegun'),
                      count(*) FILTER (WHERE f.kind = 'orders.PickingCalledOff'))
        FROM orders_picktask t
        LEFT JOIN events_eventlog f ON f.stream = format('order:%%s', t.order_id)
             AND f.kind IN ('orders.PickingBegun', 'orders.PickingCalledOff')
             AND f.data ->> 'wave_id' = t.wave_id::text
        GROUP BY t.id
    """)


@invariant("O1", "goods: only an order in a wave keeps goods from the shelf")
def kept_goods_have_an_order(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('order %%s', kept.reference), 'in a wave',
               CASE WHEN t.id IS NULL THEN 'in none' ELSE 'in a wave' END
        FROM (SELECT DISTINCT reference FROM catalog_lotallotment
              WHERE to_pick > 0 OR picked > 0) kept
        JOIN orders_order o ON o.number = kept.reference
        LEFT JOIN orders_picktask t ON t.order_id = o.id AND t.status IN ('picking', 'picked')
    """)
