"""Products and their revisions, offers, and where the goods are by lot."""

from catalog.models.cards import ShelfCard
from catalog.models.delistings import (
    ChannelCheck,
    Delisting,
    DelistingCandidate,
    DelistingRule,
)
from catalog.models.disposals import Disposal
from catalog.models.goods import LotAllotment, LotAllotmentQuerySet, LotBalance, LotMove
from catalog.models.lots import (
    CUSTOMER,
    INSPECTION,
    LOSS,
    LOT_AGE,
    PACKING,
    PLACES,
    QUARANTINE,
    SHELF,
    SUPPLIER,
    Lot,
    LotQuerySet,
    Place,
)
from catalog.models.offers import Offer, OfferQuerySet, StockMove
from catalog.models.prices import PRICE_DUE, PriceChange
from catalog.models.products import (
    Brand,
    Category,
    Product,
    ProductQuerySet,
    ProductRevision,
    Sku,
)

__all__ = [
    "CUSTOMER",
    "INSPECTION",
    "LOSS",
    "LOT_AGE",
    "PACKING",
    "PLACES",
    "PRICE_DUE",
    "QUARANTINE",
    "SHELF",
    "SUPPLIER",
    "Brand",
    "Category",
    "ChannelCheck",
    "Delisting",
    "DelistingCandidate",
    "DelistingRule",
    "Disposal",
    "Lot",
    "LotAllotment",
    "LotAllotmentQuerySet",
    "LotBalance",
    "LotMove",
    "LotQuerySet",
    "Offer",
    "OfferQuerySet",
    "Place",
    "PriceChange",
    "Product",
    "ProductQuerySet",
    "ProductRevision",
    "ShelfCard",
    "Sku",
    "StockMove",
]
