"""Keys, API clients and limits of these tests' own."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.test import Client
from django.utils import timezone

from tenants import services, throttles
from tenants.access import Actor, Can
from tenants.services.keys import SCOPES


class Api:
    """A client that speaks JSON with a key."""

    def __init__(self, key: str = "", client: Client | None = None, **headers: str) -> None:
        self.client = client or Client()
        self.headers = headers | ({"Authorization": f"Bearer {key}"} if key else {})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=self.headers | {name.replace("_", "-"): value for name, value in headers.items()},
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body if body is not None else {}, **headers)


@pytest.fixture
def make_key() -> Callable[..., str]:
    """make_key(tenant=... or partner=..., scopes=...) -> the key's text."""

    def make(**wanted: Any) -> str:
        now = wanted.pop("now", None) or timezone.now() - timedelta(minutes=5)
        fields = {"name": "Till", "scopes": SCOPES, "by": Actor.system("test"), "now": now} | wanted
        return services.create_key(**fields)[1]

    return make


@pytest.fixture
def pat(cast: Any, make_key: Any) -> Api:
    """Pat's client, with every scope, for both restaurants."""
    return Api(make_key(partner=cast.pat))


@pytest.fixture
def till(cast: Any, make_key: Any) -> Api:
    """A client with a key of the cafe alone that may only look."""
    return Api(make_key(tenant=cast.cafe, scopes=[Can.VIEW]))


@pytest.fixture
def dead_redis() -> redis.Redis:
    """A client of a port where nobody listens."""
    return throttles.connect("redis://127.0.0.1:1/0")
