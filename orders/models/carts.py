"""What a customer means to buy."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku
from marketing.rules import MAX_LINE_QUANTITY
from shop.identity.models import Customer


class CartLine(models.Model):
    """What a customer means to buy. Priced when looked at, never stored with a price."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="cart_lines")
    sku = models.ForeignKey(Sku, models.CASCADE)
    quantity = models.PositiveSmallIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "sku"], name="one_cart_line_per_sku"),
            models.CheckConstraint(
                name="cart_quantity", condition=Q(quantity__gt=0, quantity__lte=MAX_LINE_QUANTITY)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku_id} × {self.quantity}"
