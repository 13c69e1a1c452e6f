"""WeChat 小程序, 获取稳定版接口调用凭据 (stable_token): one access token for all our processes."""

import time
from collections.abc import Callable
from typing import Protocol

from shop.vendors.errors import VendorBusy

# Longer than the outbound client's own 10 s, so the lock cannot lapse under a request in flight.
LOCK_SECONDS = 15
PAUSE_SECONDS = 0.05
# WeChat hands out the next token 5 minutes early, and honours both until the old one runs out.
EARLY_SECONDS = 300


class TokenCache(Protocol):
    """A cache all processes share, with an atomic `add`; Django's is one."""

    def get(self, key: str) -> object: ...
    def set(self, key: str, value: str, timeout: float) -> object: ...
    def add(self, key: str, value: str, timeout: float) -> bool: ...
    def delete(self, key: str) -> object: ...


class AccessTokens:
    """The current access token of one appid; `fetch` asks WeChat: (token, seconds it lives)."""

    def __init__(self, appid: str, cache: TokenCache, fetch: Callable[[], tuple[str, int]]) -> None:
        self._key = f"wechat:access-token:{appid}"
        self._lock, self._probe = f"{self._key}:lock", f"{self._key}:probe"
        self._cache = cache
        self._fetch = fetch

    def current(self) -> str:
        """A token that should be good."""
        return self._cached(rejected="") or self._refreshed(rejected="")

    def after(self, rejected: str) -> str:
        """A token to use instead of one WeChat rejected (40001, 42001)."""
        return self._cached(rejected) or self._refreshed(rejected)

    def _cached(self, rejected: str) -> str:
        token = self._cache.get(self._key)
        return token if isinstance(token, str) and token != rejected else ""

    def _refreshed(self, rejected: str) -> str:
        """One process asks WeChat, the others wait for what it finds, or for VendorBusy.

        Without a cache everybody asks: WeChat gives all of them the same token.
        """
        give_up_at = time.monotonic() + LOCK_SECONDS
        while time.monotonic() < give_up_at:
            if self._cache.add(self._lock, "1", LOCK_SECONDS):
                try:
                    return self._cached(rejected) or self._stored()
                finally:
                    self._cache.delete(self._lock)
            if self._is_away():
                return self._stored()
            time.sleep(PAUSE_SECONDS)
            if token := self._cached(rejected):
                return token
        raise VendorBusy("WeChat", "another process is still refreshing the access token")

    def _is_away(self) -> bool:
        """A cache that forgets at once what it was told is away."""
        self._cache.set(self._probe, "1", LOCK_SECONDS)
        return self._cache.get(self._probe) is None

    def _stored(self) -> str:
        token, seconds = self._fetch()
        self._cache.set(self._key, token, max(seconds - EARLY_SECONDS, 1))
        return token
