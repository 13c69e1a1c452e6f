"""Pages for staff, and the live pieces of them that a script asks for again and again."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

View = Callable[..., HttpResponse]


def staff_page(view: View) -> View:
    """A page for signed-in staff; others are sent to sign in and come back to it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return admin.site.admin_view(view)(request, *args, **kwargs)

    return guarded


def staff_fragment(view: View) -> View:
    """A piece of a page, fetched by its script: 401 says that the session has ended."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not admin.site.has_permission(request):
            return HttpResponse(status=401)
        return view(request, *args, **kwargs)

    return guarded


def unless_known(
    request: HttpRequest, etag: str, build: Callable[[], HttpResponse]
) -> HttpResponse:
    quoted = f'"{etag}"'
    known = quoted in request.headers.get("If-None-Match", "")
    response: HttpResponse = HttpResponseNotModified() if known else build()
    response["ETag"] = quoted
    response["Cache-Control"] = "no-store"
    return response
