"""What is left of a product that goes off sale, and why products went (CA4)."""

from datetime import datetime

from catalog.kinds import HEALTH_FOOD_CERTIFICATE
from catalog.models import INSPECTION, PACKING, QUARANTINE, SHELF, LotBalance, Product
from shop.clock import SHANGHAI, today
from shop.papers.models import Paper
from shop.statements import rows_of

IN_THE_HOUSE = (SHELF, PACKING, QUARANTINE, INSPECTION)

OWED = """
SELECT count(*) FROM (
    SELECT number FROM (
        SELECT split_part(reference, ' ', 1) AS number, -quantity AS units
        FROM catalog_stockmove
        WHERE cause IN ('ordered', 'released') AND sku_id = ANY (%(skus)s::bigint[])
        UNION ALL
        SELECT split_part(reference, ' ', 1), -quantity FROM catalog_lotmove
        WHERE cause = 'shipped' AND sku_id = ANY (%(skus)s::bigint[])) AS sides
    GROUP BY number HAVING sum(units) > 0) AS owed
"""


def left_of(product: Product) -> tuple[int, int, int]:
    """Units in the house, orders that still wait for units, certificates in force."""
    skus = list(product.skus.values_list("pk", flat=True))
    balances = LotBalance.objects.filter(lot__sku__in=skus, place__in=IN_THE_HOUSE)
    units = sum(balances.values_list("quantity", flat=True))
    [(orders,)] = rows_of(OWED, {"skus": skus})
    papers = Paper.objects.of(HEALTH_FOOD_CERTIFICATE, product.stream).in_force(today())
    return units, orders, papers.count()


BY_MONTH = """
SELECT to_char(requested_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month, reason, count(*)
FROM catalog_delisting WHERE requested_at >= %(since)s::timestamptz
GROUP BY month, reason
"""


def reasons_by_month(months: list[str]) -> dict[str, dict[str, int]]:
    """Month (`2026-11`, from the first given on) → reason → how many products went off sale."""
    since = datetime.strptime(months[0], "%Y-%m").replace(tzinfo=SHANGHAI)
    counted: dict[str, dict[str, int]] = {month: {} for month in months}
    for month, reason, count in rows_of(BY_MONTH, {"since": since}):
        counted.setdefault(month, {})[reason] = count
    return counted
