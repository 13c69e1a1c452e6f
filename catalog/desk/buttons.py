"""The steps of the listing path, and what moves an offer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.actions import (
    approve_revision,
    price_sku,
    publish_revision,
    receive_stock,
    submit_revision,
)
from catalog.models import Sku
from shop.doors.desk.buttons import button
from shop.doors.desk.fields import YuanField


class PriceForm(forms.Form):
    """Prices in yuan."""

    price_fen = YuanField(label=_("List price (¥)"))
    member_price_fen = YuanField(
        label=_("Member price (¥)"), required=False, help_text=_("Empty: members pay list price.")
    )


class GoodsInForm(forms.Form):
    """A delivery, under the number of its document."""

    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=1_000_000)
    document = forms.CharField(
        label=_("Document"),
        max_length=40,
        help_text=_("The number of the delivery note; it counts once per SKU."),
    )


def is_priced(sku: Sku) -> bool:
    return hasattr(sku, "offer")


button(
    submit_revision,
    _("Submit for review"),
    _("Submitted: somebody else reviews it now."),
    is_primary=True,
)
button(
    approve_revision,
    _("Approve"),
    _("Approved: the technical role can publish it."),
    confirm=_(
        "Have you checked every statement against the registration, and the mandatory statement?"
        " Your name stays with this revision."
    ),
    is_primary=True,
)
button(
    publish_revision,
    _("Publish"),
    _("Published: customers see it now."),
    confirm=_(
        "Customers will see this at once, and its content can never be changed again; a mistake"
        " needs a new revision."
    ),
    is_primary=True,
)
button(price_sku, _("Set prices"), _("Priced from now on."), form=PriceForm)
button(receive_stock, _("Book goods in"), _("Booked in."), form=GoodsInForm, when=is_priced)
