"""Requests an hour per plan, counted exactly.

One Lua script per request in Redis: 60 one-minute counters in a hash, summed and incremented in one step, so
that of any number of parallel requests exactly `limit` pass, and never more than `limit` in any 3,600 seconds
(a fixed window lets twice as many through around its edge). Redis' own clock is used: web hosts cannot
disagree.

When Redis is away each process counts alone, from what Redis said last: reads against the plan's limit,
everything else against a strict tenth of it. Publishing never passes through here.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 3600
SLOT_SECONDS = 60
STRICT_DIVISOR = 10
REDIS_REST_SECONDS = (
    5.0  # after a failure Redis is left alone this long, so that an outage does not cost each request
)
LOCAL_KEYS_MAX = 10_000
_SLOTS = WINDOW_SECONDS // SLOT_SECONDS

# KEYS[1] the counter; ARGV: limit, cost, now in seconds or "" for Redis' clock. A slot is dropped only when
# its last second has left the window, which errs on the side of the limit by at most one minute.
_SCRIPT = """
local now = tonumber(ARGV[3])
if now == nil then now = tonumber(redis.call('TIME')[1]) end
local slot = math.floor(now / 60)
local limit, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
local all = redis.call('HGETALL', KEYS[1])
local used, oldest, gone = 0, slot, {}
for i = 1, #all, 2 do
  local s = tonumber(all[i])
  if s <= slot - 61 then gone[#gone + 1] = all[i]
  else
    used = used + tonumber(all[i + 1])
    if s < oldest then oldest = s end
  end
end
if #gone > 0 then redis.call('HDEL', KEYS[1], unpack(gone)) end
local ok = 0
if used + cost <= limit then
  ok = 1
  used = used + cost
  if cost > 0 then
    redis.call('HINCRBY', KEYS[1], tostring(slot), cost)
    redis.call('EXPIRE', KEYS[1], 3720)
  end
end
return {ok, used, (oldest + 61) * 60 - now}
"""


@dataclass(frozen=True)
class Verdict:
    """The answer for one request. `reset` is seconds until the oldest counted minute leaves the window."""

    allowed: bool
    limit: int
    used: int
    reset: int
    local: bool = False

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10), Retry-After on a
        refusal.
        """
        found = {
            "RateLimit-Policy": f'"hour";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"hour";r={self.remaining};t={self.reset}',
        }
        if not self.allowed:
            found["Retry-After"] = str(self.reset)
        return found


def plan_limit(plan: str) -> int:
    """Requests an hour for a plan (RATE_LIMIT_BASIC, RATE_LIMIT_PRO, RATE_LIMIT_ENTERPRISE)."""
    return int(settings.RATE_LIMITS[plan])


class LocalCounter:
    """The same count in this process' memory, for the time that Redis is away."""

    def __init__(self, *, keys_max: int = LOCAL_KEYS_MAX) -> None:
        self._lock = threading.Lock()
        self._keys_max = keys_max
        self._slots: OrderedDict[str, dict[int, int]] = OrderedDict()

    def take(self, key: str, limit: int, *, cost: int = 1, now: float) -> Verdict:
        slot = int(now // SLOT_SECONDS)
        with self._lock:
            kept = {s: n for s, n in self._slots.pop(key, {}).items() if s > slot - _SLOTS - 1}
            used = sum(kept.values())
            allowed = used + cost <= limit
            if allowed:
                kept[slot] = kept.get(slot, 0) + cost
                used += cost
            self._slots[key] = kept
            while len(self._slots) > self._keys_max:
                self._slots.popitem(last=False)
        reset = (min(kept, default=slot) + _SLOTS + 1) * SLOT_SECONDS - now
        return Verdict(allowed, limit, used, math.ceil(reset), local=True)


class Limiter:
    """Counts in Redis, else locally. `client=None` means that there is no Redis at all."""

    def __init__(self, client: redis.Redis | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._script: Any = client.register_script(_SCRIPT) if client is not None else None
        self._local = LocalCounter()
        self._known: OrderedDict[str, tuple[int, float]] = OrderedDict()  # what Redis said last, and when
        self._clock = clock
        self._rest_until = -math.inf

    def look(self, key: str, limit: int) -> Verdict:
        """How many of the last sixty minutes' requests were counted; counts none itself."""
        return self.take(key, limit, cost=0)

    def take(
        self, key: str, limit: int, *, cost: int = 1, strict: bool = False, now: float | None = None
    ) -> Verdict:
        """Count one request against `limit` an hour. `strict`: on a Redis outage allow only a tenth, in this
        process.

        `now` (epoch seconds) is for tests; normally Redis' own clock decides.
        """
        if self._script is not None and self._clock() >= self._rest_until:
            try:
                stamp = "" if now is None else str(int(now))
                ok, used, reset = self._script(keys=[f"limit:{key}"], args=[limit, cost, stamp])
                self._remember(key, int(used))
                return Verdict(bool(ok), limit, int(used), int(reset))
            except redis.RedisError as error:
                self._rest_until = self._clock() + REDIS_REST_SECONDS
                logger.warning(
                    "rate limits are counted locally: Redis did not answer (%s)", type(error).__name__
                )
        allowance = max(1, limit // STRICT_DIVISOR) if strict else limit
        # An outage must not give the hour out a second time.
        allowance = max(0, min(allowance, limit - self._used_before(key)))
        return self._local.take(key, allowance, cost=cost, now=time.time() if now is None else now)

    def _remember(self, key: str, used: int) -> None:
        self._known[key] = (used, self._clock())
        with suppress(KeyError):  # another thread was faster
            self._known.move_to_end(key)
            while len(self._known) > LOCAL_KEYS_MAX:
                self._known.popitem(last=False)

    def _used_before(self, key: str) -> int:
        used, at = self._known.get(key, (0, -math.inf))
        return used if self._clock() - at < WINDOW_SECONDS else 0


def connect(url: str) -> redis.Redis:
    """A client that gives up within a second and never retries: a limit must not be much slower than the
    request it guards. (At a quarter of a second a busy machine looked like an outage.)
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=1.0,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )


@lru_cache(maxsize=1)
def limiter() -> Limiter:
    """The limiter of this process."""
    return Limiter(connect(settings.REDIS_URL) if settings.REDIS_URL else None)
