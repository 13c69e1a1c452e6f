"""Rate limits that count exactly, in one atomic step in the cache."""

from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from shop.doors.cache import count
from shop.doors.middleware import client_address
from shop.identity.models import Customer


class CountedThrottle(BaseThrottle):
    """`limit` calls a window of `seconds`, per customer or address. The cache away: let pass."""

    scope: ClassVar[str]
    limit: ClassVar[int]
    seconds: ClassVar[int] = 60
    passes_without_cache: ClassVar[bool] = True

    def allow_request(self, request: Request, view: Any) -> bool:
        if not self.counts(request):
            return True
        counted = count(f"throttle:{self.scope}:{self.caller(request)}", self.seconds)
        if counted is None:
            return self.passes_without_cache
        return counted <= self.limit

    def counts(self, request: Request) -> bool:
        return True

    def caller(self, request: Request) -> str:
        caller: object = request.user
        if isinstance(caller, Customer):
            return f"customer:{caller.pk}"
        return client_address(request._request)

    def wait(self) -> float:
        return self.seconds


class Posts(CountedThrottle):
    """Whatever changes something."""

    scope, limit = "posts", 120

    def counts(self, request: Request) -> bool:
        return request.method not in {"GET", "HEAD", "OPTIONS"}


class Uploads(CountedThrottle):
    """Pictures: each costs a decoding and an encoding."""

    scope, limit = "uploads", 20


class SignIns(CountedThrottle):
    """Sign-ins per address: guessing must be slow, a family behind one address must get in."""

    scope, limit = "sign-in", 30
