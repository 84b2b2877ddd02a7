"""What keeps the public schema small and sign-in working on bad days."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from config.schedule import SCHEDULE
from tenants import tasks
from tenants.access import Role
from tenants.cache import SturdyRedisCache
from tenants.models import IdempotentRequest, Invitation

NOWHERE = "redis://127.0.0.1:1/0"


def test_the_sweep_forgets_what_is_over_and_keeps_the_rest(cast):
    now = timezone.now()
    for age, key in ((timedelta(hours=25), "old"), (timedelta(hours=1), "new")):
        IdempotentRequest.objects.create(
            owner="key:1",
            key=key,
            fingerprint="",
            token="00000000-0000-4000-8000-000000000000",
            state="done",
            status=200,
            created_at=now,
            lease_until=now,
            expires_at=now - age + timedelta(hours=24),
        )
        Session.objects.create(
            session_key=key * 5, session_data="", expire_date=now + timedelta(hours=2) - age
        )
    for days, email in ((31, "old@example.com"), (1, "new@example.com")):
        Invitation.objects.create(
            tenant=cast.cafe,
            email=email,
            role=Role.VIEWER,
            token_digest=email,
            invited_by_label="Alice",
            expires_at=now - timedelta(days=days),
        )
    tasks.sweep()
    assert list(IdempotentRequest.objects.values_list("key", flat=True)) == ["new"]
    assert list(Invitation.objects.values_list("email", flat=True)) == ["new@example.com"]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new" * 5]


def test_beat_calls_the_sweep():
    assert tasks.sweep.name in {entry["task"] for entry in SCHEDULE.values()}


@pytest.fixture
def without_redis():
    return SturdyRedisCache(NOWHERE, {"KEY_PREFIX": f"{time.monotonic()}"})


def test_without_redis_the_cache_goes_on_in_memory(without_redis):
    cache = without_redis
    cache.set("a", 1)
    assert cache.get("a") == 1
    assert not cache.add("a", 2) and cache.add("b", 2)
    assert cache.incr("b") == 3
    assert cache.get_many(["a", "b"]) == {"a": 1, "b": 3}
    cache.set_many({"c": 4})
    cache.delete("a")
    cache.delete_many(["b"])
    assert (cache.get("a"), cache.get("b"), "c" in cache, cache.get_or_set("d", 5)) == (None, None, True, 5)
    cache.clear()
    assert cache.get("c") is None


def test_with_redis_the_cache_is_shared_between_processes():
    options = {"KEY_PREFIX": f"test{time.monotonic()}"}
    one, two = (SturdyRedisCache(settings.REDIS_URL, dict(options)) for _ in range(2))
    one.set("a", 1, 60)
    assert two.get("a") == 1
    assert two.delete("a") and one.get("a") is None


def test_people_can_sign_in_while_redis_is_away_and_guessing_is_still_limited(
    cast, monkeypatch, without_redis
):
    monkeypatch.setattr(caches._connections, "default", without_redis, raising=False)
    client = Client()

    def attempt(password):
        client.post("/accounts/login/", {"login": "alice@example.com", "password": password})
        return "_auth_user_id" in client.session

    assert attempt("correct horse battery")
    client.post("/accounts/logout/")
    assert not any(attempt("wrong wrong wrong") for _ in range(6))
    assert not attempt("correct horse battery")


def test_the_product_uses_the_sturdy_cache():
    from config import settings as product

    assert {cache["BACKEND"] for cache in product.CACHES.values()} == {"tenants.cache.SturdyRedisCache"}
