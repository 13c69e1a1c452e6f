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
class RevisionBegun(Event):
    """A change was begun from the words of the live revision (A4.1b)."""

    stream_kind = "product"
    label = _("change begun")
    product_id: int
    revision_id: int
    live_id: int


@dataclass(frozen=True)
class RevisionEdited(Event):
    """These fields of a draft say something else now."""

    stream_kind = "product"
    label = _("draft edited")
    product_id: int
    revision_id: int
    changed: list[str]


@dataclass(frozen=True)
class RevisionReturned(Event):
    """A reviewer gave it back with what is wrong; an approval it had is void."""

    stream_kind = "product"
    label = _("returned to the author")
    product_id: int
    revision_id: int


@dataclass(frozen=True)
class RevisionDiscarded(Event):
    """A draft was given up; what customers read stays."""

    stream_kind = "product"
    label = _("draft given up")
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
class ProductDelisted(Event):
    """Operations took a product off sale, for this reason; nobody can order it since (A4.1c)."""

    stream_kind = "product"
    label = _("taken off sale")
    product_id: int
    delisting_id: int
    reason: str


@dataclass(frozen=True)
class ChannelConfirmed(Event):
    """The technical role saw that a channel shows the product no more (A4.1c)."""

    stream_kind = "product"
    label = _("gone from a channel")
    product_id: int
    delisting_id: int
    channel: str


@dataclass(frozen=True)
class DelistingClosed(Event):
    """All channels are clean, what followed is seen to, and the lesson is written (A4.1c)."""

    stream_kind = "product"
    label = _("delisting closed with its lesson")
    product_id: int
    delisting_id: int


@dataclass(frozen=True)
class DelistingProposed(Event):
    """By its figures a rule proposes to take the product off sale (D4.2.3)."""

    stream_kind = "product"
    label = _("proposed for delisting")
    product_id: int
    candidate_id: int
    rule: str


@dataclass(frozen=True)
class DelistingDeclined(Event):
    """Operations keep the product on sale, and said why; it is asked again later."""

    stream_kind = "product"
    label = _("proposed delisting declined")
    product_id: int
    candidate_id: int
    rule: str


@dataclass(frozen=True)
class DelistingRuleSet(Event):
    """From now on products are proposed by this threshold, or not by this rule at all."""

    stream_kind = "delisting_rule"
    label = _("rule of delisting set")
    rule_id: int
    rule: str
    threshold: int
    is_on: bool


@dataclass(frozen=True)
class PriceChangeAsked(Event):
    """Somebody asks for new prices of a SKU, with their reasons (C3.2.1)."""

    stream_kind = "sku"
    label = _("price change asked for")
    sku_id: int
    change_id: int
    price_fen: int


@dataclass(frozen=True)
class PriceChangeApproved(Event):
    """A second person said yes; the price takes effect on its day."""

    stream_kind = "sku"
    label = _("price change approved")
    sku_id: int
    change_id: int


@dataclass(frozen=True)
class PriceChangeDropped(Event):
    """It was not approved, or withdrawn before its day: the price stays."""

    stream_kind = "sku"
    label = _("price change given up")
    sku_id: int
    change_id: int


@dataclass(frozen=True)
class PriceChangeEffective(Event):
    """An approved price holds from now on."""

    stream_kind = "sku"
    label = _("price change in effect")
    sku_id: int
    change_id: int


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


@dataclass(frozen=True)
class LotArrived(Event):
    """The first goods of a lot came in."""

    stream_kind = "lot"
    label = _("lot arrived")
    lot_id: int
    sku_id: int


@dataclass(frozen=True)
class LotQuarantined(Event):
    """A lot was withdrawn from sale with so many units; so many promised ones are short now."""

    stream_kind = "lot"
    label = _("withdrawn from sale")
    lot_id: int
    sku_id: int
    reason: str
    units: int
    short: int


@dataclass(frozen=True)
class LotReleased(Event):
    """A quarantined lot is on sale again, with so many units."""

    stream_kind = "lot"
    label = _("released")
    lot_id: int
    sku_id: int
    units: int


@dataclass(frozen=True)
class LotRecalled(Event):
    """A lot is called back: nothing of it is ever sold again (Food Safety Law art. 63)."""

    stream_kind = "lot"
    label = _("recalled")
    lot_id: int
    sku_id: int
    reason: str
    units: int
    short: int


@dataclass(frozen=True)
class LotExpired(Event):
    """Its day has come: nothing of the lot is sold any more (Food Safety Law art. 34)."""

    stream_kind = "lot"
    label = _("expired")
    lot_id: int
    sku_id: int
    units: int
    short: int


@dataclass(frozen=True)
class LotShort(Event):
    """So many units of a lot were not on the shelf where they should be picked: written off."""

    stream_kind = "lot"
    label = _("units missing on the shelf")
    lot_id: int
    sku_id: int
    units: int


@dataclass(frozen=True)
class LotNearedExpiry(Event):
    """A lot nears its end with so many units on the shelf."""

    stream_kind = "lot"
    label = _("nears its expiry")
    lot_id: int
    sku_id: int
    units: int


@dataclass(frozen=True)
class GoodsReturned(Event):
    """Units of a lot came back from a customer and wait for inspection."""

    stream_kind = "lot"
    label = _("returned by a customer")
    lot_id: int
    sku_id: int
    units: int


@dataclass(frozen=True)
class ReturnShelved(Event):
    """Returned units were found good and are on sale again."""

    stream_kind = "lot"
    label = _("returned goods back on the shelf")
    lot_id: int
    sku_id: int
    units: int


@dataclass(frozen=True)
class ReturnWrittenOff(Event):
    """Returned units are not fit for sale and were written off."""

    stream_kind = "lot"
    label = _("returned goods written off")
    lot_id: int
    sku_id: int
    units: int


@dataclass(frozen=True)
class StockDiffered(Event):
    """The proof found that the goods of a SKU are not what their moves and promises say."""

    stream_kind = "sku"
    label = _("stock differs from its ledger")
    sku_id: int


@dataclass(frozen=True)
class DisposalProposed(Event):
    """So many unfit units of a lot are destroyed, says one person; another shall witness it."""

    stream_kind = "disposal"
    label = _("disposal proposed")
    disposal_id: int
    lot_id: int
    units: int


@dataclass(frozen=True)
class GoodsDestroyed(Event):
    """A witness saw so many unfit units of a lot destroyed: they left the ledger."""

    stream_kind = "disposal"
    label = _("destroyed before a witness")
    disposal_id: int
    lot_id: int
    units: int


@dataclass(frozen=True)
class DisposalCalledOff(Event):
    """What was proposed was not done: the goods are still set aside."""

    stream_kind = "disposal"
    label = _("disposal called off")
    disposal_id: int
    lot_id: int
