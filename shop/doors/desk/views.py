"""The pages of the desks: a queue and its rows, the home's cards, and what a button does."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from shop.doors.desk.buttons import BUTTONS, Button, tell
from shop.doors.desk.home import Home, desk_of
from shop.doors.desk.live import staff_fragment, staff_page, unless_known
from shop.doors.desk.queues import QUEUES, Glance, Queue
from shop.doors.desk.rows import actor_of, page_of, visible_rows
from shop.doors.desk.site import is_ours
from shop.doors.desk.words import words
from shop.errors import DomainError, Text
from shop.identity.actors import Actor
from shop.vendors.errors import VendorError, VendorRefused

LONGEST_SEARCH = 60


@staff_page
def landing(request: HttpRequest) -> HttpResponse:
    """Where sign-in leads: the desk of the person's post."""
    return redirect(desk_of(actor_of(request)))


@require_GET
@staff_page
def queue(request: HttpRequest, code: str) -> HttpResponse:
    """A queue's page with its first rows in it."""
    glance = glance_of(request, code)
    context = {
        **admin.site.each_context(request),
        "title": glance.queue.title,
        "queue": glance.queue,
        "glance": glance,
        "lines": glance.lines(),
        "words": words(),
    }
    return TemplateResponse(request, "desk/queue.html", context)


@require_GET
@staff_fragment
def rows(request: HttpRequest, code: str) -> HttpResponse:
    """The rows alone; 304 while they are what the page has (two queries)."""
    glance = glance_of(request, code)

    def build() -> HttpResponse:
        context = {"queue": glance.queue, "glance": glance, "lines": glance.lines()}
        return TemplateResponse(request, "desk/rows.html", context)

    return unless_known(request, glance.etag, build)


def glance_of(request: HttpRequest, code: str) -> Glance:
    """What the caller may see of the queue. A queue they may not see is 404."""
    found: Queue | None = QUEUES.get(code)
    actor = actor_of(request)
    if found is None or not actor.may(found.permission):
        raise Http404
    text = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    return Glance.at(found, actor, text, request.GET.get("view", ""))


@require_GET
@staff_fragment
def cards(request: HttpRequest) -> HttpResponse:
    """The home's live part: cards and my work; 304 while nothing of it has moved."""
    shown = Home.of(actor_of(request))
    return unless_known(
        request, shown.etag, lambda: TemplateResponse(request, "desk/cards.html", shown.context())
    )


@require_http_methods(["GET", "POST"])
@staff_page
def act(request: HttpRequest, name: str, pk: str) -> HttpResponse:
    """Press a button: POST does it, GET asks for what it wants. A stranger's row is 404."""
    button = BUTTONS.get(name)
    if button is None:
        raise Http404
    by = actor_of(request)
    row = row_or_404(button, pk, by)
    if not by.may(button.name):
        raise PermissionDenied
    if request.method == "GET":
        return asked(request, button, row, button.bound_to(row))
    form = button.bound_to(row, request.POST)
    if form.is_valid():
        try:
            said = button.press(row, form.cleaned_data, by=by)
        except DomainError as refusal:
            tell(form, row, refusal)
            return refused(request, button, row, form, refusal.status)
        except VendorRefused as error:
            told = {"vendor": _(error.vendor), "code": error.code}
            no = _("%(vendor)s refuses (%(code)s). Nothing was changed.")
            form.add_error(None, no % told)
            return refused(request, button, row, form, 502)
        except VendorError as error:
            away = _("%(vendor)s does not answer. Nothing was changed; try again.")
            form.add_error(None, away % {"vendor": _(error.vendor)})
            return refused(request, button, row, form, 503)
        return done(request, row, said)
    return refused(request, button, row, form, 400)


def row_or_404(button: Button, pk: str, by: Actor) -> Any:
    try:
        return get_object_or_404(visible_rows(button.model, by), pk=pk)
    except ValueError as error:
        raise Http404 from error


def done(request: HttpRequest, row: Any, said: Text) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"message": str(said)})
    messages.success(request, f"{row}: {said}")
    return HttpResponseRedirect(back_from(request, row))


def refused(
    request: HttpRequest, button: Button, row: Any, form: Form, status: int
) -> HttpResponse:
    """Say why: beside the fields if the button has some, else on the page it was pressed on."""
    if wants_json(request):
        return JsonResponse(refusal_of(form), status=status)
    if button.form is None:
        for complaint in form.non_field_errors():
            messages.error(request, f"{row}: {complaint}")
        return HttpResponseRedirect(back_from(request, row))
    return asked(request, button, row, form, status)


def refusal_of(form: Form) -> dict[str, Any]:
    errors = {name: [str(text) for text in found] for name, found in form.errors.items()}
    return {"message": " ".join(errors.pop("__all__", [])), "errors": errors}


def asked(
    request: HttpRequest, button: Button, row: Any, form: Form, status: int = 200
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": button.label,
        "button": button,
        "row": row,
        "form": form,
        "back": back_from(request, row),
    }
    return TemplateResponse(request, "desk/act.html", context, status=status)


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def back_from(request: HttpRequest, row: Any) -> str:
    """Where the button was pressed, if it says so and is ours; else the row's page."""
    asked_for = request.POST.get("back") or request.GET.get("back") or ""
    if asked_for and is_ours(request, asked_for):
        return asked_for
    return page_of(row) or reverse("admin:index")
