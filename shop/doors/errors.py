"""Errors outside any view: JSON for the API, Django's pages for people."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views import defaults

from shop.doors.api.problems import problem

MACHINES = ("/api/", "/hooks/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if request.path.startswith(MACHINES):
        return problem(request, 400, "invalid", _("The request is not valid."))
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if request.path.startswith(MACHINES):
        return problem(request, 404, "not-found", _("Not found."))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest, *args: Any) -> HttpResponseBase:
    if request.path.startswith(MACHINES):
        return problem(
            request, 500, "server-error", _("Something broke here; it is being looked at.")
        )
    return defaults.server_error(request)
