"""A cache that survives Redis: while Redis is away, each process keeps its own.

Sign-in limits live in the cache. Django's backend would turn a Redis outage into an error page on every
sign-in; here the limits go on, counted per process, which is stricter for one attacker's address and never
open.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import redis
import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = structlog.get_logger(__name__)
REST_SECONDS = 5.0  # Redis is left alone this long after a failure; no page waits for it twice


class SturdyRedisCache(RedisCache):
    """RedisCache whose every operation falls back to local memory."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        plain = {name: value for name, value in params.items() if name != "OPTIONS"}
        # redis-py would try four times with growing pauses: ten seconds of a person's life.
        quick = {**params.get("OPTIONS", {}), "retry": Retry(NoBackoff(), 0)}
        super().__init__(server, {**plain, "OPTIONS": quick})
        self._near = LocMemCache(f"beside:{server}", plain)
        self._rest_until = 0.0

    def _either(self, operation: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self._rest_until:
            far: Callable[..., Any] = getattr(super(), operation)
            try:
                return far(*args, **kwargs)
            except redis.RedisError as error:
                self._rest_until = time.monotonic() + REST_SECONDS
                logger.warning("cache_kept_locally", error=type(error).__name__)
        return getattr(self._near, operation)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("delete", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("get_many", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("delete_many", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._either("incr", *args, **kwargs)

    def clear(self) -> Any:
        return self._either("clear")
