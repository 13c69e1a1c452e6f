"""The steps of the listing path, and what moves an offer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.actions import (
    LotFacts,
    approve_revision,
    call_off_disposal,
    discard_revision,
    price_sku,
    publish_revision,
    quarantine_lot,
    recall_lot,
    receive_stock,
    release_lot,
    return_revision,
    revise_product,
    shelve_returned,
    submit_revision,
    witness_disposal,
    write_off_returned,
)
from catalog.models import INSPECTION, Lot, Product, Sku
from shop.doors.desk.buttons import button
from shop.doors.desk.fields import YuanField


class PriceForm(forms.Form):
    """Prices in yuan."""

    price_fen = YuanField(label=_("List price (¥)"))
    member_price_fen = YuanField(
        label=_("Member price (¥)"), required=False, help_text=_("Empty: members pay list price.")
    )


class DayField(forms.DateField):
    """A day, picked from the browser's own calendar."""

    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class GoodsInForm(forms.Form):
    """A delivery, under the number of its document, with what is printed on the goods."""

    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=1_000_000)
    document = forms.CharField(
        label=_("Document"),
        max_length=40,
        help_text=_("The number of the delivery note; it counts once per SKU and lot."),
    )
    lot_code = forms.CharField(label=_("Lot number"), max_length=30)
    produced_on = DayField(label=_("Produced on"))
    expires_on = DayField(
        label=_("Expires on"), help_text=_("The first day on which it must not be sold any more.")
    )
    awaits_check = forms.BooleanField(
        label=_("Set aside until the incoming check is done"), required=False
    )

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        dates = (sent.get("produced_on"), sent.get("expires_on"))
        label = LotFacts(sent.get("lot_code", ""), *dates, bool(sent.get("awaits_check")))
        return {"quantity": sent.get("quantity"), "document": sent.get("document"), "lot": label}


class WithdrawForm(forms.Form):
    """Why a lot is withdrawn from sale or recalled."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Lot.Reason.choices)
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        widget=forms.Textarea({"rows": 2, "maxlength": 200}),
    )


class ReleaseForm(forms.Form):
    """What the check found."""

    note = forms.CharField(
        label=_("What was found"), max_length=200, widget=forms.Textarea({"rows": 2})
    )


class CallOffForm(forms.Form):
    why = forms.CharField(label=_("Why"), max_length=200, widget=forms.Textarea({"rows": 2}))


class UnitsForm(forms.Form):
    """How many units of what waits for inspection."""

    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=1_000_000)


class ReturnForm(forms.Form):
    """What the author shall mend."""

    why = forms.CharField(
        label=_("What has to be changed"), max_length=200, widget=forms.Textarea({"rows": 3})
    )


def may_be_revised(product: Product) -> bool:
    return product.published_at is not None and not product.revisions.pending().exists()


def is_priced(sku: Sku) -> bool:
    return hasattr(sku, "offer")


def has_returns(lot: Lot) -> bool:
    return lot.balances.filter(place=INSPECTION, quantity__gt=0).exists()


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
    return_revision,
    _("Return to the author"),
    _("Returned, with what has to be changed."),
    form=ReturnForm,
)
button(
    discard_revision,
    _("Give up"),
    _("Given up: what customers read stays."),
    confirm=_("This draft cannot be taken up again. Give it up?"),
)
button(
    revise_product,
    _("Begin a change"),
    _("Begun: customers go on reading the present one."),
    when=may_be_revised,
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
button(
    price_sku,
    _("Set prices"),
    _("Priced from now on."),
    form=PriceForm,
    when=lambda sku: sku.product.published_at is None,
)
button(receive_stock, _("Book goods in"), _("Booked in."), form=GoodsInForm, when=is_priced)
button(
    quarantine_lot,
    _("Quarantine"),
    _("Withdrawn from sale: carry it to quarantine."),
    form=WithdrawForm,
)
button(
    release_lot,
    _("Release"),
    _("On sale again: carry it back to the shelf."),
    form=ReleaseForm,
    is_primary=True,
)
button(
    recall_lot,
    _("Recall"),
    _("Recalled: nothing of it will be sold any more."),
    form=WithdrawForm,
    confirm=_("A recalled lot can never be sold again. Recall it?"),
)
button(
    shelve_returned,
    _("Put returns on the shelf"),
    _("On sale again."),
    form=UnitsForm,
    when=has_returns,
)
button(
    write_off_returned,
    _("Write returns off"),
    _("Written off."),
    form=UnitsForm,
    when=has_returns,
)
button(
    witness_disposal,
    _("I have seen it"),
    _("Witnessed: the goods left the ledger."),
    confirm=_(
        "Have you seen these goods destroyed, and does the evidence show it? Your name stays"
        " with it."
    ),
    suits=lambda disposal, actor: (
        actor.user is not None and actor.user.pk != disposal.proposed_by_id
    ),
    is_primary=True,
)
button(
    call_off_disposal,
    _("Call the disposal off"),
    _("Called off: the goods stay set aside."),
    form=CallOffForm,
)
