"""What the catalogue announces."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class BrandAdded(Event):
    """Products may be drafted under this brand."""

    stream_kind = "brand"
    label = _("brand added")
    brand_id: int


@dataclass(frozen=True)
class CategoryAdded(Event):
    """A shelf that products can stand on."""

    stream_kind = "category"
    label = _("category added")
    category_id: int


@dataclass(frozen=True)
class ProductDrafted(Event):
    """Operations began a product (A4.1a)."""

    stream_kind = "product"
    label = _("drafted")
    product_id: int


@dataclass(frozen=True)
class RevisionSubmitted(Event):
    """A revision asks for review by somebody else."""

    stream_kind = "product"
    label = _("submitted for review")
    product_id: int
    revision_id: int


@dataclass(frozen=True)
class RevisionApproved(Event):
    """A second person found the revision true, complete and lawful."""

    stream_kind = "product"
    label = _("approved")
    product_id: int
    revision_id: int


@dataclass(frozen=True)
class RevisionPublished(Event):
    """The technical role put the revision before customers; its content is frozen."""

    stream_kind = "product"
    label = _("published")
    product_id: int
    revision_id: int


@dataclass(frozen=True)
class SkuPriced(Event):
    """A SKU's prices in fen, from now on; None: no member price."""

    stream_kind = "sku"
    label = _("priced")
    sku_id: int
    price_fen: int
    member_price_fen: int | None


@dataclass(frozen=True)
class StockReceived(Event):
    """Goods came in under a document."""

    stream_kind = "sku"
    label = _("goods received")
    sku_id: int
    quantity: int
    document: str
