"""Answers kept as bytes: built once per version, then served without a query.

A version is a random word per group (`product:7`, `storefront`); forgetting a group gives it a
new word, so that old bytes are never found again. Should the cache be away while a group is
forgotten, `MOST_STALE_SECONDS` bounds how long old bytes live.

What a process has just answered it answers again by itself, for `TRUSTED_SECONDS`: other processes
hear of a change that much later, customers who ask all at once are served at once.
"""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

MOST_STALE_SECONDS = 15
TRUSTED_SECONDS = 1.0
MOST_AT_HAND = 500  # answers of a process, some kilobytes each
Address = tuple[str, str, str]  # host, path and query, as they were sent

_at_hand: OrderedDict[Address, tuple[float, bytes, str]] = OrderedDict()
"""When it was found out to be true (monotonic seconds), the bytes and their ETag."""


def answer_at_hand(request: HttpRequest) -> HttpResponse | None:
    """What this process answered to the same request within the last second."""
    kept = _at_hand.get(address_of(request))
    if kept is None or time.monotonic() - kept[0] > TRUSTED_SECONDS:
        return None
    return _told(request, kept[1], kept[2])


def address_of(request: HttpRequest) -> Address:
    said = request.META
    return said.get("HTTP_HOST", ""), request.path, said.get("QUERY_STRING", "")


def cached_answer(
    request: HttpRequest, group: str, build: Callable[[], bytes | None]
) -> HttpResponse | None:
    """The answer of this address from the cache, or built and kept; 304 when the caller has it.

    `build` returns the bytes of the JSON body, or None: no such thing, nothing is kept.
    """
    known_at = time.monotonic()
    address = address_of(request)
    key = f"answer:{group}:{version_of(group)}:{fingerprint(repr(address))}"
    content: bytes | None = cache.get(key)
    if content is None:
        content = build()
        if content is None:
            return None
        cache.set(key, content, MOST_STALE_SECONDS)
    etag = f'"{fingerprint(content)}"'
    _keep_at_hand(address, (known_at, content, etag))
    return _told(request, content, etag)


def _keep_at_hand(address: Address, kept: tuple[float, bytes, str]) -> None:
    _at_hand[address] = kept
    _at_hand.move_to_end(address)
    while len(_at_hand) > MOST_AT_HAND:
        _at_hand.popitem(last=False)


def _told(request: HttpRequest, content: bytes, etag: str) -> HttpResponse:
    """The bytes with their ETag, or 304."""
    if etag in request.META.get("HTTP_IF_NONE_MATCH", ""):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(content, content_type="application/json")
    response["ETag"] = etag
    response["Content-Length"] = str(len(response.content))
    response["Cache-Control"] = "no-cache"
    return response


def version_of(group: str) -> str:
    version = cache.get(f"version:{group}")
    if version is None:
        version = secrets.token_hex(4)
        cache.add(f"version:{group}", version, 86_400)
    return str(version)


def forget(group: str) -> None:
    """Let nobody find the group's old answers again."""
    cache.delete(f"version:{group}")
    forget_at_hand()


def forget_at_hand() -> None:
    """This process asks the cache again."""
    _at_hand.clear()


def fingerprint(content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    return hashlib.blake2b(raw, digest_size=12).hexdigest()
