"""Staff pages of products and offers: read here, changed by the desk's buttons."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from catalog.admin.goods import LOT_LOOKS
from catalog.models import Brand, Category, Product, ProductRevision, Sku
from catalog.rendering import passages
from catalog.selectors import lots_of
from catalog.selectors.prices import limits_of, price_history
from shop.books.money import yuan
from shop.doors.desk.facts import Fact, shown
from shop.doors.desk.readonly import ReadOnlyAdmin, state_badge
from shop.doors.desk.rows import actor_of
from shop.doors.templatetags.desk import badge

REVISION_LOOKS = {
    "draft": "plain",
    "submitted": "wait",
    "approved": "go",
    "published": "good",
    "discarded": "plain",
}
STOCK_LOOKS = {"in_stock": "good", "low": "wait", "sold_out": "bad"}
STOCK_WORDS = {"in_stock": _("enough"), "low": _("running low"), "sold_out": _("sold out")}
LATEST_MOVES = 20


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ("code", "title", "kind", "brand", "category", "published_at")
    list_filter = ("kind", "brand", "category")
    list_select_related = ("brand", "category", "live_revision")
    search_fields = ("code", "revisions__title", "revisions__approval_number")
    record_template = "catalog/desk/product.html"

    @admin.display(description=_("title"))
    def title(self, product: Product) -> Any:
        revision = product.live_revision or next(iter(product.revisions.all()), None)
        if product.live_revision is not None or revision is None:
            return revision.title if revision else "—"
        state = badge(revision.get_status_display(), REVISION_LOOKS[revision.status])
        return format_html("{} {}", revision.title, state)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).prefetch_related("revisions")

    def about(self, request: HttpRequest, product: Product) -> dict[str, Any]:
        return {
            "revisions": [(revision, REVISION_LOOKS[revision.status]) for revision in
                          product.revisions.select_related("drafted_by", "approved_by")],
            "skus": product.skus.select_related("offer"),
        }  # fmt: skip


@admin.register(ProductRevision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ("title", "number", "state", "product", "drafted_by", "created_at")
    list_filter = ("status", "product__kind")
    list_select_related = ("product", "drafted_by", "based_on")
    search_fields = ("title", "approval_number", "product__code")
    record_template = "catalog/desk/revision.html"
    state = state_badge(REVISION_LOOKS)
    state.short_description = _("state")

    def about(self, request: HttpRequest, revision: ProductRevision) -> dict[str, Any]:
        """The content field by field, what a review would still ask for, and what the law says."""
        content = passages(revision)
        return {
            "content": content,
            "missing": sum(passage.is_missing for passage in content),
            "objections": sum(len(passage.objections) for passage in content),
            "changed": sum(bool(passage.changes) for passage in content),
            "badge_look": REVISION_LOOKS[revision.status],
            "is_live": revision.product.live_revision_id == revision.pk,
            "may_write": revision.status == "draft"
            and actor_of(request).may("catalog.edit_revision"),
        }

    def facts(self, revision: Any) -> list[Fact]:
        names = ("product", "number", "drafted_by", "approved_by", "created_at", "published_at")
        options: Any = revision._meta
        fields = [options.get_field(name) for name in names]
        return [Fact(field.verbose_name, shown(revision, field)) for field in fields]


@admin.register(Sku)
class SkuAdmin(ReadOnlyAdmin):
    list_display = ("code", "title", "name", "price", "member_price", "stock")
    list_filter = ("product__brand", "product__category")
    list_select_related = ("product__live_revision", "offer")
    search_fields = ("code", "product__revisions__title")
    record_template = "catalog/desk/sku.html"

    @admin.display(description=_("title"))
    def title(self, sku: Sku) -> str:
        live = sku.product.live_revision
        return live.title if live else "—"

    @admin.display(description=_("price"), ordering="offer__price_fen")
    def price(self, sku: Sku) -> str:
        return yuan(sku.offer.price_fen) if hasattr(sku, "offer") else "—"

    @admin.display(description=_("member price"), ordering="offer__member_price_fen")
    def member_price(self, sku: Sku) -> str:
        fen = sku.offer.member_price_fen if hasattr(sku, "offer") else None
        return "—" if fen is None else yuan(fen)

    @admin.display(description=_("available"), ordering="offer__available")
    def stock(self, sku: Sku) -> Any:
        if not hasattr(sku, "offer"):
            return badge(_("no price yet"), "wait")
        level = sku.offer.stock_level
        word = badge(STOCK_WORDS[level], STOCK_LOOKS[level])
        return format_html("{} {}", sku.offer.available, word)

    def about(self, request: HttpRequest, sku: Sku) -> dict[str, Any]:
        offer = getattr(sku, "offer", None)
        return {
            "offer": offer,
            "stock_word": STOCK_WORDS[offer.stock_level] if offer else "",
            "stock_look": STOCK_LOOKS[offer.stock_level] if offer else "",
            "prices": price_history(sku)[::-1],
            "limits": limits_of(sku),
            "pending": sku.price_changes.pending().first(),
            "moves": sku.moves.all()[:LATEST_MOVES],
            "lots": [(lot, LOT_LOOKS[lot.status]) for lot in lots_of(sku)],
            "product_title": self.title(sku),
        }


@admin.register(Brand)
class BrandAdmin(ReadOnlyAdmin):
    list_display = ("name",)
    search_fields = ("name",)


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "parent", "position")
    list_select_related = ("parent",)
    search_fields = ("name",)
