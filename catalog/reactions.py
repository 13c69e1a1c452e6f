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


@reacts_to(RevisionPublished)
def show_revision(event: RevisionPublished, fact: EventLog) -> None:
    _show_again(event.product_id)


@reacts_to(SkuPriced)
def show_price(event: SkuPriced, fact: EventLog) -> None:
    _show_again(Sku.objects.get(pk=event.sku_id).product_id)


@reacts_to(StockReceived)
def show_stock(event: StockReceived, fact: EventLog) -> None:
    _show_again(Sku.objects.get(pk=event.sku_id).product_id)


@reacts_to(LotQuarantined)
def show_quarantine(event: LotQuarantined, fact: EventLog) -> None:
    _show_again(Sku.objects.get(pk=event.sku_id).product_id)


@reacts_to(LotReleased)
def show_release(event: LotReleased, fact: EventLog) -> None:
    _show_again(Sku.objects.get(pk=event.sku_id).product_id)


@reacts_to(LotRecalled)
def show_recall(event: LotRecalled, fact: EventLog) -> None:
    _show_again(Sku.objects.get(pk=event.sku_id).product_id)


@reacts_to(LotExpired)
def show_expiry(event: LotExpired, fact: EventLog) -> None:
    _show_again(Sku.objects.get(pk=event.sku_id).product_id)


@reacts_to(ReturnShelved)
def show_returned(event: ReturnShelved, fact: EventLog) -> None:
    _show_again(Sku.objects.get(pk=event.sku_id).product_id)


def _show_again(product_id: int) -> None:
    forget(f"product:{product_id}")
    forget("storefront")
