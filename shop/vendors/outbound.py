"""The one way out of the house: every HTTP request to a vendor goes through `Outbound`."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from urllib.parse import urlsplit

import requests
import urllib3

from shop.vendors.addresses import ForbiddenAddress
from shop.vendors.circuits import circuit_of
from shop.vendors.deadline import DeadlineAdapter
from shop.vendors.errors import VendorUnreachable

CONNECT_SECONDS = 2
READ_SECONDS = 5
TOTAL_SECONDS = 10
MOST_BYTES = 1024 * 1024
CHUNK_BYTES = 64 * 1024

Origin = tuple[str, str, int]
"""Scheme, host, port."""

# At DEBUG it writes each query string, and WeChat's login carries the app secret in one.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Answer:
    """A vendor's answer: status (below 300, or 400 to 499), headers (any case), raw body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """HTTP to one vendor, at the base URLs given (scheme, host, port) and nowhere else.

    2 s to connect, 5 s between bytes, 10 s until head and body must be whole (noticed with the next
    byte), 1 MB at most; no redirects, cookies, proxies or netrc, and no address that no vendor has
    (`addresses`). At most 4 requests of this process at once, and none while the vendor is given a
    rest (`circuits`). Safe to share between threads.
    """

    def __init__(self, vendor: str, base_urls: Iterable[str]) -> None:
        self._vendor = vendor
        self._origins = {_origin(url) for url in base_urls}
        self._session = requests.Session()
        self._session.trust_env = False
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, DeadlineAdapter())
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def send(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The vendor's answer, or VendorUnreachable: no whole answer in time, a redirect, or 5xx.

        NotAsked when the vendor is given a rest, or too many requests are on their way to it.
        ValueError when the URL is not on the list: that is our mistake, not the vendor's.
        """
        origin = _origin(url)
        if origin not in self._origins:
            raise ValueError(f"{self._vendor}: this URL is not on the list of base URLs")
        with circuit_of(self._vendor, origin).request():
            return self._asked(method, url, body, dict(headers or {}))

    def _asked(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        # Raised outside `except`: the library's exception quotes the URL, secrets included, and
        # must not travel along as the context of ours.
        try:
            answer = self._exchange(method, url, body, headers)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            failure = type(error).__name__
        except (_CutShort, ForbiddenAddress) as cut:
            failure = str(cut)
        else:
            if answer.status < 300 or 400 <= answer.status < 500:
                return answer
            failure = f"HTTP {answer.status}"
        raise VendorUnreachable(self._vendor, failure)

    def _exchange(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        deadline = monotonic() + TOTAL_SECONDS
        with self._session.request(
            method,
            url,
            data=body,
            headers={"Accept-Encoding": "identity", **headers},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            return Answer(response.status_code, response.headers, _whole_body(response, deadline))


class _CutShort(Exception):
    """We stopped reading: too long or too much."""


def _origin(url: str) -> Origin:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if not parts.hostname or not port or parts.username is not None:
        raise ValueError("a vendor's URL is http(s)://host[:port]/…")
    return parts.scheme, parts.hostname, port


def _whole_body(response: requests.Response, deadline: float) -> bytes:
    """The bytes as sent; `read1` returns after one read of the socket, so a drip is noticed."""
    body = bytearray()
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        body += chunk
        if len(body) > MOST_BYTES:
            raise _CutShort("answer over 1 MB")
        if monotonic() > deadline:
            raise _CutShort("answer not whole in time")
    return bytes(body)
