"""Who calls the API: a customer, by the opaque token of a device."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shop.clock import now
from shop.identity.actions import keep_token_awake
from shop.identity.actors import Actor
from shop.identity.models import TOKEN_IDLE, Customer, CustomerToken

AWAKE_MARGIN = TOKEN_IDLE / 168  # an hour: how stale the idle end may grow


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`. An unknown, revoked or expired token is 401 at once."""

    def authenticate(self, request: Request) -> tuple[Customer, CustomerToken] | None:
        scheme, _space, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = (
            CustomerToken.objects.filter(digest=CustomerToken.digest_of(token.strip()))
            .select_related("customer")
            .first()
        )
        if found is None or not found.is_live(now()):
            raise AuthenticationFailed(_("Sign in again: this session has ended."))
        if now() + TOKEN_IDLE - found.idle_until > AWAKE_MARGIN:
            keep_token_awake(found, by=Actor.shopper(found.customer))
        return found.customer, found

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class SignedIn(BasePermission):
    """Only customers with a live token. Public views say so with `public`."""

    message = _("Sign in first.")

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, Customer)


def customer_of(request: Any) -> Customer:
    """The customer who calls."""
    customer: Customer = request.user
    return customer


def actor_of(request: Any) -> Actor:
    """The same, as an actor."""
    return Actor.shopper(customer_of(request))


class TokenScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI document describes the token."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
