"""Members and what they enjoy."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.identity.models import Customer


class Membership(models.Model):
    """A customer who joined the members and therefore buys at member prices."""

    customer = models.OneToOneField(
        Customer, models.PROTECT, related_name="membership", verbose_name=_("customer")
    )
    joined_at = models.DateTimeField(_("joined at"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")

    def __str__(self) -> str:
        return f"member {self.customer_id}"
