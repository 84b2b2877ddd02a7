"""Limits are exact, whoever asks at once and whether or not Redis is there."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings
from django.db import connections

from tenants import throttles
from tests.tenants.conftest import Api

START = 1_800_000_000


@pytest.fixture
def limiter():
    return throttles.Limiter(throttles.connect(settings.REDIS_URL))


@pytest.fixture
def key():
    return uuid.uuid4().hex


def test_fifty_parallel_clients_get_exactly_the_limit_through(limiter, key):
    gate = threading.Barrier(50)

    def client(_):
        gate.wait()
        return sum(limiter.take(key, 100).allowed for _ in range(20))

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(client, range(50))) == 100


def test_never_more_than_the_limit_in_any_hour(limiter, key):
    # A fixed window would let 20 through between 59:30 and 60:30.
    passed = [now for now in range(START, START + 7200, 30) if limiter.take(key, 10, now=now).allowed]
    for first in passed:
        assert sum(first <= other < first + 3600 for other in passed) <= 10
    assert len(passed) > 10


def test_the_next_hour_is_free_again(limiter, key):
    for _ in range(10):
        assert limiter.take(key, 10, now=START).allowed
    refused = limiter.take(key, 10, now=START + 3540)
    assert not refused.allowed
    assert limiter.take(key, 10, now=START + 3540 + refused.reset).allowed


def test_a_refusal_costs_nothing(limiter, key):
    for _ in range(30):
        limiter.take(key, 10, now=START)
    assert limiter.take(key, 11, now=START).allowed


def test_a_larger_plan_holds_at_once(limiter, key):
    assert [limiter.take(key, 1, now=START).allowed for _ in range(2)] == [True, False]
    assert limiter.take(key, 2, now=START).allowed


def test_redis_and_the_local_count_agree(limiter, key):
    local = throttles.LocalCounter()
    for now in [
        START,
        START + 59,
        START + 60,
        START + 3599,
        START + 3600,
        START + 3660,
        START + 7300,
        START + 7301,
    ]:
        far, near = limiter.take(key, 3, now=now), local.take(key, 3, now=now)
        assert (far.allowed, far.used, far.reset) == (near.allowed, near.used, near.reset), now


def test_without_redis_reads_go_on_at_the_limit_and_writes_at_a_tenth(dead_redis):
    limiter = throttles.Limiter(dead_redis)
    assert sum(limiter.take("reads", 100, now=START).allowed for _ in range(150)) == 100
    assert sum(limiter.take("writes", 100, strict=True, now=START).allowed for _ in range(150)) == 10
    assert limiter.take("small", 5, strict=True, now=START).allowed  # never zero


def test_an_outage_is_not_asked_about_on_every_request(dead_redis, monkeypatch):
    ticks = [0.0]
    limiter = throttles.Limiter(dead_redis, clock=lambda: ticks[0])
    asked = []
    script = limiter._script
    monkeypatch.setattr(limiter, "_script", lambda **kw: (asked.append(1), script(**kw)))
    for _ in range(5):
        limiter.take("key", 100)
    assert len(asked) == 1
    ticks[0] = 5.0
    limiter.take("key", 100)
    assert len(asked) == 2


def test_an_outage_does_not_give_the_hour_out_again(limiter, key, monkeypatch):
    assert sum(limiter.take(key, 10).allowed for _ in range(8)) == 8

    def away(**_named):
        raise redis.ConnectionError

    monkeypatch.setattr(limiter, "_script", away)
    assert sum(limiter.take(key, 10).allowed for _ in range(20)) == 2
    assert limiter.take("another", 10).allowed


def test_the_local_count_forgets_the_longest_unused_key_first():
    local = throttles.LocalCounter(keys_max=2)
    for key in ("a", "b", "a", "c"):
        local.take(key, 1, now=START)
    assert not local.take("a", 1, now=START).allowed
    assert local.take("b", 1, now=START).allowed


def test_answers_tell_the_policy_and_what_is_left(till, fresh_limits, settings, cast):
    settings.RATE_LIMITS = {"basic": 2, "pro": 5, "enterprise": 9}
    first = till.get(f"tenants/{cast.cafe.pk}")
    assert first["RateLimit-Policy"] == '"hour";q=2;w=3600'
    assert first["RateLimit"].startswith('"hour";r=1;t=')
    till.get(f"tenants/{cast.cafe.pk}")
    refused = till.get(f"tenants/{cast.cafe.pk}")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3660
    assert refused["RateLimit"].startswith('"hour";r=0;')
    body = refused.json()
    assert (body["code"], body["retryable"]) == ("throttled", True)


def test_a_plan_counts_all_keys_of_its_restaurant_together(cast, make_key, fresh_limits, settings):
    settings.RATE_LIMITS = {"basic": 2, "pro": 5, "enterprise": 9}
    one, two = (Api(make_key(tenant=cast.cafe)) for _ in range(2))
    other = Api(make_key(tenant=cast.bakery))
    path = f"tenants/{cast.cafe.pk}"
    assert [api.get(path).status_code for api in (one, two, one)] == [200, 200, 429]
    assert other.get(f"tenants/{cast.bakery.pk}").status_code == 200


def test_knocking_on_strange_doors_is_counted_too(till, fresh_limits, settings, cast):
    settings.RATE_LIMITS = {"basic": 3, "pro": 5, "enterprise": 9}
    codes = [till.get(f"tenants/{uuid.uuid4()}").status_code for _ in range(5)]
    assert codes == [404, 404, 404, 429, 429]


def test_parallel_requests_of_one_restaurant_are_exact_end_to_end(
    committed_cast, make_key, fresh_limits, settings
):
    settings.RATE_LIMITS = {"basic": 25, "pro": 5, "enterprise": 9}
    key, path = make_key(tenant=committed_cast.cafe), f"tenants/{committed_cast.cafe.pk}"
    gate = threading.Barrier(10)

    def client(_):
        try:
            api = Api(key)
            gate.wait()
            return [api.get(path).status_code for _ in range(5)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        codes = [code for found in pool.map(client, range(10)) for code in found]
    assert (codes.count(200), codes.count(429)) == (25, 25)
