"""Requests about data on the staff side: who asked what, by when, and what stands in the way."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from shop.clock import now
from shop.doors.desk.buttons import button
from shop.doors.desk.facts import Fact, shown_value
from shop.doors.desk.readonly import ReadOnlyAdmin, state_badge
from shop.doors.templatetags.desk import badge
from shop.identity.models import Customer
from shop.rights.actions import call_off_erasure, erase_customer, request_copy, request_erasure
from shop.rights.hindrances import hindrances_of
from shop.rights.models import DataRequest

LOOKS = {
    "asked": "wait",
    "ready": "go",
    "fetched": "good",
    "cooling": "wait",
    "stopped": "bad",
    "called_off": "plain",
    "erased": "good",
}


class IdentifiedForm(forms.Form):
    """How the customer was recognised."""

    identified = forms.ChoiceField(
        label=_("How did you make sure who asks?"), choices=DataRequest.Identified.choices
    )


def is_with_us(customer: Customer) -> bool:
    return customer.erased_at is None


def is_due(request: DataRequest) -> bool:
    is_erasure = request.kind == DataRequest.Kind.ERASURE
    return is_erasure and request.is_open and now() >= request.erases_at


button(
    request_copy,
    _("Asks for a copy"),
    _("The copy is being made. The customer fetches it in the mini-program; nobody here reads it."),
    form=IdentifiedForm,
    when=is_with_us,
)
button(
    request_erasure,
    _("Asks to be erased"),
    _("The account is erased in seven days, unless the customer calls it off."),
    form=IdentifiedForm,
    when=is_with_us,
    confirm=_("After seven days nobody can bring the account back: not the customer, not us."),
)
button(
    call_off_erasure,
    _("Call off the erasure"),
    _("Called off: the customer stays."),
    when=lambda request: request.status in {"cooling", "stopped"},
)
button(
    erase_customer,
    _("Try the erasure again"),
    _("Tried: the state says how it went."),
    when=is_due,
    is_primary=True,
)


@admin.register(DataRequest)
class DataRequestAdmin(ReadOnlyAdmin):
    """The longest-waiting open ones are found by their state; law gives fifteen days."""

    list_display = ("number", "kind", "state", "whose", "asked_at", "due", "answered_at")
    list_filter = (
        ("kind", admin.ChoicesFieldListFilter),
        ("status", admin.ChoicesFieldListFilter),
    )
    list_select_related = ("customer", "asked_for_by")
    leave_out = frozenset({"file", "link_digest", "link_until"})
    state = state_badge(LOOKS)
    state.short_description = _("state")

    @admin.display(description=_("request"), ordering="pk")
    def number(self, request: DataRequest) -> str:
        return f"R{request.pk:06d}"

    @admin.display(description=_("customer"))
    def whose(self, request: DataRequest) -> str:
        return f"C{request.customer_id:06d}"

    @admin.display(description=_("answer by"), ordering="asked_at")
    def due(self, request: DataRequest) -> Any:
        if request.is_open and now() >= request.due_at:
            return badge(shown_value(request.due_at), "bad")
        return shown_value(request.due_at)

    def facts(self, request: DataRequest) -> list[Fact]:
        known = [Fact(_("answer by"), self.due(request)), *super().facts(request)]
        if request.kind == DataRequest.Kind.ERASURE and request.is_open:
            reasons = " ".join(str(reason) for reason in hindrances_of(request.customer))
            known.insert(0, Fact(_("is erased on"), shown_value(request.erases_at)))
            known.insert(0, Fact(_("stands in the way"), reasons or "—"))
        return known
