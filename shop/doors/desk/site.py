"""The admin site: nobody is in without the second factor, and everybody lands on their desk."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_noop
from unfold.sites import UnfoldAdminSite

from shop.identity.actors import Actor
from shop.records.models import AuditEntry
from shop.records.trail import record

BY_THEMSELVES = gettext_noop("by themselves")
HINTS: list[Callable[[], Iterable[Any]]] = []
"""Logins that the sign-in page offers to fill in. The demo registers its own; otherwise empty."""


class DeskSite(UnfoldAdminSite):
    """Unfold's site behind a one-time code."""

    index_template = "desk/home.html"
    login_template = "desk/sign_in.html"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, active, and shown to hold their device: a password alone opens nothing."""
        user: Any = request.user
        return bool(super().has_permission(request) and user.is_verified())

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in. A first sign-in goes on to enrol a device; all others to their desk."""
        if request.method == "GET" and awaits_enrolment(request.user):
            return redirect("desk:enrol")
        if request.method == "GET" and self.has_permission(request):
            return redirect(wanted_page(request))
        extra = {
            REDIRECT_FIELD_NAME: wanted_page(request),
            "hints": [hint for hints in HINTS for hint in hints()],
            **(extra_context or {}),
        }
        answer: HttpResponse = super().login(request, extra)
        return answer

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign out, on record first."""
        user: Any = request.user
        if request.method == "POST" and user.is_authenticated:
            record(AuditEntry.Kind.SIGN_OUT, user.stream, BY_THEMSELVES, by=Actor.staff(user))
        answer: HttpResponse = super().logout(request, extra_context)
        return answer


def awaits_enrolment(user: Any) -> bool:
    """Whether this person knows their password and has no device yet."""
    if not (user.is_active and user.is_staff):
        return False
    return not user.totpdevice_set.filter(confirmed=True).exists()


def wanted_page(request: HttpRequest) -> str:
    """The page that asked for the sign-in, if it is ours and is a page; else the desk."""
    asked = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
    if asked in {"", "/", reverse("admin:index")} or not is_ours(request, asked):
        return reverse("desk:landing")
    return asked


def is_ours(request: HttpRequest, address: str) -> bool:
    return url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
