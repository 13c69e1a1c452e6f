"""Offers: what moves while a revision stands still, and the ledger of what may be promised."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog import rules
from catalog.models.products import Sku
from shop.books.fields import FenField


class OfferQuerySet(models.QuerySet["Offer"]):
    def on_sale(self) -> OfferQuerySet:
        """What a customer may order: priced, and its product has a live revision."""
        return self.filter(sku__product__live_revision__isnull=False)


class Offer(models.Model):
    """What moves while the revision stands still: price and stock of one SKU, in one flat row.

    `available` is what may still be promised: what is in the house in sellable lots, less what
    orders were promised that have not left. Should a lot become unsellable under a promise, what
    is missing stands in `short`, and nothing is available until goods come in. `version` counts
    every change, in the transaction of its cause. `is_stopped` since its product was taken off
    sale: what is taken of the stock is decided by this row alone, so no order races past it.
    `reference_fen` is what the price may be compared with (`rules.reference_price`), or null.
    """

    sku = models.OneToOneField(Sku, models.PROTECT, related_name="offer", verbose_name=_("SKU"))
    price_fen = FenField(_("price (fen)"))
    member_price_fen = FenField(_("member price (fen)"), null=True)
    reference_fen = FenField(_("reference price (fen)"), null=True, editable=False)
    available = models.PositiveIntegerField(_("available"), default=0)
    short = models.PositiveIntegerField(
        _("short"), default=0, db_default=0, help_text="promised, and no sellable lot covers it"
    )
    is_stopped = models.BooleanField(
        _("taken off sale"), default=False, db_default=False, editable=False
    )
    version = models.PositiveIntegerField(default=1)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        permissions = [
            ("price_sku", "Can set a SKU's prices"),
            ("receive_stock", "Can book goods in"),
        ]
        constraints = [
            models.CheckConstraint(
                name="offer_price",
                condition=models.Q(price_fen__gt=0, price_fen__lte=rules.HIGHEST_PRICE_FEN),
            ),
            models.CheckConstraint(
                name="offer_member_price",
                condition=models.Q(member_price_fen__isnull=True)
                | models.Q(member_price_fen__gt=0, member_price_fen__lte=models.F("price_fen")),
            ),
            models.CheckConstraint(
                name="offer_reference_is_above_price",
                condition=models.Q(reference_fen__isnull=True)
                | models.Q(reference_fen__gt=models.F("price_fen")),
            ),
            models.CheckConstraint(
                name="offer_stock_not_negative", condition=models.Q(available__gte=0)
            ),
            models.CheckConstraint(
                name="offer_promises_nothing_while_short",
                condition=models.Q(short=0) | models.Q(short__gt=0, available=0),
            ),
        ]

    def __str__(self) -> str:
        return self.sku.code

    @property
    def stock_level(self) -> str:
        """What customers are told of the stock (`rules.stock_level`)."""
        return rules.stock_level(self.available)


class StockMove(models.Model):
    """Why what may be promised changed, by how much, and because of what. Append-only.

    It speaks of SKUs alone: no lot is chosen when an order is placed. Where the goods are, and of
    which lot, LotMove says. A reference of an order's begins with its number.
    """

    class Cause(models.TextChoices):
        RECEIVED = "received", _("goods in")
        ORDERED = "ordered", _("ordered")
        RELEASED = "released", _("given back")
        HELD = "held", _("withdrawn from sale")
        FREED = "freed", _("back on sale")

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="moves", verbose_name=_("SKU"))
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices)
    quantity = models.IntegerField(_("quantity"), help_text="signed")
    reference = models.CharField(_("reference"), max_length=90)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("stock move")
        verbose_name_plural = _("stock moves")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["sku", "cause", "reference"], name="moved_once"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} {self.quantity:+d} {self.reference}"
