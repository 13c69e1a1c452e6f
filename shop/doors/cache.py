"""The cache may vanish at any moment: then everything is a miss, and nothing is an error."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

import structlog
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def forgiving(method: Callable[..., Any], missing: Any) -> Callable[..., Any]:
    """The method, answering `missing` while the cache is away."""

    @wraps(method)
    def tolerant(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except RedisError as error:
            log.warning("cache_away", error=type(error).__name__)
            return kwargs.get("default", missing)

    return tolerant


class LastingClient(RedisCacheClient):
    """One client for all calls. Django makes one for each, which costs more than the call."""

    def get_client(self, key: str | None = None, *, write: bool = False) -> Any:
        if "only" not in self.__dict__:
            self.only = super().get_client(key, write=write)
        return self.only


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, where being away is a miss."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = LastingClient

    get = forgiving(RedisCache.get, None)
    set = forgiving(RedisCache.set, None)
    add = forgiving(RedisCache.add, False)
    delete = forgiving(RedisCache.delete, False)
    get_many = forgiving(RedisCache.get_many, {})

    def count(self, key: str, seconds: int) -> int | None:
        """Add one to a counter that lives for `seconds` from its first count, atomically.

        None while the cache is away: the caller decides what that means.
        """
        client = self._cache.get_client(None, write=True)
        try:
            return int(client.eval(COUNT, 1, self.make_key(key), seconds))
        except RedisError:
            return None


def count(key: str, seconds: int) -> int | None:
    """`ForgivingRedisCache.count` of the default cache."""
    counting = cast(ForgivingRedisCache, caches["default"])
    return counting.count(key, seconds)


COUNT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return n
"""
