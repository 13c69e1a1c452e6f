"""Refusals on the wire: RFC 9457 problem details, one shape for every error."""

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

from shop.errors import DomainError, Text
from shop.identity.actors import Actor, Door
from shop.vendors.errors import VendorError, VendorRefused
from shop.vendors.kinds import VENDOR_REFUSES, refusal_figures
from shop.vendors.wechat.errors import BadCode, OrderAlreadyPaid, UserBlocked
from shop.work.actions.items import Matter, open_item

log = structlog.get_logger(__name__)
VENDOR_VERDICTS: dict[type[VendorError], tuple[int, str, Text]] = {
    BadCode: (401, "bad-code", _("This login code was used or is too old: sign in again.")),
    UserBlocked: (403, "user-blocked", _("WeChat has blocked this account.")),
    OrderAlreadyPaid: (409, "already-paid", _("This order has been paid.")),
}
CODES = {400: "invalid", 401: "not-signed-in", 403: "not-allowed", 404: "not-found"}


def body(
    request: Any, status: int, code: str, title: Text, detail: Text = "", errors: Any = ()
) -> dict[str, Any]:
    """The members of a problem. `errors` lists {field, message}; `code` never changes."""
    return {
        "type": f"/api/docs/#{code}",
        "title": str(title),
        "status": status,
        "code": code,
        "detail": str(detail or title),
        "errors": list(errors),
        "request_id": request.META.get("REQUEST_ID", "") if request else "",
    }


def problem(request: HttpRequest, status: int, code: str, title: Text) -> JsonResponse:
    """A problem from outside a view: middleware and the hooks use it."""
    return JsonResponse(
        body(request, status, code, title),
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


def fail(status: int, why: str) -> JsonResponse:
    """What WeChat Pay expects of a refusal: anything but 200 and 204, with FAIL in its body."""
    return JsonResponse({"code": "FAIL", "message": why}, status=status)


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Django REST framework's exception handler. Unknown errors stay 500 and are logged."""
    request = getattr(context.get("request"), "_request", None)
    headers: dict[str, str] = {}
    if isinstance(error, DomainError):
        errors = named(error.fields)
        found = body(request, error.status, error.code, error.title, str(error), errors)
    elif isinstance(error, VendorError):
        found, headers = of_vendor(request, error)
    elif isinstance(error, OperationalError | InterfaceError):
        raise error  # shop.doors.middleware.StoreAway says 503
    elif isinstance(error, Http404):
        found = body(request, 404, "not-found", _("Not found."))
    elif isinstance(error, PermissionDenied):
        found = body(request, 403, "not-allowed", _("You do not have the right to do this."))
    elif isinstance(error, exceptions.APIException):
        found = of_rest_framework(request, error)
        headers = rest_framework_headers(error)
    else:
        return None
    return Response(
        found, found["status"], headers=headers, content_type="application/problem+json"
    )


def of_vendor(request: Any, error: VendorError) -> tuple[dict[str, Any], dict[str, str]]:
    """What the vendor's verdict means to the customer; without one, it is away: try again."""
    if type(error) in VENDOR_VERDICTS:
        status, code, title = VENDOR_VERDICTS[type(error)]
        return body(request, status, code, title), {}
    if isinstance(error, VendorRefused):
        call_an_engineer(error)
        return body(request, 502, "vendor-refused", _("WeChat refused our request.")), {}
    title = _("WeChat does not answer: please try again soon.")
    return body(request, 503, "vendor-away", title), {"Retry-After": "5"}


def call_an_engineer(error: VendorRefused) -> None:
    """A refusal that no customer can do anything about: a secret, a key or an account is wrong.

    The case is open once per vendor and code, however many customers run into it.
    """
    log.error("vendor_refused", vendor=error.vendor, code=error.code)
    figures = refusal_figures(error)
    matter = Matter(f"vendor:{error.vendor}", figures=figures, key=figures["code"])
    open_item(VENDOR_REFUSES, matter, by=Actor.system("a vendor refuses us", Door.VENDOR))


def of_rest_framework(request: Any, error: exceptions.APIException) -> dict[str, Any]:
    status = error.status_code
    if isinstance(error, exceptions.ValidationError):
        title = _("Some values are not valid.")
        return body(request, status, "invalid", title, errors=named(error.detail))
    code = CODES.get(status, str(error.default_code).replace("_", "-"))
    return body(request, status, code, str(error.detail))


def rest_framework_headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(challenge)
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def named(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """A nested error of serializers as flat {field, message} pairs; `lines.0.sku` names one."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            yield from named(value, f"{path}.{key}" if path else str(key))
    elif isinstance(detail, list | tuple):
        for index, value in enumerate(detail):
            nested = isinstance(value, Mapping | list | tuple)
            yield from named(value, f"{path}.{index}" if nested and path else path)
    else:
        yield {"field": path, "message": str(detail)}
