"""Many at once: an hour's limit is exact, a repeated POST has one effect."""

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from content.models import Post
from tenants.access import Can


def together(count, call, threads=50):
    """call(number) from `threads` threads that start together; the answers."""
    gate = threading.Barrier(threads)

    def work(number):
        if number < threads:
            gate.wait()
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(count)))


def test_fifty_clients_get_exactly_the_hours_requests(committed_cast, make_key, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"basic": 30}
    keys = [make_key(tenant=committed_cast.cafe, name=f"k{n}") for n in range(5)]
    path = f"/api/v1/tenants/{committed_cast.cafe.pk}"

    def ask(number):
        headers = {"Authorization": f"Bearer {keys[number % 5]}"}
        return Client().get(path, headers=headers)

    answers = together(100, ask)
    codes = [answer.status_code for answer in answers]
    assert (codes.count(200), codes.count(429)) == (30, 70)
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused["Retry-After"]) > 0 and refused["RateLimit-Policy"] == '"hour";q=30;w=3600'
    left = sorted(int(a["RateLimit"].split("r=")[1].split(";")[0]) for a in answers if a.status_code == 200)
    assert left == list(range(30))


def test_two_hundred_repeats_of_one_post_have_one_effect(committed_cast, make_key, settings):
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 10_000)
    key = make_key(tenant=committed_cast.cafe, scopes=[Can.VIEW, Can.COMPOSE, Can.PUBLISH])
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid.uuid4())}
    body = json.dumps({"caption": "Only once", "draft": True})

    def send(_number):
        return Client().post("/api/v1/posts/create", body, content_type="application/json", headers=headers)

    answers = together(200, send, threads=20)
    with tenant_context(committed_cast.cafe):
        assert Post.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    fresh = [a for a in answers if a.status_code == 201 and "Idempotency-Replayed" not in a.headers]
    assert len(fresh) == 1
