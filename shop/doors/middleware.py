"""The input edge: what every request meets before any view."""

import re
import secrets
import traceback
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from shop.doors.api.caching import TRUSTED_SECONDS, at_hand, told
from shop.doors.api.problems import problem
from shop.records.trail import CALL, Call

Respond = Callable[[HttpRequest], HttpResponseBase]
log = structlog.get_logger(__name__)
AWAY = 503
RETRY_SECONDS = 5
DEEPEST = 6
"""So many calls of a failure are said, the innermost last."""


class RequestId:
    """Gives each request a number that its answer, its problems, its log lines and what the audit
    trail says of it carry."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        number = secrets.token_hex(8)
        request.META["REQUEST_ID"] = number
        structlog.contextvars.bind_contextvars(request_id=number)
        call = CALL.set(Call(client_address(request), number))
        try:
            response = self.respond(request)
        finally:
            CALL.reset(call)
            structlog.contextvars.clear_contextvars()
        response["X-Request-Id"] = number
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """What nobody answered for is said with its place in the code, and without its message:
        that may quote what the caller sent (Personal Information Protection Law art. 51).
        """
        if isinstance(error, Http404 | PermissionDenied | SuspiciousOperation):
            return  # Django's own answers
        places = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
        log.error(
            "failed",
            method=request.method,
            route=getattr(request.resolver_match, "route", ""),
            error=type(error).__name__,
            at=[f"{place.filename}:{place.lineno} {place.name}" for place in places],
        )


class StoreAway:
    """PostgreSQL away or too busy: 503 with Retry-After, nothing half done, recovery by itself."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.respond(request)
        except (OperationalError, InterfaceError) as error:  # raised by a middleware below
            return away(request, error)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError):
            return away(request, error)
        return None


def away(request: HttpRequest, error: DatabaseError | InterfaceError) -> HttpResponse:
    log.warning("database_away", error=str(error).splitlines()[:1])
    response = problem(
        request, AWAY, "store-away", _("The shop is catching its breath: please try again soon.")
    )
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


class AtHand:
    """What this process answered a moment ago goes out again before any of the work begins, and
    what it answered lately rather than that the store is away.

    It stands where the address of such an answer has been found clean and its host allowed once:
    only what went the whole way is at hand.
    """

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        kept = at_hand(request) if request.method == "GET" else None
        if kept is None:
            return self.respond(request)
        if kept.age <= TRUSTED_SECONDS:
            return told(request, kept)
        response = self.respond(request)
        return told(request, kept) if response.status_code == AWAY else response


class CleanText:
    """No NUL bytes and no lone surrogates, in path, query or form: PostgreSQL stores neither.

    JSON bodies are checked where they are parsed (`api.parsing`).
    """

    # A surrogate's three UTF-8 bytes, percent-encoded or raw, and NUL.
    DIRTY = re.compile(r"\x00|%00|%ed%[ab][0-9a-f]%[89ab][0-9a-f]", re.IGNORECASE)

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            return problem(request, 413, "too-large", _("The request is too large."))
        if self.DIRTY.search(query) or not is_clean(request.path):
            return problem(request, 400, "dirty-text", _("The address holds forbidden characters."))
        if request.content_type in FORM_TYPES and not all(
            is_clean(text) for values in request.POST.lists() for text in (values[0], *values[1])
        ):
            return problem(request, 400, "dirty-text", _("The form holds forbidden characters."))
        return self.respond(request)


LARGEST_BODY = 32_000_000  # bytes: the largest file and its form
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def is_clean(text: str) -> bool:
    """Whether PostgreSQL can store the text."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


class StaffLanguage(LocaleMiddleware):
    """Staff read Chinese until they choose otherwise, whatever language their browser came in."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path.startswith("/admin/"):
            request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        super().process_request(request)


class ContentPolicy:
    """Pages load nothing from another host. Alpine, in the admin's theme, needs unsafe-eval."""

    POLICY = (
        "default-src 'self'; script-src 'self' 'unsafe-eval' 'unsafe-inline';"
        " style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:;"
        " connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    )

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.respond(request)
        response.headers.setdefault("Content-Security-Policy", self.POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if getattr(request, "user", None) is not None and request.path.startswith("/admin/"):
            patch_vary_headers(response, ["Cookie"])
        return response


def client_address(request: HttpRequest) -> str:
    """The caller's address behind the proxies we trust, never what a stranger claims."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop]
    if settings.TRUSTED_PROXIES and len(hops) >= settings.TRUSTED_PROXIES:
        return str(hops[-settings.TRUSTED_PROXIES])
    return str(request.META.get("REMOTE_ADDR", ""))
