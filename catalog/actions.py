"""What changes the catalogue: the listing path, prices, stock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalog import rules
from catalog.errors import (
    REVIEW_NEEDS,
    BookedBefore,
    NameTaken,
    NotPriced,
    NotReadyForReview,
    ReviewedByAuthor,
    ShelfTooDeep,
    SoldOut,
    UnlawfulContent,
    unlawful,
)
from catalog.events import (
    BrandAdded,
    CategoryAdded,
    ProductDrafted,
    RevisionApproved,
    RevisionPublished,
    RevisionSubmitted,
    SkuPriced,
    StockReceived,
)
from catalog.models import Brand, Category, Offer, Product, ProductRevision, Sku, StockMove
from catalog.selectors import objections_to
from shop.clock import now
from shop.errors import InvalidValue
from shop.events.outbox import publish
from shop.events.states import advance
from shop.identity.actors import Actor
from shop.papers.selectors import require_papers


def add_brand(name: str, *, by: Actor) -> Brand:
    """Make a mark known under which products can be drafted. Raises NameTaken."""
    by.require("catalog.add_brand")
    with transaction.atomic():
        brand, is_new = Brand.objects.get_or_create(name=name)
        if not is_new:
            raise NameTaken
        publish(BrandAdded(brand.pk), by=by)
    return brand


def add_category(name: str, slug: str, above: Category | None = None, *, by: Actor) -> Category:
    """Put up a shelf as the last of its level. Raises NameTaken (the slug's), ShelfTooDeep."""
    by.require("catalog.add_category")
    if above and above.depth >= rules.MOST_LEVELS:
        raise ShelfTooDeep
    with transaction.atomic():
        position = Category.objects.filter(parent=above).count() + 1
        category, is_new = Category.objects.get_or_create(
            slug=slug, defaults={"name": name, "parent": above, "position": position}
        )
        if not is_new:
            raise NameTaken
        publish(CategoryAdded(category.pk), by=by)
    return category


@dataclass(frozen=True)
class ProductCard:
    """What identifies a product before it says anything."""

    code: str
    kind: str
    brand: Brand
    category: Category
    specifications: Sequence[str]
    vat_bp: int = rules.STANDARD_VAT_BP


def draft_product(card: ProductCard, text: Mapping[str, str], *, by: Actor) -> ProductRevision:
    """Begin a product with its specifications and a first draft of its content (A4.1a)."""
    by.require("catalog.draft_product")
    with transaction.atomic():
        product = Product.objects.create(
            code=card.code,
            kind=card.kind,
            brand=card.brand,
            category=card.category,
            created_at=now(),
        )
        Sku.objects.bulk_create(
            Sku(
                product=product,
                code=f"{card.code}-{n}",
                name=name,
                position=n,
                vat_bp=card.vat_bp,
            )
            for n, name in enumerate(card.specifications, start=1)
        )
        revision = ProductRevision.objects.create(
            product=product, number=1, drafted_by=by.user, created_at=now(), **text
        )
        publish(ProductDrafted(product_id=product.pk), by=by)
    return revision


def submit_revision(revision: ProductRevision, *, by: Actor) -> ProductRevision:
    """Ask for review; refused while something the law requires is missing, or while it says
    what the law forbids (A4.1a, CA2): the refusal names the words and the rule.
    """
    by.require("catalog.submit_revision")
    with transaction.atomic():
        revision = _locked(revision)
        missing = rules.missing_for_submission(revision.product.kind, revision.text)
        if missing:
            raise NotReadyForReview(fields={n: [REVIEW_NEEDS[why]] for n, why in missing.items()})
        _refuse_the_unlawful(revision)
        advance(revision, "submit")
        revision.save(update_fields=["status"])
        publish(RevisionSubmitted(revision.product_id, revision.pk), by=by)
    return revision


def _refuse_the_unlawful(revision: ProductRevision) -> None:
    forbidden = {
        name: [unlawful(finding) for finding in findings if finding.rule.blocks]
        for name, findings in objections_to(revision).items()
    }
    if complaints := {name: said for name, said in forbidden.items() if said}:
        raise UnlawfulContent(fields=complaints)


def approve_revision(revision: ProductRevision, *, by: Actor) -> ProductRevision:
    """A second pair of eyes finds it true, complete and lawful (A4.1a)."""
    by.require("catalog.approve_revision")
    with transaction.atomic():
        revision = _locked(revision)
        if by.user is not None and revision.drafted_by_id == by.user.pk:
            raise ReviewedByAuthor
        advance(revision, "approve")
        revision.approved_by = by.user
        revision.save(update_fields=["status", "approved_by"])
        publish(RevisionApproved(revision.product_id, revision.pk), by=by)
    return revision


def publish_revision(revision: ProductRevision, *, by: Actor) -> ProductRevision:
    """Put an approved revision before customers and freeze it (A4.1a: the technical role).

    Raises PaperLapsed while a licence that it needs has lapsed (Food Safety Law art. 35).
    """
    by.require("catalog.publish_revision")
    with transaction.atomic():
        revision = _locked(revision)
        require_papers("catalog.publish_revision", revision)
        advance(revision, "publish")
        revision.published_at = now()
        revision.content_hash = rules.content_hash(revision.text)
        revision.save(update_fields=["status", "published_at", "content_hash"])
        product = revision.product
        product.live_revision = revision
        product.published_at = product.published_at or revision.published_at
        product.save(update_fields=["live_revision", "published_at"])
        publish(RevisionPublished(product.pk, revision.pk), by=by)
    return revision


def _locked(revision: ProductRevision) -> ProductRevision:
    """The revision behind its product's lock: one step at a time per product."""
    Product.objects.select_for_update(no_key=True).get(pk=revision.product_id)
    return ProductRevision.objects.select_related("product").get(pk=revision.pk)


def price_sku(sku: Sku, price_fen: int, member_price_fen: int | None = None, *, by: Actor) -> Offer:
    """Set a SKU's list and member price, in fen, from now on."""
    by.require("catalog.price_sku")
    _require_sane_prices(price_fen, member_price_fen)
    with transaction.atomic():
        offer, is_new = Offer.objects.select_for_update(no_key=True).get_or_create(
            sku=sku, defaults={"price_fen": price_fen, "member_price_fen": member_price_fen}
        )
        if not is_new:
            offer.price_fen, offer.member_price_fen = price_fen, member_price_fen
            offer.version += 1
            offer.save(update_fields=["price_fen", "member_price_fen", "version"])
        publish(SkuPriced(sku.pk, price_fen, member_price_fen), by=by)
    return offer


def _require_sane_prices(price_fen: int, member_price_fen: int | None) -> None:
    if not 0 < price_fen <= rules.HIGHEST_PRICE_FEN:
        raise InvalidValue(fields={"price_fen": [_("A price is above 0 and at most ¥100,000.")]})
    if member_price_fen is not None and not 0 < member_price_fen <= price_fen:
        raise InvalidValue(
            fields={"member_price_fen": [_("A member price is above 0 and not above the price.")]}
        )


def receive_stock(sku: Sku, quantity: int, document: str, *, by: Actor) -> Offer:
    """Book goods in under their document; the same document counts once per SKU.

    Raises BookedBefore, NotPriced.
    """
    by.require("catalog.receive_stock")
    if not 0 < quantity <= 1_000_000:
        raise InvalidValue(fields={"quantity": [_("A quantity is from 1 to 1,000,000.")]})
    with transaction.atomic():
        offer = Offer.objects.select_for_update(no_key=True).filter(sku=sku).first()
        if offer is None:
            raise NotPriced
        moved = StockMove.objects.filter(
            sku=sku, cause=StockMove.Cause.RECEIVED, reference=document
        )
        if moved.exists():
            raise BookedBefore
        StockMove.objects.create(
            sku=sku, cause=StockMove.Cause.RECEIVED, quantity=quantity, reference=document, at=now()
        )
        offer.available += quantity
        offer.version += 1
        offer.save(update_fields=["available", "version"])
        publish(StockReceived(sku.pk, quantity, document), by=by)
    return offer


def take_stock(wanted: Mapping[int, int], reference: str, *, by: Actor) -> None:
    """Take units of several SKUs (id → quantity), all or none; call it last before commit.

    One guarded UPDATE per SKU, in key order, decides: no read before it can be out of date, and
    the hot row is held only until the caller commits. Raises SoldOut naming the SKU.
    """
    by.require("catalog.take_stock")
    StockMove.objects.bulk_create(
        StockMove(
            sku_id=sku,
            cause=StockMove.Cause.ORDERED,
            quantity=-quantity,
            reference=reference,
            at=now(),
        )
        for sku, quantity in wanted.items()
    )
    for sku, quantity in sorted(wanted.items()):
        left = Offer.objects.filter(sku_id=sku, available__gte=quantity)
        if not left.update(available=F("available") - quantity, version=F("version") + 1):
            raise SoldOut(fields={"sku": [str(sku)]})


def release_stock(reference: str, *, by: Actor) -> None:
    """Give back what was taken under this reference, once however often it is asked."""
    by.require("catalog.release_stock")
    with transaction.atomic():
        taken = StockMove.objects.filter(cause=StockMove.Cause.ORDERED, reference=reference)
        for move in taken.order_by("sku_id"):
            _back, is_new = StockMove.objects.get_or_create(
                sku_id=move.sku_id,
                cause=StockMove.Cause.RELEASED,
                reference=reference,
                defaults={"quantity": -move.quantity, "at": now()},
            )
            if is_new:
                Offer.objects.filter(sku_id=move.sku_id).update(
                    available=F("available") - move.quantity, version=F("version") + 1
                )


def give_back_stock(units: Mapping[int, int], reference: str, *, by: Actor) -> None:
    """Put some units (SKU id → quantity) of what was taken back on sale, once per reference.

    Call it last before commit, like `take_stock`.
    """
    by.require("catalog.give_back_stock")
    with transaction.atomic():
        for sku, quantity in sorted(units.items()):
            _back, is_new = StockMove.objects.get_or_create(
                sku_id=sku,
                cause=StockMove.Cause.RELEASED,
                reference=reference,
                defaults={"quantity": quantity, "at": now()},
            )
            if is_new:
                Offer.objects.filter(sku_id=sku).update(
                    available=F("available") + quantity, version=F("version") + 1
                )
