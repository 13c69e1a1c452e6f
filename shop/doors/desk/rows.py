"""How any desk fetches a row, and where that row has its page."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from shop.identity.actors import Actor
from shop.identity.models import User


def actor_of(request: HttpRequest) -> Actor:
    """Whoever is signed in. For pages that only staff reach."""
    return Actor.staff(cast(User, request.user))


def visible_rows(model: type[Model], actor: Actor) -> QuerySet[Any]:
    """The rows this actor may know of; nobody else's are ever found, let alone refused."""
    rows: QuerySet[Any] = model._default_manager.all()
    visible_to: Callable[[Actor], QuerySet[Any]] | None = getattr(rows, "visible_to", None)
    if visible_to is not None:
        return visible_to(actor)
    view = f"{model._meta.app_label}.view_{model._meta.model_name}"
    return rows if actor.may(view) else rows.none()


def page_of(row: Model) -> str:
    """The address of the row's own page; empty when staff have none for its kind."""
    if type(row) not in admin.site._registry:
        return ""
    options = row._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[quote(row.pk)])
