"""What is always true of promises, goods and lots (O1, O7), of what is off sale (O1), of prices
(O3, O7, O15), of lives (O11), and of what customers are shown (O12)."""

from catalog.models import LOT_AGE, PRICE_DUE, Delisting, Lot, ProductRevision
from shop.events.invariants import lived
from shop.invariants import Evidence, Examination, compared, invariant


@invariant("O1", "stock: what is available, less what is short, is the sum of its moves")
def stock_is_the_sum_of_its_moves(evidence: Evidence) -> Examination:
    return compared("""
        SELECT sku.code, coalesce(sum(move.quantity), 0),
               coalesce(offer.available - offer.short, 0)
        FROM catalog_sku sku
        LEFT JOIN catalog_offer offer ON offer.sku_id = sku.id
        LEFT JOIN catalog_stockmove move ON move.sku_id = sku.id
        GROUP BY sku.id, offer.id
    """)


@invariant("O1", "stock: a move in is positive, a move out negative, by its cause")
def moves_have_the_sign_of_their_cause(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('move %%s %%s', id, reference),
               CASE WHEN cause IN ('ordered', 'held') THEN -1 ELSE 1 END, sign(quantity)
        FROM catalog_stockmove
    """)


@invariant("O1", "goods: a balance is the sum of the moves to its place less those from it")
def goods_are_where_they_moved(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('lot %%s at %%s', lot_id, place_id), coalesce(booked.units, 0),
               coalesce(kept.quantity, 0)
        FROM (SELECT lot_id, place_id, sum(units) AS units
              FROM (SELECT lot_id, to_place_id AS place_id, quantity AS units
                    FROM catalog_lotmove
                    UNION ALL
                    SELECT lot_id, from_place_id, -quantity FROM catalog_lotmove) sides
              WHERE place_id <> 'supplier' GROUP BY lot_id, place_id) booked
        FULL JOIN catalog_lotbalance kept USING (lot_id, place_id)
    """)


@invariant("O1", "stock: sellable goods in the house, less what orders are owed, is available")
def promises_are_covered_by_goods(evidence: Evidence) -> Examination:
    """Owed: taken by orders and not given back, less what was shipped."""
    return compared("""
        SELECT sku.code, coalesce(house.units, 0) - coalesce(owed.units, 0),
               coalesce(offer.available - offer.short, 0)
        FROM catalog_sku sku
        LEFT JOIN catalog_offer offer ON offer.sku_id = sku.id
        LEFT JOIN (SELECT lot.sku_id, sum(kept.quantity) AS units
                   FROM catalog_lotbalance kept JOIN catalog_lot lot ON lot.id = kept.lot_id
                   WHERE kept.place_id IN ('shelf', 'packing') AND lot.status = 'sellable'
                   GROUP BY lot.sku_id) house ON house.sku_id = sku.id
        LEFT JOIN (SELECT sku_id, sum(units) AS units
                   FROM (SELECT sku_id, -quantity AS units FROM catalog_stockmove
                         WHERE cause IN ('ordered', 'released')
                         UNION ALL
                         SELECT sku_id, -quantity FROM catalog_lotmove
                         WHERE cause = 'shipped') sides
                   GROUP BY sku_id) owed ON owed.sku_id = sku.id
    """)


@invariant("O1", "goods: what is kept on the shelf and stands at packing is what was allotted")
def allotted_goods_are_there(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('lot %%s', lot.id),
               format('%%s kept, %%s at packing', coalesce(sum(a.to_pick), 0),
                      coalesce(sum(a.picked), 0)),
               format('%%s kept, %%s at packing', coalesce(shelf.allotted, 0),
                      coalesce(packing.quantity, 0))
        FROM catalog_lot lot LEFT JOIN catalog_lotallotment a ON a.lot_id = lot.id
        LEFT JOIN catalog_lotbalance shelf ON shelf.lot_id = lot.id AND shelf.place_id = 'shelf'
        LEFT JOIN catalog_lotbalance packing ON packing.lot_id = lot.id
                                            AND packing.place_id = 'packing'
        GROUP BY lot.id, shelf.allotted, packing.quantity
    """)


@invariant("O1", "goods: what left for a reference is what was allotted to it, lot by lot")
def what_was_allotted_left_once(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('%%s, lot %%s', reference, lot_id), coalesce(allotted.units, 0),
               coalesce(gone.units, 0)
        FROM (SELECT reference, lot_id, shipped AS units FROM catalog_lotallotment) allotted
        FULL JOIN (SELECT split_part(reference, ' ', 1) AS reference, lot_id,
                          sum(quantity) AS units
                   FROM catalog_lotmove WHERE cause = 'shipped' GROUP BY 1, 2) gone
             USING (reference, lot_id)
    """)


@invariant("O1", "goods: nothing of an unsellable lot is on the shelf or at packing")
def unsellable_lots_are_set_aside(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('lot %%s', lot.id), 0, coalesce(sum(kept.quantity), 0)
        FROM catalog_lot lot LEFT JOIN catalog_lotbalance kept
             ON kept.lot_id = lot.id AND kept.place_id IN ('shelf', 'packing')
        WHERE lot.status <> 'sellable' GROUP BY lot.id
    """)


@invariant("O1", "goods: what moved towards a customer was of a sellable lot at that moment")
def unsellable_lots_stayed(evidence: Evidence) -> Examination:
    """By the facts of the lot and by the day printed on it, not by the state it is in now."""
    return compared("""
        SELECT format('move %%s %%s', move.id, move.reference), 'sellable',
               CASE WHEN lot.expires_on <= (move.at AT TIME ZONE 'Asia/Shanghai')::date
                    THEN 'past its day' ELSE coalesce(held.kind, 'sellable') END
        FROM catalog_lotmove move JOIN catalog_lot lot ON lot.id = move.lot_id
        LEFT JOIN (
            SELECT split_part(stream, ':', 2)::bigint AS lot_id, kind, at AS since,
                   lead(at, 1, 'infinity') OVER (PARTITION BY stream ORDER BY seq) AS until
            FROM events_eventlog
            WHERE kind IN ('catalog.LotQuarantined', 'catalog.LotReleased',
                           'catalog.LotRecalled', 'catalog.LotExpired')) AS held
            ON held.lot_id = lot.id AND held.kind <> 'catalog.LotReleased'
               AND held.since < move.at AND move.at <= held.until
        WHERE move.to_place_id IN ('packing', 'customer')
    """)


@invariant("O12", "cards: what customers are shown of a product is what its rows say")
def cards_say_what_the_rows_say(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('product:%%s', product_id),
               concat_ws(' ', shown.price_fen, shown.published_at, shown.found_by,
                         md5(shown."row"), md5(shown.page), shown.category_id, shown.brand_id),
               concat_ws(' ', card.price_fen, card.published_at, card.found_by,
                         md5(card."row"), md5(card.page), card.category_id, card.brand_id)
        FROM catalog_shown AS shown FULL JOIN catalog_shelfcard AS card USING (product_id)
    """)


@invariant("O7", "a lot with a date, as long as it may be sold, has a timer for its day")
def dated_lots_are_watched(evidence: Evidence) -> Examination:
    return compared(
        """
        SELECT format('lot:%%s', lot.id), 1,
               (SELECT count(*) FROM timing_timer t
                WHERE t.kind = %(kind)s AND t.subject = format('lot:%%s', lot.id)
                  AND t.level = 3 AND t.state IN ('armed', 'dead'))
        FROM catalog_lot lot
        WHERE lot.expires_on IS NOT NULL AND lot.status IN ('sellable', 'quarantined')
        """,
        kind=LOT_AGE,
    )


@invariant("O11", "a lot's facts lead to the state it is in")
def lots_lived_as_told(evidence: Evidence) -> Examination:
    return lived(
        """
        SELECT format('lot:%%s', lot.id), lot.status,
               array_remove(array_agg(f.kind ORDER BY f.seq), NULL)
        FROM catalog_lot lot
        LEFT JOIN events_eventlog f ON f.stream = format('lot:%%s', lot.id)
                                   AND f.kind = ANY(%(kinds)s)
        GROUP BY lot.id
        """,
        Lot.TRANSITIONS,
        {
            "catalog.LotQuarantined": ["quarantine"],
            "catalog.LotReleased": ["release"],
            "catalog.LotRecalled": ["recall"],
            "catalog.LotExpired": ["expire"],
        },
        start=Lot.Status.SELLABLE,
    )


@invariant("O11", "a revision's facts lead to the state it is in")
def revisions_lived_as_told(evidence: Evidence) -> Examination:
    return lived(
        """
        SELECT format('revision %%s of product:%%s', r.id, r.product_id), r.status,
               array_remove(array_agg(f.kind ORDER BY f.seq), NULL)
        FROM catalog_productrevision r
        LEFT JOIN events_eventlog f ON f.stream = format('product:%%s', r.product_id)
                                   AND f.kind = ANY(%(kinds)s)
                                   AND f.data ->> 'revision_id' = r.id::text
        GROUP BY r.id
        """,
        ProductRevision.TRANSITIONS,
        {
            "catalog.RevisionSubmitted": ["submit"],
            "catalog.RevisionApproved": ["approve"],
            "catalog.RevisionPublished": ["publish"],
            "catalog.RevisionReturned": ["return"],
            "catalog.RevisionDiscarded": ["discard"],
        },
        start=ProductRevision.Status.DRAFT,
    )


@invariant("O15", "goods: what was destroyed had a witness, and left the ledger once")
def what_was_destroyed_was_witnessed(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('disposal %%s', d.id),
               CASE WHEN d.status = 'done' THEN d.quantity ELSE 0 END,
               CASE WHEN d.status = 'done' AND (d.witness_id IS NULL
                                                OR d.witness_id = d.proposed_by_id) THEN -1
                    ELSE coalesce((SELECT sum(m.quantity) FROM catalog_lotmove m
                                   WHERE m.lot_id = d.lot_id AND m.to_place_id = 'loss'
                                     AND m.cause = 'written_off'
                                     AND m.reference = lot.code || ' D' || d.id), 0) END
        FROM catalog_disposal d JOIN catalog_lot lot ON lot.id = d.lot_id
    """)


@invariant("O1", "off sale: no unit was taken of a product between its delisting and its return")
def what_is_off_sale_is_not_sold(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('delisting %%s of product:%%s', d.id, d.product_id), 0, (
            SELECT count(*) FROM catalog_stockmove move
            JOIN catalog_sku sku ON sku.id = move.sku_id
            WHERE sku.product_id = d.product_id AND move.cause = 'ordered'
              AND move.at > d.requested_at
              AND move.at < coalesce((
                  SELECT min(r.published_at) FROM catalog_productrevision r
                  WHERE r.product_id = d.product_id AND r.published_at > d.requested_at),
                  'infinity'))
        FROM catalog_delisting d
    """)


@invariant("O1", "off sale: offers are stopped exactly where a product was on sale and is no more")
def offers_stop_with_their_product(evidence: Evidence) -> Examination:
    return compared("""
        SELECT sku.code, product.published_at IS NOT NULL AND product.live_revision_id IS NULL,
               offer.is_stopped
        FROM catalog_offer offer JOIN catalog_sku sku ON sku.id = offer.sku_id
        JOIN catalog_product product ON product.id = sku.product_id
    """)


@invariant("O1", "off sale: a product with an open delisting is not live")
def open_delistings_are_off_sale(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('delisting %%s of product:%%s', d.id, d.product_id), false,
               product.live_revision_id IS NOT NULL
        FROM catalog_delisting d JOIN catalog_product product ON product.id = d.product_id
        WHERE d.status = 'open'
    """)


@invariant("O1", "off sale: what is closed was confirmed by a person in every channel first")
def closed_delistings_were_confirmed(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('delisting %%s of product:%%s', d.id, d.product_id), 0,
               count(c.id) FILTER (WHERE c.confirmed_at IS NULL OR c.confirmed_at > d.closed_at)
        FROM catalog_delisting d LEFT JOIN catalog_channelcheck c ON c.delisting_id = d.id
        WHERE d.status = 'closed' GROUP BY d.id
    """)


@invariant("O11", "a delisting's facts lead to the state it is in")
def delistings_lived_as_told(evidence: Evidence) -> Examination:
    return lived(
        """
        SELECT format('delisting %%s of product:%%s', d.id, d.product_id), d.status,
               array_remove(array_agg(f.kind ORDER BY f.seq), NULL)
        FROM catalog_delisting d
        LEFT JOIN events_eventlog f ON f.stream = format('product:%%s', d.product_id)
                                   AND f.kind = ANY(%(kinds)s)
                                   AND f.data ->> 'delisting_id' = d.id::text
        GROUP BY d.id
        """,
        Delisting.TRANSITIONS,
        {"catalog.DelistingClosed": ["close"]},
        start=Delisting.Status.OPEN,
    )


@invariant("O15", "prices: what is in effect is what another person than the asker said yes to")
def price_changes_had_their_yes(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('price_change:%%s', change.id), 1, (
            SELECT count(*) FROM work_approval approval
            WHERE approval.kind = 'catalog.price_change' AND approval.status = 'used'
              AND approval.subject = format('price_change:%%s', change.id)
              AND approval.requested_by_id = change.asked_by_id
              AND approval.decided_by_id = change.approved_by_id
              AND change.approved_by_id <> change.asked_by_id
              AND approval.payload -> 'price_fen' = to_jsonb(change.price_fen))
        FROM catalog_pricechange change
        WHERE change.status IN ('approved', 'effective', 'withdrawn')
    """)


@invariant("O3", "prices: an offer costs what was said of it last, within the limits approved last")
def offers_cost_what_was_said(evidence: Evidence) -> Examination:
    return compared("""
        SELECT sku.code,
               format('%%s, %%s, within', said.data ->> 'price_fen',
                      coalesce(said.data ->> 'member_price_fen', 'none')),
               format('%%s, %%s, %%s', offer.price_fen,
                      coalesce(offer.member_price_fen::text, 'none'),
                      CASE WHEN held.id IS NULL
                             OR coalesce(offer.member_price_fen, offer.price_fen) >= held.floor_fen
                                AND offer.price_fen <= held.ceiling_fen
                           THEN 'within' ELSE 'outside' END)
        FROM (SELECT DISTINCT ON (stream) split_part(stream, ':', 2)::bigint AS sku_id, at, data
              FROM events_eventlog WHERE kind = 'catalog.SkuPriced' ORDER BY stream, seq DESC) said
        JOIN catalog_offer offer ON offer.sku_id = said.sku_id
        JOIN catalog_sku sku ON sku.id = said.sku_id
        LEFT JOIN LATERAL (
            SELECT * FROM catalog_pricechange change
            WHERE change.sku_id = said.sku_id AND change.status = 'effective'
            ORDER BY took_effect_at DESC, id DESC LIMIT 1) held ON true
    """)


@invariant("O3", "prices: no reference price is above the lowest of the seven days before")
def reference_prices_are_lawful(evidence: Evidence) -> Examination:
    """By the facts alone: what was in force at any moment of the week before the last price."""
    return compared("""
        SELECT sku.code, true, coalesce(offer.reference_fen <= (
            SELECT min(coalesce((f.data ->> 'member_price_fen')::int,
                                (f.data ->> 'price_fen')::int))
            FROM (SELECT data, at, lead(at) OVER (ORDER BY seq) AS until FROM events_eventlog
                  WHERE stream = format('sku:%%s', said.sku_id)
                    AND kind = 'catalog.SkuPriced') f
            WHERE f.at < said.at AND f.until > said.at - interval '7 days'), false)
        FROM (SELECT DISTINCT ON (stream) split_part(stream, ':', 2)::bigint AS sku_id, at, data
              FROM events_eventlog WHERE kind = 'catalog.SkuPriced' ORDER BY stream, seq DESC) said
        JOIN catalog_offer offer ON offer.sku_id = said.sku_id
        JOIN catalog_sku sku ON sku.id = said.sku_id
        WHERE offer.reference_fen IS NOT NULL
    """)


@invariant("O7", "an approved price has a timer for its day")
def approved_prices_are_watched(evidence: Evidence) -> Examination:
    return compared(
        """
        SELECT format('price_change:%%s', change.id), 1,
               (SELECT count(*) FROM timing_timer t
                WHERE t.kind = %(kind)s AND t.subject = format('price_change:%%s', change.id)
                  AND t.state IN ('armed', 'dead'))
        FROM catalog_pricechange change WHERE change.status = 'approved'
        """,
        kind=PRICE_DUE,
    )
