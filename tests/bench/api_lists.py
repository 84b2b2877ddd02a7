"""`make bench-api-lists`: server time of the API's lists in a restaurant with 100,000 posts (API_POSTS).

Server time: the whole request through every middleware, by the application's own clock, without a socket.
"""

import os
import statistics
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from tenants import services
from tenants.access import Actor
from tenants.services.keys import SCOPES
from tests.posting.conftest import make_channel

POSTS = int(os.environ.get("API_POSTS", "100000"))
ROUNDS = int(os.environ.get("API_ROUNDS", "60"))

_FILL = """
INSERT INTO content_post (id, created_at, updated_at, kind, caption, captions, link, approval, version,
                          created_by, created_by_id, updated_by, approved_by)
SELECT gen_random_uuid(), now() - n * interval '7 minutes', now(), 'feed', 'Post number ' || n, '{}', '',
       'draft', 1, 'bench', '', 'bench', '' FROM generate_series(1, %s) n;
"""
_PUBLISH = """
INSERT INTO posting_publication (id, post_id, channel_id, kind, version, publish_at, local_at, zone, not_after,
    state, reason_code, reason_params, snapshot, remote_id, permalink, published_at, created_by, created_by_id,
    created_at)
SELECT gen_random_uuid(), p.id, %s, 'fb_text', 1, p.created_at, '2026-01-01T10:00', 'America/Chicago',
       p.created_at + interval '1 day', 'published', '', '{}', jsonb_build_object('caption', p.caption), '', '',
       p.created_at, 'bench', '', p.created_at FROM content_post p;
"""
_DISHES = """
INSERT INTO content_menuitem (id, created_at, updated_at, section, section_order, position, name, description,
    currency, allergens, available, updated_by)
SELECT gen_random_uuid(), now() - n * interval '1 minute', now(), 'Section ' || n %% 20, 0, 0, 'Dish ' || n, '',
       'USD', '{}', true, 'bench' FROM generate_series(1, 2000) n;
"""


@pytest.fixture
def crowded(committed_cast, settings):
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 1_000_000)
    cafe = committed_cast.cafe
    with tenant_context(cafe):
        channel = make_channel()
        with connection.cursor() as cursor:
            cursor.execute(_FILL, [POSTS])
            cursor.execute("ALTER TABLE posting_publication DISABLE TRIGGER USER")
            cursor.execute(_PUBLISH, [channel.pk])
            cursor.execute("ALTER TABLE posting_publication ENABLE TRIGGER USER")
            cursor.execute(_DISHES.replace("%%", "%"))
            cursor.execute("ANALYZE content_post, posting_publication, content_menuitem")
    now = timezone.now() - timedelta(minutes=1)
    _, key = services.create_key(tenant=cafe, name="bench", scopes=SCOPES, by=Actor.system("bench"), now=now)
    return cafe, {"Authorization": f"Bearer {key}"}


def test_lists(crowded):
    cafe, headers = crowded
    client = Client()
    history = f"/api/v1/tenants/{cafe.pk}/posts"
    deep = history
    for _ in range(20):  # page 21, as a program that reads everything meets it
        deep = f"{history}?limit=200&cursor={client.get(deep, headers=headers).json()['next_cursor']}"
    paths = {
        "history, first 50": history,
        "history, first 200": f"{history}?limit=200",
        "history, 200 deep inside": deep,
        "history, published": f"{history}?status=published",
        "menu": "/api/v1/menu/items",
        "accounts": f"/api/v1/tenants/{cafe.pk}/accounts",
        "restaurants": "/api/v1/tenants",
        "webhooks": "/api/v1/webhooks",
        "generations": "/api/v1/generations",
    }
    print(f"\n{POSTS} posts, {ROUNDS} requests each, milliseconds of server time")
    for name, path in paths.items():
        took, worked = [], 0.0
        for _ in range(ROUNDS):
            began, before = time.perf_counter(), time.thread_time()
            answer = client.get(path, headers=headers)
            took.append((time.perf_counter() - began) * 1000)
            worked += (time.thread_time() - before) * 1000
            assert answer.status_code == 200, answer.content
        took.sort()
        print(
            f"  {name:<26} median {statistics.median(took):6.1f}   p95 {took[int(ROUNDS * 0.95) - 1]:6.1f}"
            f"   processor {worked / ROUNDS:6.1f}"
        )
