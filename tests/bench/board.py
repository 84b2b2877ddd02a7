"""`make bench-board`: the calendar of a restaurant with 10,000 posts, half of them ahead.

POSTS=10000 DAYS=365 ROUNDS=30 make bench-board

Server time is the whole request through all middleware, templates and PostgreSQL, in one process. The processor time
beside it is Python's share, which other work on the machine does not lengthen.
"""

from __future__ import annotations

import gc
import os
import time
import uuid
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any

import pytest
from django.db import connection
from django.template import Template
from django.test import Client
from django.test.utils import CaptureQueriesContext, _TestState
from django_tenants.utils import tenant_context

from assets.models import Asset, Rendition
from assets.services.renditions import recipe
from content.models import Post, PostAsset
from posting.models import Publication
from posting.states import State
from posting.surfaces import Kind
from social.models import Channel
from tests.posting.conftest import make_channel

POSTS = int(os.environ.get("POSTS", "10000"))
DAYS = int(os.environ.get("DAYS", "365"))
ROUNDS = int(os.environ.get("ROUNDS", "30"))
PHOTOS = 200


def fill(channels: list[Channel], *, posts: int, days: int, now: datetime) -> None:
    """`posts` posts spread evenly around `now`: the older half is out, the other half scheduled. In a schema."""
    assets = [
        Asset(
            kind="photo", state="ready", title=f"Plate {n}", filename=f"{n}.jpg", name=f"o/{n}.jpg", mime="image/jpeg",
            bytes=4_000_000, sha256=f"{n:064x}", width=4000, height=3000, uploaded_by="Bob", created_at=now,
            updated_at=now,
        )
        for n in range(PHOTOS)
    ]  # fmt: skip
    Asset.objects.bulk_create(assets)
    Rendition.objects.bulk_create(
        Rendition(
            asset=asset, kind="thumb", recipe=recipe(asset=asset, kind="thumb"), mime="image/webp", width=320,
            height=240, bytes=9000, name=f"r/{asset.pk}.webp", created_at=now,
        )
        for asset in assets
    )  # fmt: skip
    for start in range(0, posts, 1000):
        made: list[tuple[Post, PostAsset, Publication]] = []
        for number in range(start, min(start + 1000, posts)):
            at = now + timedelta(days=days * (number / posts - 0.5), minutes=1)
            channel, out = channels[number % len(channels)], at <= now
            caption = f"Plate {number}, made by people who care. " + "Basil, tomatoes and a long story. " * 8
            post = Post(caption=caption, created_by="A", updated_by="A", created_at=at, updated_at=at)
            publication = Publication(
                post=post,
                channel=channel,
                kind=Kind.FB_PHOTO if channel.platform == "facebook" else Kind.IG_PHOTO,
                publish_at=at,
                local_at=at.strftime("%Y-%m-%dT%H:%M"),
                zone="America/Chicago",
                not_after=at + timedelta(hours=2),
                state=State.PUBLISHED if out else State.SCHEDULED,
                snapshot={"caption": caption},
                created_by="A",
                created_at=at,
                published_at=at if out else None,
                remote_id=uuid.uuid4().hex if out else "",
            )
            made.append((post, PostAsset(post=post, asset=assets[number % PHOTOS], position=0), publication))
        Post.objects.bulk_create(post for post, _, _ in made)
        PostAsset.objects.bulk_create(placed for _, placed, _ in made)
        Publication.objects.bulk_create(publication for _, _, publication in made)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.timeout(900)
def test_bench(cast: Any) -> None:
    now = datetime.now(tz=UTC)
    with tenant_context(cast.cafe):
        channels = [make_channel(), make_channel("instagram", "17841")]
        fill(channels, posts=POSTS, days=DAYS, now=now)
    gc.collect()
    gc.freeze()  # what the filling left behind is not the page's to walk over
    client: Client = cast.client(cast.alice)
    Template._render = _TestState.saved_data.template_render  # type: ignore[attr-defined]  # as in production
    print(f"\n{POSTS} posts on {DAYS} days")
    addresses = {
        "month": "/r/cafe/calendar/",
        "week": "/r/cafe/calendar/?view=week",
        "month, one channel": f"/r/cafe/calendar/?channel={channels[0].pk}",
        "month, board only": "/r/cafe/calendar/?part=board",
        "plan": "/r/cafe/calendar/plan/",
    }
    for name, address in addresses.items():
        headers = {"HX-Request": "true"} if "part=" in address else {}
        client.get(address, headers=headers)
        with CaptureQueriesContext(connection):
            assert client.get(address, headers=headers).status_code == 200
            queries = len(connection.queries_log)  # the next request empties it
            if os.environ.get("QUERIES") == name:
                print(*(f"{one['time']} {one['sql'][:400]}" for one in connection.queries_log), sep="\n")
        times = []
        processor = time.process_time()
        for _ in range(ROUNDS):
            started = time.perf_counter()
            client.get(address, headers=headers)
            times.append((time.perf_counter() - started) * 1000)
        processor = (time.process_time() - processor) * 1000 / ROUNDS
        p95 = quantiles(times, n=20)[-1]
        print(
            f"  {name:20} best {min(times):6.1f} ms   p50 {median(times):6.1f} ms   p95 {p95:6.1f} ms"
            f"   {queries} queries"
            f"   own processor time {processor:5.1f} ms"
        )
        if os.environ.get("PROFILE") == name:
            import cProfile
            import pstats

            with cProfile.Profile() as profile:
                for _ in range(10):
                    client.get(address, headers=headers)
            pstats.Stats(profile).sort_stats("tottime").print_stats(35)
