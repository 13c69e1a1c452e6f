"""One action that makes something new, one page: `beginning(add_brand, …)` in a chapter puts
"New brand" above the list of brands for whoever may.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from shop.doors.desk.buttons import name_of, tell
from shop.doors.desk.live import staff_page
from shop.doors.desk.rows import actor_of, page_of
from shop.errors import DomainError, Text
from shop.identity.actors import Actor

BEGINNINGS: dict[str, "Beginning"] = {}


@dataclass(frozen=True)
class Beginning:
    """What staff fill in to have one action make a row of `model`: the form's fields are what
    the action is called with. `done` is said afterwards, on the new row's page.
    """

    action: Callable[..., Model]
    model: type[Model]
    label: Text
    done: Text
    form: type[Form]

    @property
    def name(self) -> str:
        return name_of(self.action)

    @property
    def address(self) -> str:
        return reverse("desk:begin", args=[self.name])

    @property
    def list_address(self) -> str:
        options = self.model._meta
        return reverse(f"admin:{options.app_label}_{options.model_name}_changelist")


def beginning(action: Callable[..., Model], model: type[Model], label: Text, done: Text,
              form: type[Form]) -> Beginning:  # fmt: skip
    """Register how a row begins. Two for one action are a mistake."""
    made = Beginning(action, model, label, done, form)
    if made.name in BEGINNINGS:
        raise ValueError(f"{made.name} has a page already")
    BEGINNINGS[made.name] = made
    return made


def beginnings_of(model: type[Model], actor: Actor) -> list[Beginning]:
    """What this person may begin above the list of these rows."""
    ours = (made for made in BEGINNINGS.values() if made.model is model)
    return [made for made in ours if actor.may(made.name)]


@require_http_methods(["GET", "POST"])
@staff_page
def page(request: HttpRequest, name: str) -> HttpResponse:
    """The form, and what comes of it: the new row's page, or the form with what was wrong."""
    made, by = BEGINNINGS.get(name), actor_of(request)
    if made is None:
        raise Http404
    if not by.may(made.name):
        raise PermissionDenied
    form = made.form(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = made.action(**form.cleaned_data, by=by)
        except DomainError as refusal:
            tell(form, made.model(), refusal)
            return _asked(request, made, form, refusal.status)
        messages.success(request, f"{row}: {made.done}")
        return redirect(page_of(row) or made.list_address)
    return _asked(request, made, form, 400 if form.errors else 200)


def _asked(request: HttpRequest, made: Beginning, form: Form, status: int) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": made.label,
        "button": made,
        "form": form,
        "back": made.list_address,
    }
    return TemplateResponse(request, "desk/act.html", context, status=status)


def untaken(model: type[Model], field: str) -> Callable[[Any], None]:
    """A form field's validator: no row has this value yet."""

    def check(value: Any) -> None:
        if model._default_manager.filter(**{field: value}).exists():
            raise ValidationError(_("This is taken already; choose another."))

    return check
