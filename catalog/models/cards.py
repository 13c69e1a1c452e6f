"""What customers see of each product, ready to be told."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Brand, Category, Product
from shop.books.fields import FenField


class ShelfCard(models.Model):
    """A product's row in lists and its own page, as JSON word for word as the API tells them.

    PostgreSQL lays it anew in the transaction of whatever changes it (the view `catalog_shown`, the
    function `catalog_lay_cards` and its triggers, migration `shelf_cards`); nothing else writes it,
    and the oracle holds each card against the rows it was made of. What is taken from the stock
    changes a card only when the level that customers are told changes.
    """

    product = models.OneToOneField(Product, models.PROTECT, primary_key=True, related_name="card")
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    brand = models.ForeignKey(Brand, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("first published at"), null=True)
    price_fen = FenField(
        _("price (fen)"), null=True, help_text="the lowest; none: it is in no list"
    )
    found_by = models.CharField(
        _("found by"), max_length=60, default="", help_text="the live title in lower case"
    )
    row = models.TextField(_("row in lists"), null=True)
    page = models.TextField(_("page"), null=True, help_text="none: it is not published")

    class Meta:
        verbose_name = _("shelf card")
        verbose_name_plural = _("shelf cards")
        constraints = [
            models.CheckConstraint(
                name="card_in_lists_is_published_and_priced",
                condition=Q(price_fen__isnull=True, row__isnull=True)
                | Q(
                    price_fen__isnull=False,
                    row__isnull=False,
                    page__isnull=False,
                    published_at__isnull=False,
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-published_at", "-product"],
                name="card_newest",
                condition=Q(price_fen__isnull=False),
            ),
            models.Index(
                fields=["category", "-published_at", "-product"],
                name="card_on_shelf",
                condition=Q(price_fen__isnull=False),
            ),
            models.Index(
                fields=["price_fen", "-product"],
                name="card_by_price",
                condition=Q(price_fen__isnull=False),
            ),
            GinIndex(
                Func(F("found_by"), function="catalog_grams"),
                name="card_grams",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}"
