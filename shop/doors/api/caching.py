"""Answers that a process has at hand: what it told one customer it tells the next at once.

For `TRUSTED_SECONDS` after it found an answer true it tells it again without any work; what any
process changed shows everywhere that much later. An answer that is older, and has not been found
out anew because the database is away, is better than none for `MOST_STALE_SECONDS`.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

TRUSTED_SECONDS = 1.0
MOST_STALE_SECONDS = 60.0
MOST_AT_HAND = 500  # answers of a process, some kilobytes each
Address = tuple[str, str, str]  # host, path and query, as they were sent


@dataclass(frozen=True)
class Kept:
    """The bytes of a JSON body, their ETag, and when they were found out (monotonic seconds)."""

    content: bytes
    etag: str
    known_at: float

    @property
    def age(self) -> float:
        return time.monotonic() - self.known_at


_at_hand: OrderedDict[Address, Kept] = OrderedDict()


def at_hand(request: HttpRequest) -> Kept | None:
    """What this process answered to the same request lately."""
    kept = _at_hand.get(address_of(request))
    return kept if kept and kept.age <= MOST_STALE_SECONDS else None


def address_of(request: HttpRequest) -> Address:
    said = request.META
    return said.get("HTTP_HOST", ""), request.path, said.get("QUERY_STRING", "")


def kept_answer(request: HttpRequest, build: Callable[[], bytes]) -> HttpResponse:
    """What `build` returns, the bytes of a JSON body, kept at hand; 304 when the caller has it."""
    known_at = time.monotonic()
    content = build()
    kept = Kept(content, f'"{fingerprint(content)}"', known_at)
    address = address_of(request)
    _at_hand[address] = kept
    _at_hand.move_to_end(address)
    while len(_at_hand) > MOST_AT_HAND:
        _at_hand.popitem(last=False)
    return told(request, kept)


def told(request: HttpRequest, kept: Kept) -> HttpResponse:
    """The bytes with their ETag, or 304."""
    if kept.etag in request.META.get("HTTP_IF_NONE_MATCH", ""):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(kept.content, content_type="application/json")
    response["ETag"] = kept.etag
    response["Content-Length"] = str(len(response.content))
    response["Cache-Control"] = "no-cache"
    return response


def forget_at_hand() -> None:
    """This process finds everything out anew."""
    _at_hand.clear()


def fingerprint(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()
