"""Which products their figures say should go, rule by rule: each rule is one statement (D4.2.3)."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalog import rules
from catalog.kinds import HEALTH_FOOD_CERTIFICATE
from catalog.models import DelistingRule
from catalog.rules import Threshold
from shop.clock import SHANGHAI, now, today
from shop.statements import rows_of


@dataclass(frozen=True)
class Proposal:
    """A product that a rule found, with the figures by which it did."""

    product_id: int
    rule: str
    threshold: int
    figures: dict[str, int]


NO_SALES = """
SELECT product.id, json_build_object('days',
       %(today)s::date - (quiet.since AT TIME ZONE %(zone)s)::date)
FROM catalog_product product
CROSS JOIN LATERAL (SELECT greatest(
    product.published_at,
    (SELECT max(move.at) FROM catalog_stockmove move
     JOIN catalog_sku sku ON sku.id = move.sku_id
     WHERE sku.product_id = product.id AND move.cause = 'ordered'),
    (SELECT max(closed_at) FROM catalog_delisting WHERE product_id = product.id)) AS since) quiet
WHERE product.live_revision_id IS NOT NULL
  AND quiet.since <= %(now)s::timestamptz - make_interval(days => %(threshold)s::int)
"""

COVER = """
WITH sales AS (
    SELECT sku_id, -sum(quantity) AS units FROM catalog_stockmove
    WHERE cause IN ('ordered', 'released')
      AND at > %(now)s::timestamptz - make_interval(days => %(sales_days)s::int)
    GROUP BY sku_id HAVING -sum(quantity) > 0),
lots AS (
    SELECT lot.sku_id, lot.expires_on - %(today)s::date AS days_left,
           sum(kept.quantity) OVER (PARTITION BY lot.sku_id
                                    ORDER BY lot.expires_on, lot.id) AS until_it
    FROM catalog_lotbalance kept JOIN catalog_lot lot ON lot.id = kept.lot_id
    WHERE kept.place_id = 'shelf' AND kept.quantity > 0
      AND lot.status = 'sellable' AND lot.expires_on IS NOT NULL),
late AS (
    SELECT DISTINCT ON (lots.sku_id) lots.sku_id, days_left, until_it AS units,
           (until_it * %(sales_days)s::int / sales.units)::int AS cover_days
    FROM lots JOIN sales USING (sku_id)
    WHERE until_it * %(sales_days)s::int / sales.units > days_left - %(threshold)s::int
    ORDER BY lots.sku_id, days_left)
SELECT DISTINCT ON (product.id) product.id, json_build_object(
       'cover_days', cover_days, 'days_left', days_left, 'units', units)
FROM late JOIN catalog_sku sku ON sku.id = late.sku_id
JOIN catalog_product product ON product.id = sku.product_id
WHERE product.live_revision_id IS NOT NULL
ORDER BY product.id, days_left
"""

RETURNS = """
SELECT product.id, json_build_object('unfit', sum(move.quantity) FILTER (WHERE is_unfit),
       'sold', sum(move.quantity) FILTER (WHERE NOT is_unfit))
FROM catalog_lotmove move
CROSS JOIN LATERAL (SELECT move.cause = 'written_off' AS is_unfit) kind
JOIN catalog_sku sku ON sku.id = move.sku_id
JOIN catalog_product product ON product.id = sku.product_id
WHERE product.live_revision_id IS NOT NULL
  AND move.at > %(now)s::timestamptz - make_interval(days => %(return_days)s::int)
  AND (move.cause = 'shipped'
       OR (move.cause = 'written_off' AND move.from_place_id = 'inspection'))
GROUP BY product.id
HAVING sum(move.quantity) FILTER (WHERE NOT is_unfit) >= %(least)s::int
   AND 10000 * sum(move.quantity) FILTER (WHERE is_unfit)
       >= %(threshold)s::int * sum(move.quantity) FILTER (WHERE NOT is_unfit)
"""

CERTIFICATE = """
SELECT product.id, json_build_object('days', max(paper.valid_until) - %(today)s::date)
FROM papers_paper paper
JOIN catalog_product product ON paper.subject = format('product:%%s', product.id)
WHERE paper.kind = %(paper)s AND paper.withdrawn_at IS NULL
  AND product.live_revision_id IS NOT NULL
GROUP BY product.id
HAVING count(*) FILTER (WHERE paper.valid_until IS NULL) = 0
   AND max(paper.valid_until) <= %(today)s::date + %(threshold)s::int
"""

STATEMENTS = {
    "no_sales": NO_SALES,
    "cover": COVER,
    "returns": RETURNS,
    "certificate": CERTIFICATE,
}


def rules_in_force() -> dict[str, Threshold]:
    """What staff set last, rule by rule; where they set nothing, what stands in the code."""
    latest = DelistingRule.objects.order_by("code", "-pk").distinct("code")
    told = {rule.code: Threshold(rule.threshold, rule.is_on) for rule in latest}
    return {code: told.get(code, known) for code, known in rules.PROPOSED_WHEN.items()}


def proposals() -> Iterator[Proposal]:
    """What every rule in use finds today."""
    for code, threshold in rules_in_force().items():
        if threshold.is_on:
            for product, figures in rows_of(STATEMENTS[code], _values(threshold.value)):
                yield Proposal(product, code, threshold.value, figures)


def _values(threshold: int) -> dict[str, object]:
    return {
        "threshold": threshold,
        "now": now(),
        "today": today(),
        "zone": str(SHANGHAI),
        "sales_days": rules.SALES_DAYS,
        "return_days": rules.RETURN_DAYS,
        "least": rules.LEAST_SOLD,
        "paper": HEALTH_FOOD_CERTIFICATE.code,
    }
