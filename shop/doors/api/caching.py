"""Answers kept as bytes: built once per version, then served without a query.

A version is a random word per group (`product:7`, `storefront`); forgetting a group gives it a
new word, so that old bytes are never found again. Should the cache be away while a group is
forgotten, `MOST_STALE_SECONDS` bounds how long old bytes live.
"""

import hashlib
import secrets
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

MOST_STALE_SECONDS = 15


def cached_answer(
    request: HttpRequest, group: str, build: Callable[[], bytes | None]
) -> HttpResponse | None:
    """The answer of this address from the cache, or built and kept; 304 when the caller has it.

    `build` returns the bytes of the JSON body, or None: no such thing, nothing is kept.
    """
    key = f"answer:{group}:{version_of(group)}:{fingerprint(request.get_full_path())}"
    content: bytes | None = cache.get(key)
    if content is None:
        content = build()
        if content is None:
            return None
        cache.set(key, content, MOST_STALE_SECONDS)
    return answer(request, content)


def answer(request: HttpRequest, content: bytes) -> HttpResponse:
    """The bytes with their ETag, or 304."""
    etag = f'"{fingerprint(content)}"'
    if etag in request.headers.get("If-None-Match", ""):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(content, content_type="application/json")
    response["ETag"] = etag
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


def fingerprint(content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    return hashlib.blake2b(raw, digest_size=12).hexdigest()
