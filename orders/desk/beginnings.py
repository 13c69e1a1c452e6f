"""What begins in the orders by a form: the limits that orders are checked by."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders import rules
from orders.actions import set_limits
from orders.models import OrderLimits
from shop.clock import now
from shop.doors.desk.beginnings import beginning
from shop.records.models import PolicyVersion


class PolicyChoice(forms.ModelChoiceField):
    def label_from_instance(self, version: PolicyVersion) -> str:
        return f"{version.policy} v{version.number}"


class LimitsForm(forms.Form):
    """Under which rule, and how much of everything is usual."""

    policy_version = PolicyChoice(label=_("Policy"), queryset=PolicyVersion.objects.none())
    most_units = forms.IntegerField(label=_("Most units of one SKU"), min_value=1)
    most_yuan = forms.IntegerField(label=_("Highest amount (yuan)"), min_value=1)
    most_orders = forms.IntegerField(
        label=_("Most orders"),
        min_value=1,
        help_text=_("To one phone, to one address, by one buyer."),
    )
    window_hours = forms.IntegerField(
        label=_("Within hours"), min_value=1, max_value=rules.LONGEST_WINDOW, initial=24
    )
    blocked_regions = forms.CharField(
        label=_("Regions not delivered to"),
        required=False,
        widget=forms.Textarea({"rows": 3, "placeholder": "海南省三沙市"}),
        help_text=_("One a line: how province and city begin."),
    )

    sample_percent = forms.IntegerField(
        label=_("The house confirms what is clean: sample (%)"),
        min_value=0,
        max_value=100,
        initial=0,
        help_text=_("So many of a hundred a person looks at on the next day; 0: a person confirms"
                    " every order."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_force = PolicyVersion.objects.in_force(now()).select_related("policy")
        field = self.fields["policy_version"]
        field.queryset = in_force.exclude(policy__audience="customers")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What `set_limits` is called with."""
        said = super().clean() or {}
        if self.errors:
            return said
        limits = rules.Limits(
            said["most_units"],
            said["most_yuan"] * 100,
            said["most_orders"],
            tuple(filter(None, map(str.strip, said["blocked_regions"].splitlines()))),
        )
        return {
            "policy_version": said["policy_version"],
            "limits": limits,
            "window_hours": said["window_hours"],
            "sample_percent": said["sample_percent"],
        }


beginning(
    set_limits,
    OrderLimits,
    _("New limits"),
    _("In force: orders paid from now on are checked by them."),
    LimitsForm,
)
