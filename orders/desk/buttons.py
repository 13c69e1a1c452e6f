"""What staff can do with an order."""

from django import forms
from django.utils.translation import gettext_lazy as _

from orders import flows
from orders.actions import confirm_order, open_exception, reveal_address, ship_order, sign_order
from orders.kinds import EXCEPTIONS, REVEALS
from orders.models import Order, Parcel
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


class CancelForm(forms.Form):
    why = forms.ChoiceField(
        label=_("Reason"), choices=[(why.value, why.label) for why in Order.STAFF_REASONS]
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class RevealForm(forms.Form):
    """Nobody looks without a reason."""

    why = forms.ChoiceField(label=_("Reason"), choices=list(REVEALS.items()))


class CaseForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("What is wrong"), choices=[(code, why.label) for code, why in EXCEPTIONS.items()]
    )
    note = forms.CharField(
        label=_("What is known so far"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 3}),
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
CANCEL = button(
    flows.cancel_order,
    _("Call off"),
    _("Called off: WeChat Pay takes no money for it any more, and its stock is free."),
    form=CancelForm,
    confirm=_("WeChat Pay closes the payment first. What is paid meanwhile stays paid."),
)
CASE = button(
    open_exception,
    _("Open a case"),
    _("The case is open; what it holds waits until it is closed."),
    form=CaseForm,
    when=lambda order: order.status in Order.MAY_GO_WRONG,
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
    form=RevealForm,
)
