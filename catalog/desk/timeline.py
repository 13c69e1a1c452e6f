"""How the figures of the catalogue's events read."""

from typing import Any

from django.utils.translation import gettext as _

from catalog.events import (
    DelistingDeclined,
    DelistingProposed,
    GoodsReturned,
    LotExpired,
    LotNearedExpiry,
    LotQuarantined,
    LotRecalled,
    LotReleased,
    ProductDelisted,
    ReturnShelved,
    ReturnWrittenOff,
    SkuPriced,
    StockReceived,
)
from catalog.models import Delisting, DelistingRule, Lot
from shop.books.money import yuan
from shop.doors.desk.timeline import in_words


@in_words(SkuPriced)
def priced(event: SkuPriced) -> str:
    if event.member_price_fen is None:
        return yuan(event.price_fen)
    return _("%(price)s, members %(member)s") % {
        "price": yuan(event.price_fen),
        "member": yuan(event.member_price_fen),
    }


@in_words(StockReceived)
def received(event: StockReceived) -> str:
    return _("%(quantity)d units, document %(document)s") % {
        "quantity": event.quantity,
        "document": event.document,
    }


@in_words(LotQuarantined)
def quarantined(event: LotQuarantined) -> str:
    return _withdrawn(event.units, event.short, event.reason)


@in_words(LotRecalled)
def recalled(event: LotRecalled) -> str:
    return _withdrawn(event.units, event.short, event.reason)


@in_words(LotExpired)
def expired(event: LotExpired) -> str:
    return _withdrawn(event.units, event.short)


def _withdrawn(units: int, short: int, reason: str = "") -> str:
    told = [str(Lot.Reason(reason).label)] if reason else []
    told.append(_units(units))
    if short:
        told.append(_("%(short)d promised units are short") % {"short": short})
    return " · ".join(told)


def _units(units: int) -> str:
    return _("%(units)d units") % {"units": units}


def counted(event: Any) -> str:
    return _units(event.units)


for told in (LotReleased, LotNearedExpiry, GoodsReturned, ReturnShelved, ReturnWrittenOff):
    in_words(told)(counted)


@in_words(ProductDelisted)
def delisted(event: ProductDelisted) -> str:
    return str(Delisting.Reason(event.reason).label)


@in_words(DelistingProposed)
def proposed(event: DelistingProposed) -> str:
    return str(DelistingRule.Code(event.rule).label)


@in_words(DelistingDeclined)
def declined(event: DelistingDeclined) -> str:
    return str(DelistingRule.Code(event.rule).label)
