"""What is pressed to take a product off sale, and to follow it up (CA4)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.actions import (
    close_delisting,
    confirm_channel,
    decline_candidate,
    request_delisting,
    set_delisting_rule,
    take_up_candidate,
)
from catalog.models import (
    Delisting,
    DelistingCandidate,
    DelistingRule,
    Product,
)
from shop.doors.desk.beginnings import beginning
from shop.doors.desk.buttons import button

OFF_SALE_AT_ONCE = _(
    "Customers can order it no more from this moment on, in any channel. It returns by a new"
    " review alone. Take it off sale?"
)


class CauseForm(forms.Form):
    """Why a product goes, and what shows it."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Delisting.Reason.choices)
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=400,
        widget=forms.Textarea({"rows": 3, "maxlength": 400}),
        help_text=_("What shows it: figures, or the number of a report, complaint or letter."),
    )


class DelistingForm(CauseForm):
    """The same with a file, for a product named by its code."""

    product = forms.ModelChoiceField(
        label=_("Product code"),
        queryset=Product.objects.published(),
        to_field_name="code",
        widget=forms.TextInput,
        error_messages={"invalid_choice": _("No product of this code is on sale.")},
    )
    scan = forms.FileField(
        label=_("Evidence file"),
        required=False,
        help_text=_("A picture or a PDF, at most 20 MB."),
        widget=forms.ClearableFileInput({"accept": ".pdf,.jpg,.jpeg,.png,.webp"}),
    )
    field_order = ("product", "reason", "evidence", "scan")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].required = False

    def clean(self) -> dict[str, Any]:
        """What `request_delisting` is called with."""
        said = super().clean() or {}
        if self.errors:
            return said
        scan = said.pop("scan")
        return {**said, "file": (scan.name, scan.read()) if scan else None}


class SeenForm(forms.Form):
    note = forms.CharField(
        label=_("What was seen"),
        max_length=200,
        widget=forms.Textarea({"rows": 2, "maxlength": 200}),
        help_text=_("Where you looked: list, search, an old link, the channel's own back office."),
    )


class LessonForm(forms.Form):
    lesson = forms.CharField(
        label=_("Lesson"),
        max_length=1_000,
        widget=forms.Textarea({"rows": 5, "maxlength": 1_000}),
        help_text=_("Why it came to this, and what is done differently from now on."),
    )


class DeclineForm(forms.Form):
    why = forms.CharField(
        label=_("Why it stays on sale"),
        max_length=200,
        widget=forms.Textarea({"rows": 2, "maxlength": 200}),
    )


class RuleForm(forms.Form):
    """A rule and its threshold from tonight on."""

    code = forms.ChoiceField(label=_("Rule"), choices=DelistingRule.Code.choices)
    threshold = forms.IntegerField(
        label=_("Threshold"),
        min_value=1,
        max_value=10_000,
        help_text=_("Days; for returns, basis points (500 are 5%)."),
    )
    is_on = forms.BooleanField(label=_("In use"), required=False, initial=True)


def is_open(row: Any) -> bool:
    return bool(row.status == "open")


beginning(
    request_delisting,
    Delisting,
    _("Take a product off sale"),
    _("Off sale: nobody can order it any more."),
    DelistingForm,
)
beginning(
    set_delisting_rule,
    DelistingCandidate,
    _("Set a rule"),
    _("It holds from tonight on."),
    RuleForm,
)
button(
    request_delisting,
    _("Take off sale"),
    _("Off sale: nobody can order it any more."),
    form=CauseForm,
    confirm=OFF_SALE_AT_ONCE,
    when=lambda product: product.live_revision_id is not None,
)
CONFIRM_CHANNEL = button(
    confirm_channel,
    _("Confirm: it is gone"),
    _("Confirmed: this channel shows it no more."),
    form=SeenForm,
    when=lambda check: check.confirmed_at is None,
    is_primary=True,
)
button(
    close_delisting,
    _("Close with the lesson"),
    _("Closed: a new revision may be reviewed and published."),
    form=LessonForm,
    is_primary=True,
)
TAKE_UP = button(
    take_up_candidate,
    _("Take off sale"),
    _("Off sale: nobody can order it any more."),
    form=CauseForm,
    confirm=OFF_SALE_AT_ONCE,
    when=is_open,
)
DECLINE = button(
    decline_candidate,
    _("Keep on sale"),
    _("It stays on sale; the rule asks again after ninety days."),
    form=DeclineForm,
    when=is_open,
)
