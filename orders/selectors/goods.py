"""Where an order's goods are: still to be packed, packed, on their way."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from orders.models import AfterSalesLine, Order, OrderLine, Parcel, ParcelLine

HERE, GONE, BOTH = "here", "gone", "both"


def sum_of(rows: QuerySet[Any], column: str) -> Subquery:
    """The sum of a column over correlated rows; without any, NULL."""
    summed = rows.order_by().annotate(one=Value(1)).values("one").annotate(sum=Sum(column))
    return Subquery(summed.values("sum"), output_field=IntegerField())


def lines_in_house() -> QuerySet[OrderLine]:
    """Order lines with what is `left` of each: units that did not go back on sale."""
    back = AfterSalesLine.objects.filter(line=OuterRef("pk"), case__restocked_at__isnull=False)
    left = F("quantity") - Coalesce(sum_of(back, "quantity"), 0)
    return OrderLine.objects.select_related("sku").annotate(left=left)


def lines_with_places() -> QuerySet[OrderLine]:
    """Order lines with what is `to_pack` of each, and what of it has `gone`."""
    inside = ParcelLine.objects.filter(line=OuterRef("pk"))
    packed = inside.filter(parcel__status__in=[Parcel.Status.PACKED, Parcel.Status.SHIPPED])
    gone = inside.filter(parcel__status=Parcel.Status.SHIPPED)
    return lines_in_house().annotate(
        to_pack=F("left") - Coalesce(sum_of(packed, "quantity"), 0),
        gone=Coalesce(sum_of(gone, "quantity"), 0),
    )


def lines_to_pack(order: Order) -> list[OrderLine]:
    """The lines of which something is not packed yet, in their order."""
    return [line for line in lines_with_places().filter(order=order) if to_pack_of(line)]


def to_pack_of(line: OrderLine) -> int:
    """Units of an annotated line that are in no parcel."""
    units: int = line.to_pack  # type: ignore[attr-defined]
    return units


def units_here(order: Order) -> dict[int, int]:
    """SKU → units that still wait to leave: those back in stock or gone do not."""
    lines: list[Any] = list(lines_with_places().filter(order=order))
    return {line.sku_id: line.left - line.gone for line in lines}


def whereabouts(order: Order, units: Mapping[int, int]) -> str:
    """Where units (SKU → quantity) of the order are: HERE, GONE, or some of each (BOTH)."""
    if order.shipped_at is not None:
        return GONE
    here = units_here(order)
    if all(wanted <= here.get(sku, 0) for sku, wanted in units.items()):
        return HERE
    return BOTH if any(here.get(sku) for sku in units) else GONE
