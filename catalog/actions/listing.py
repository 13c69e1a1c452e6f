"""The listing path: brands, categories, products and their revisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from catalog import rules
from catalog.errors import (
    REVIEW_NEEDS,
    DelistingOpen,
    NameTaken,
    NotReadyForReview,
    ReviewedByAuthor,
    ShelfTooDeep,
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
)
from catalog.models import Brand, Category, Delisting, Offer, Product, ProductRevision, Sku
from catalog.selectors import objections_to
from shop.clock import now
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
        revision = ProductRevision.objects.get_locked(revision)
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
        revision = ProductRevision.objects.get_locked(revision)
        if by.user is not None and by.user.pk in {revision.drafted_by_id, *revision.writers}:
            raise ReviewedByAuthor
        advance(revision, "approve")
        revision.approved_by = by.user
        revision.save(update_fields=["status", "approved_by"])
        publish(RevisionApproved(revision.product_id, revision.pk), by=by)
    return revision


def publish_revision(revision: ProductRevision, *, by: Actor) -> ProductRevision:
    """Put an approved revision before customers and freeze it (A4.1a: the technical role).

    What was taken off sale is back on sale with it. Raises PaperLapsed while a licence that it
    needs has lapsed (Food Safety Law art. 35), DelistingOpen before the lesson is written (CA4).
    """
    by.require("catalog.publish_revision")
    with transaction.atomic():
        revision = ProductRevision.objects.get_locked(revision)
        require_papers("catalog.publish_revision", revision)
        if Delisting.objects.open().filter(product=revision.product_id).exists():
            raise DelistingOpen
        advance(revision, "publish")
        revision.published_at = now()
        revision.content_hash = rules.content_hash(revision.text)
        revision.save(update_fields=["status", "published_at", "content_hash"])
        product = revision.product
        product.live_revision = revision
        product.published_at = product.published_at or revision.published_at
        product.save(update_fields=["live_revision", "published_at"])
        stopped = Offer.objects.filter(sku__product=product, is_stopped=True)
        stopped.update(is_stopped=False, version=F("version") + 1)
        publish(RevisionPublished(product.pk, revision.pk), by=by)
    return revision
