"""What is always true of stock (O1) and of the life of a revision (O11)."""

from catalog.models import ProductRevision
from shop.events.invariants import lived
from shop.invariants import Evidence, Examination, compared, invariant


@invariant("O1", "stock: what is available is the sum of its moves")
def stock_is_the_sum_of_its_moves(evidence: Evidence) -> Examination:
    return compared("""
        SELECT sku.code, coalesce(sum(move.quantity), 0), coalesce(offer.available, 0)
        FROM catalog_sku sku
        LEFT JOIN catalog_offer offer ON offer.sku_id = sku.id
        LEFT JOIN catalog_stockmove move ON move.sku_id = sku.id
        GROUP BY sku.id, offer.id
    """)


@invariant("O1", "stock: a move in is positive, a move out negative, by its cause")
def moves_have_the_sign_of_their_cause(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('move %%s %%s', id, reference), CASE cause WHEN 'ordered' THEN -1 ELSE 1 END,
               sign(quantity)
        FROM catalog_stockmove
    """)


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
        },
        start=ProductRevision.Status.DRAFT,
    )
