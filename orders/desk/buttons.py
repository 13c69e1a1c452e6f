"""What staff can do with an order."""

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.actions import confirm_order, reveal_address, ship_order, sign_order
from orders.models import Parcel
from shop.doors.desk.buttons import button


class WaybillForm(forms.Form):
    """Made for a scanner: it types the waybill and presses Enter."""

    carrier = forms.ChoiceField(label=_("Carrier"), choices=Parcel.Carrier.choices)
    waybill = forms.CharField(
        label=_("Waybill"),
        max_length=40,
        widget=forms.TextInput(
            {
                "data-first": True,
                "placeholder": _("scan or type the waybill"),
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "enterkeyhint": "send",
            }
        ),
    )


CONFIRM = button(
    confirm_order, _("Confirm order"), _("Confirmed: the warehouse can ship it."), is_primary=True
)
SHIP = button(
    ship_order,
    _("Ship"),
    _("Shipped: the customer sees the waybill."),
    form=WaybillForm,
    is_primary=True,
)
SIGN = button(
    sign_order,
    _("Record signature"),
    _("Recorded as signed for."),
    confirm=_(
        "Has the carrier shown that the consignee has the goods? The seven days for returns"
        " without reason run from now; this cannot be taken back."
    ),
)
REVEAL = button(
    reveal_address,
    _("Show the address"),
    _("Shown for five minutes; your look is on the timeline."),
    when=lambda order: True,
)
