"""One action, one button: `button(confirm_order, …)` in a chapter puts it on every page that fits.

The action's name is the permission, the address and the key in `BUTTONS`: `orders.confirm_order`.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.forms import BaseForm, Form
from django.urls import reverse

from shop.errors import DomainError, Text
from shop.events.states import verbs_from
from shop.identity.actors import Actor

BUTTONS: dict[str, "Button"] = {}


@dataclass(frozen=True)
class Button:
    """What staff press to call one action on one row.

    `form` asks for the values that the action wants by those names; `confirm` is the question
    before a step that cannot be taken back; `done` is said afterwards, made of what the action
    returned where that decides it; `initial` gives the form its values to begin with. `adapt` fits
    the form to the row, `suits` narrows who is offered it beyond the permission; `stays` keeps the
    row on a live list afterwards.
    """

    action: Callable[..., object]
    label: Text
    done: Text | Callable[[Any], Text]
    form: type[Form] | None = None
    confirm: Text = ""
    when: Callable[[Any], bool] | None = None
    initial: Callable[[Any], dict[str, Any]] | None = None
    is_primary: bool = False
    adapt: Callable[[Any, Any], None] | None = None
    suits: Callable[[Any, Actor], bool] | None = None
    stays: bool = False

    @cached_property
    def name(self) -> str:
        return name_of(self.action)

    @cached_property
    def model(self) -> type[Model]:
        """What the action acts on: the type of its first parameter."""
        first = next(iter(signature(self.action).parameters.values())).annotation
        model: type[Model] = (
            vars(sys.modules[self.action.__module__])[first] if isinstance(first, str) else first
        )
        return model

    def address(self, row: Model) -> str:
        return reverse("desk:act", args=[self.name, row.pk])

    def fits(self, row: Any) -> bool:
        """Whether the row's state has this step; the action itself has the last word."""
        if self.when is not None:
            return self.when(row)
        if not hasattr(row, "TRANSITIONS"):
            return True
        return self.action.__name__.split("_")[0] in verbs_from(row)

    def bound_to(self, row: Model, values: Any = None) -> Form:
        """The form for this row; a plain button's form asks for nothing."""
        prefix = f"{self.action.__name__}-{row.pk}"
        initial = self.initial(row) if self.initial and values is None else None
        form = (self.form or Form)(values, auto_id=f"{prefix}-%s", initial=initial)
        if self.adapt is not None:
            self.adapt(form, row)
        return form

    def is_offered(self, row: Model, actor: Actor) -> bool:
        """Whether this person may press it on this row now, as far as a page can tell."""
        may = actor.may(self.name) and self.fits(row)
        return may and (self.suits is None or self.suits(row, actor))

    def press(self, row: Model, values: dict[str, Any], *, by: Actor) -> Text:
        """Do it; what to say of it."""
        outcome = self.action(row, **values, by=by)
        return self.done(outcome) if callable(self.done) else self.done


def name_of(action: Callable[..., object]) -> str:
    """An action's permission and address: `orders.confirm_order`."""
    app = action.__module__.removeprefix("shop.").split(".")[0]
    return f"{app}.{action.__name__}"


def button(
    action: Callable[..., object], label: Text, done: Text | Callable[[Any], Text], **more: Any
) -> Button:
    """Register the action's button. Two buttons for one action are a mistake."""
    made = Button(action, label, done, **more)
    if made.name in BUTTONS:
        raise ValueError(f"{made.name} has a button already")
    BUTTONS[made.name] = made
    return made


def buttons_for(row: Model, actor: Actor) -> list[Button]:
    """The steps this actor can take with this row now."""
    ours = (made for made in BUTTONS.values() if isinstance(row, made.model))
    return [made for made in ours if made.is_offered(row, actor)]


def tell(form: BaseForm, row: Model, refusal: DomainError) -> None:
    """Put a refusal where people look: beside its field, else on top with the field's name."""
    if not refusal.fields:
        form.add_error(None, str(refusal))
    for field, complaint in _complaints(refusal):
        if field in form.fields:
            form.add_error(field, complaint)
        else:
            form.add_error(None, f"{_label(row, field)}: {complaint}")


def _complaints(refusal: DomainError) -> Iterator[tuple[str, str]]:
    for field, complaints in refusal.fields.items():
        for complaint in complaints:
            yield field, str(complaint)


def _label(row: Model, field: str) -> str:
    try:
        return str(getattr(row._meta.get_field(field), "verbose_name", field))
    except FieldDoesNotExist:
        return field
