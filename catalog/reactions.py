"""What the catalogue does about facts: customers see a change at once, not when a cache ends."""

from catalog.events import (
    LotExpired,
    LotQuarantined,
    LotRecalled,
    LotReleased,
    ReturnShelved,
    RevisionPublished,
    SkuPriced,
    StockReceived,
)
from catalog.models import Sku
from shop.doors.api.caching import forget
from shop.events.models import EventLog
from shop.events.outbox import reacts_to

OfSku = (
    SkuPriced
    | StockReceived
    | LotQuarantined
    | LotReleased
    | LotRecalled
    | LotExpired
    | ReturnShelved
)


@reacts_to(RevisionPublished)
def show_revision(event: RevisionPublished, fact: EventLog) -> None:
    _show_again(event.product_id)


@reacts_to(
    SkuPriced, StockReceived, LotQuarantined, LotReleased, LotRecalled, LotExpired, ReturnShelved
)
def show_offer(event: OfSku, fact: EventLog) -> None:
    """What it costs and whether it is to be had."""
    _show_again(Sku.objects.get(pk=event.sku_id).product_id)


def _show_again(product_id: int) -> None:
    forget(f"product:{product_id}")
    forget("storefront")
