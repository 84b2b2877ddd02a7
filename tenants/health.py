"""Is this process able to serve? Three addresses for load balancers and people; no tenant, no login, no
session.

Each probe opens its own short-lived connection with timeouts of its own, so that a hanging server is reported
as down instead of hanging the probe. Answers are shared for one second: probing cannot be used to exhaust the
database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from tenants.access import public_view

TIMEOUT_SECONDS = 2
SHARED_SECONDS = 1.0
PATHS = frozenset({"/health", "/health/db", "/health/redis"})
_REASON = "asked by load balancers and monitors, which have no login; says only up or down"


@dataclass(frozen=True)
class Answer:
    ok: bool
    milliseconds: int
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {"status": "ok" if self.ok else "down", "ms": self.milliseconds}
        if self.error:
            found["error"] = self.error
        return found


class Probe:
    """Runs `check` at most once a second, whoever asks; others wait for the running one and share its
    answer.
    """

    def __init__(self, check: Callable[[], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._check = check
        self._clock = clock
        self._lock = threading.Lock()
        self._at: float | None = None
        self._answer: Answer | None = None

    def __call__(self) -> Answer:
        with self._lock:
            if (
                self._answer is not None
                and self._at is not None
                and self._clock() - self._at < SHARED_SECONDS
            ):
                return self._answer
            started = time.monotonic()
            error = ""
            try:
                self._check()
            except Exception as caught:
                error = type(caught).__name__  # the text may hold a host name or a user
            self._answer = Answer(not error, round((time.monotonic() - started) * 1000), error)
            self._at = self._clock()
            return self._answer


def check_database() -> None:
    """SELECT 1 on a fresh connection."""
    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold", "connect_timeout", "options"):
        parameters.pop(name, None)
    milliseconds = TIMEOUT_SECONDS * 1000
    with psycopg.connect(
        **parameters,
        connect_timeout=TIMEOUT_SECONDS,
        options=f"-c statement_timeout={milliseconds}",
        tcp_user_timeout=milliseconds,
        autocommit=True,
    ) as link:
        link.execute("SELECT 1")


def check_redis() -> None:
    """PING on a fresh connection."""
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    finally:
        client.close()


class ProbeMiddleware:
    """A load balancer or container calls us by an address, which ALLOWED_HOSTS refuses; a probe says nothing
    that depends on the host, so there it counts as ours.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in PATHS:
            request.META["HTTP_HOST"] = urlsplit(settings.PUBLIC_URL).netloc
        return self.get_response(request)


database = Probe(check_database)
queue = Probe(check_redis)


@public_view(reason=_REASON)
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """503 only when the database is down: without Redis pages and publishing go on, and `status` says
    degraded.
    """
    db, bus = database(), queue()
    status = "ok" if db.ok and bus.ok else ("degraded" if db.ok else "down")
    body = {"status": status, "db": db.as_dict(), "redis": bus.as_dict()}
    return JsonResponse(body, status=200 if db.ok else 503)


@public_view(reason=_REASON)
@never_cache
@require_safe
def health_db(request: HttpRequest) -> JsonResponse:
    answer = database()
    return JsonResponse(answer.as_dict(), status=200 if answer.ok else 503)


@public_view(reason=_REASON)
@never_cache
@require_safe
def health_redis(request: HttpRequest) -> JsonResponse:
    answer = queue()
    return JsonResponse(answer.as_dict(), status=200 if answer.ok else 503)
