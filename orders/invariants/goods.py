"""What left the house by lot is what orders say has left (O1)."""

from shop.invariants import Evidence, Examination, compared, invariant


@invariant(
    "O1", "goods: of a shipped order each unit left by its lot, of another what its parcels took"
)
def goods_left_by_their_lots(evidence: Evidence) -> Examination:
    """A parcel's reference begins with its order's number."""
    return compared("""
        SELECT format('order %%s, SKU %%s', number, sku_id), coalesce(sold.units, 0),
               coalesce(gone.units, 0)
        FROM (SELECT o.number, l.sku_id, sum(l.quantity) - sum(coalesce(back.units, 0)) AS units
              FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
              LEFT JOIN (SELECT a.line_id, sum(a.quantity) AS units
                         FROM orders_aftersalesline a
                         JOIN orders_aftersalescase c ON c.id = a.case_id
                         WHERE c.restocked_at IS NOT NULL
                         GROUP BY a.line_id) back ON back.line_id = l.id
              WHERE o.shipped_at IS NOT NULL
              GROUP BY o.id, l.sku_id
              UNION ALL
              SELECT o.number, l.sku_id, sum(pl.quantity)
              FROM orders_parcelline pl JOIN orders_parcel p ON p.id = pl.parcel_id
              JOIN orders_orderline l ON l.id = pl.line_id JOIN orders_order o ON o.id = l.order_id
              WHERE o.shipped_at IS NULL AND p.status = 'shipped'
              GROUP BY o.id, l.sku_id) sold
        FULL JOIN (SELECT split_part(reference, ' ', 1) AS number, sku_id, sum(quantity) AS units
                   FROM catalog_lotmove WHERE cause = 'shipped'
                   GROUP BY 1, 2) gone USING (number, sku_id)
    """)
