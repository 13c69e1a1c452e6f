"""What staff can do with an order, an after-sales case, and money that does not fit."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders import flows
from orders.actions import (
    accept_case,
    call_off_picking,
    confirm_order,
    label_parcel,
    open_case,
    open_exception,
    refund_dispute,
    refuse_case,
    refuse_order,
    reveal_address,
    settle_recalled,
    ship_order,
    ship_parcel,
    sign_order,
    tell_holders,
    unpack_parcel,
    withdraw_case,
)
from orders.kinds import EXCEPTIONS, REVEALS
from orders.models import (
    AfterSalesCase,
    Order,
    Parcel,
    PaymentDispute,
    PickTask,
    RecalledGoods,
    Refund,
)
from orders.selectors import asked_back, is_being_approved
from orders.selectors.checks import held_by
from shop.doors.desk.buttons import button
from shop.errors import Text
from shop.vendors.carriers.client import follows_parcels


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


class CarrierForm(forms.Form):
    carrier = forms.ChoiceField(label=_("Carrier"), choices=Parcel.Carrier.choices)


class CancelForm(forms.Form):
    why = forms.ChoiceField(
        label=_("Reason"), choices=[(why.value, why.label) for why in Order.STAFF_REASONS]
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class CallOffForm(forms.Form):
    """A person takes the order out: that is the reason."""

    def clean(self) -> dict[str, Any]:
        return {"why": PickTask.Why.BY_HAND}


class RevealForm(forms.Form):
    """Nobody looks without a reason."""

    why = forms.ChoiceField(label=_("Reason"), choices=list(REVEALS.items()))


class RefuseOrderForm(forms.Form):
    why = forms.CharField(
        label=_("Why (staff alone read it)"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )


class SettleRecalledForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=RecalledGoods.Outcome.choices)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


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


class AskBackForm(forms.Form):
    """How many of each line, as the customer says; the lines are put in by `offer_lines`."""

    reason = forms.ChoiceField(label=_("Reason"), choices=AfterSalesCase.Reason.choices)
    note = forms.CharField(
        label=_("In the customer's words"),
        max_length=200,
        required=False,
        widget=forms.Textarea({"rows": 2, "maxlength": 200}),
    )

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        wanted = {name: sent[name] for name in sent if name.startswith("sku-") and sent[name]}
        units = {int(name.removeprefix("sku-")): count for name, count in wanted.items()}
        return {"units": units, "reason": sent.get("reason"), "note": sent.get("note", "")}


def offer_lines(form: Any, order: Order) -> None:
    """A field for each line of which something can still be asked back."""
    asked = asked_back(order)
    fields = {}
    for line in order.lines.all():
        left = line.quantity - asked.get(line.pk, (0, 0))[0]
        if left:
            fields[f"sku-{line.sku_id}"] = forms.IntegerField(
                label=f"{line.title} {line.specification}",
                min_value=0,
                max_value=left,
                required=False,
                initial=left,
                help_text=_("of %(left)d") % {"left": left},
            )
    form.fields = {**fields, **form.fields}


class RefuseForm(forms.Form):
    answer = forms.CharField(
        label=_("Answer to the customer"),
        max_length=200,
        widget=forms.Textarea({"rows": 3, "maxlength": 200}),
    )


def can_be_given_back(dispute: PaymentDispute) -> bool:
    is_known = bool(dispute.amount_fen and dispute.transaction_id)
    is_ours_to_give = dispute.refund_held_fen == 0 and "currency" not in dispute.fields
    return is_known and is_ours_to_give and not is_being_approved(dispute)


GRANTED = _("Granted: WeChat Pay is asked for it under a number that stays the same.")
SUBMITTED = _("It is over what one person grants in a day: a second one was asked.")


def case_granted(case: AfterSalesCase) -> Text:
    return SUBMITTED if case.status == AfterSalesCase.Status.TO_APPROVE else GRANTED


def dispute_granted(refund: Refund | None) -> Text:
    return SUBMITTED if refund is None else GRANTED


def can_be_asked_back(order: Order) -> bool:
    return order.paid_at is not None and order.status != Order.Status.CLOSED


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
ORDER_WAYBILL = button(
    flows.order_waybill,
    _("Order a waybill"),
    _("The waybill is on the parcel."),
    form=CarrierForm,
    when=lambda parcel: (
        parcel.status == Parcel.Status.PACKED and not parcel.waybill and follows_parcels()
    ),
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
CALL_OFF = button(
    call_off_picking,
    _("Take out of the wave"),
    _("Taken out: its goods go back to the shelf, and the pickers see it."),
    form=CallOffForm,
    confirm=_("What was picked or packed for it goes back to the shelf."),
    when=lambda order: PickTask.objects.live().filter(order=order).exists(),
    suits=lambda order, actor: order.status == Order.Status.CONFIRMED,
)
LABEL = button(
    label_parcel,
    _("Put a waybill on it"),
    _("The parcel has its waybill."),
    form=WaybillForm,
    when=lambda parcel: parcel.status == Parcel.Status.PACKED,
)
UNPACK = button(
    unpack_parcel,
    _("Unpack"),
    _("Unpacked: its goods are to be packed anew."),
    confirm=_("Its waybill is void, and its goods stand on the packing table again."),
)
SEND = button(
    ship_parcel,
    _("Send on its way"),
    _("On its way: the customer sees the waybill."),
    form=WaybillForm,
    is_primary=True,
)
REVEAL = button(
    reveal_address,
    _("Show the address"),
    _("Shown for five minutes; your look is on the timeline."),
    when=lambda order: True,
    form=RevealForm,
)
REFUSE_ORDER = button(
    refuse_order,
    _("Refuse the order"),
    case_granted,
    form=RefuseOrderForm,
    confirm=_(
        "All of its money goes back to the customer, and its goods go back on sale. This cannot be"
        " taken back. Over what you may grant in a day it goes to a second person first."
    ),
    when=lambda order: order.status == Order.Status.PAID and held_by(order) is not None,
)
ASK_BACK = button(
    open_case,
    _("Open an after-sales case"),
    _("The case is open; the customer was promised an answer within a working day."),
    form=AskBackForm,
    adapt=offer_lines,
    when=can_be_asked_back,
)
ACCEPT = button(
    accept_case,
    _("Grant the refund"),
    case_granted,
    confirm=_(
        "The money goes back to the customer by WeChat Pay. Goods that have not left the house"
        " go back on sale. Neither can be taken back. Over what you may grant in a day it goes to"
        " a second person first."
    ),
    when=lambda case: case.status == AfterSalesCase.Status.OPEN,
    is_primary=True,
)
REFUSE = button(
    refuse_case,
    _("Refuse"),
    _("Refused; the customer reads your answer."),
    form=RefuseForm,
    when=lambda case: case.status == AfterSalesCase.Status.OPEN and case.restocked_at is None,
)
WITHDRAW = button(
    withdraw_case,
    _("Withdraw for the customer"),
    _("Withdrawn."),
    confirm=_("Has the customer said that they do not ask any more?"),
    when=lambda case: case.status in AfterSalesCase.UNDECIDED and case.restocked_at is None,
)
GIVE_BACK = button(
    refund_dispute,
    _("Give the money back"),
    dispute_granted,
    confirm=_(
        "All of it goes back to whoever paid it, by WeChat Pay. This cannot be taken back. Over"
        " what you may give back in a day it goes to a second person first."
    ),
    when=can_be_given_back,
    is_primary=True,
)
TELL_HOLDERS = button(
    tell_holders,
    _("Tell the customers"),
    lambda told: gettext("%d customers are being told.") % told,
    confirm=_("Everybody who holds units of this lot gets a message that it is recalled."),
    when=lambda lot: RecalledGoods.objects.filter(lot=lot, status="to_tell").exists(),
    is_primary=True,
)
SETTLE_RECALLED = button(
    settle_recalled,
    _("Settle"),
    _("Written down."),
    form=SettleRecalledForm,
    is_primary=True,
)
