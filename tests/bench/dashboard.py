"""`make bench-dashboard`: the first page and the numbers page of a restaurant with years behind it.

POSTS=10000 DAYS=730 ROUNDS=40 make bench-dashboard

Every post has its snapshots (as many as the rhythm takes) and its newest figures, every channel its days.
Server time is the whole request through all middleware, templates and PostgreSQL, in one process. The
processor time beside it is Python's share, which other work on the machine does not lengthen.
"""

from __future__ import annotations

import os
import random
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

from content.models import MenuItem, Post
from posting.insights.days import day_of
from posting.measured import ChannelDay, ChannelInsight, Figures
from posting.models import Insight, Publication
from posting.states import State
from posting.surfaces import Kind
from social.models import Channel
from tests.posting.conftest import make_channel

POSTS = int(os.environ.get("POSTS", "10000"))
DAYS = int(os.environ.get("DAYS", "730"))
ROUNDS = int(os.environ.get("ROUNDS", "40"))
DISHES = ("Margherita", "Pepperoni", "Tiramisu", "Garlic Knots", "Caesar Salad", "Basil Lemonade")
READINGS = (0.3, 0.5, 0.62, 0.71, 0.78, 0.84, 0.9, 0.95, 0.98, 1.0)  # of the final number, reading by reading
KINDS = {
    "facebook": (Kind.FB_PHOTO, Kind.FB_PHOTO, Kind.FB_PHOTOS, Kind.FB_TEXT, Kind.FB_LINK),
    "instagram": (Kind.IG_PHOTO, Kind.IG_PHOTO, Kind.IG_CAROUSEL, Kind.IG_REEL),
}
WORDS = ("reach", "views", "likes", "comments", "shares", "saves")


def fill(channels: list[Channel], *, posts: int, days: int, now: datetime, seed: int = 7) -> None:
    """`posts` published posts spread over `days`, busier in the evening and at the weekend. In a schema."""
    rng = random.Random(seed)
    dishes = [
        MenuItem(
            name=name,
            section="Menu",
            price=9,
            currency="USD",
            position=number,
            created_at=now,
            updated_at=now,
        )
        for number, name in enumerate(DISHES)
    ]
    MenuItem.objects.bulk_create(dishes)
    for start in range(0, posts, 1000):
        made: list[tuple[Post, Publication, Figures]] = []
        for number in range(start, min(start + 1000, posts)):
            at = now - timedelta(days=days * number / posts, minutes=rng.randrange(600))
            made.append(_post(rng, channels[number % len(channels)], dishes, number, at, now))
        Post.objects.bulk_create(post for post, _, _ in made)
        Publication.objects.bulk_create(publication for _, publication, _ in made)
        Figures.objects.bulk_create(figures for _, _, figures in made)
        Insight.objects.bulk_create(
            Insight(
                publication=publication,
                metric=word,
                value=int((getattr(figures, word) or 0) * part),
                measured_at=publication.published_at + timedelta(hours=number + 1),
            )
            for _, publication, figures in made
            for number, part in enumerate(READINGS)
            for word in WORDS
            if getattr(figures, word) is not None
        )
    for place, channel in enumerate(channels):
        _days(rng, channel, days, now, 400 * (place + 1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _post(
    rng: random.Random, channel: Channel, dishes: list[MenuItem], number: int, at: datetime, now: datetime
) -> tuple[Post, Publication, Figures]:
    dish = rng.choice([*dishes, None])
    caption = f"{dish.name if dish else 'Our oven'} number {number}, made this morning by people who care."
    post = Post(
        caption=caption, menu_item=dish, created_by="Alice", updated_by="Alice", created_at=at, updated_at=at
    )
    publication = Publication(
        post=post,
        channel=channel,
        kind=rng.choice(KINDS[channel.platform]),
        publish_at=at,
        local_at=at.strftime("%Y-%m-%dT%H:%M"),
        zone="America/Chicago",
        not_after=at + timedelta(hours=2),
        state=State.PUBLISHED,
        snapshot={"caption": caption},
        created_by="Alice",
        created_at=at,
        published_at=at,
        remote_id=uuid.uuid4().hex,
    )
    good = 1.5 if at.isoweekday() >= 5 and at.hour in (23, 0, 1) else 1.0
    reach = int(rng.lognormvariate(5.6, 0.5) * good * (1.4 if dish and dish.name == "Margherita" else 1))
    likes, comments, shares = reach // 12, reach // 90, reach // 120
    saves = reach // 80 if channel.platform == "instagram" else None
    return (
        post,
        publication,
        Figures(
            publication=publication,
            reach=reach,
            views=int(reach * 1.3),
            likes=likes,
            comments=comments,
            shares=shares,
            saves=saves,
            engagement=likes + comments + shares + (saves or 0),
            measured_at=min(now, at + timedelta(days=30)),
        ),
    )


def _days(rng: random.Random, channel: Channel, days: int, now: datetime, followers: int) -> None:
    today = day_of(now)
    rows = []
    for back in range(days, 0, -1):
        followers += rng.randrange(0, 5)
        reach = rng.randrange(200, 900)
        rows.append(
            ChannelDay(
                channel=channel,
                day=today - timedelta(days=back),
                followers=followers,
                reach=reach,
                views=int(reach * 1.4),
                engagement=reach // 9,
                measured_at=now,
            )
        )
    ChannelDay.objects.bulk_create(rows)
    ChannelInsight.objects.bulk_create(
        ChannelInsight(
            channel=channel, day=row.day, metric=word, value=getattr(row, word), measured_at=row.measured_at
        )
        for row in rows
        for word in ("followers", "reach", "views", "engagement")
    )


@pytest.mark.timeout(1800)
def test_bench(cast: Any) -> None:
    now = datetime.now(tz=UTC)
    with tenant_context(cast.cafe):
        channels = [make_channel(), make_channel("instagram", "17841")]
        fill(channels, posts=POSTS, days=DAYS, now=now)
        snapshots = Insight.objects.count() + ChannelInsight.objects.count()
    client: Client = cast.client(cast.alice)
    Template._render = _TestState.saved_data.template_render  # type: ignore[attr-defined]  # as in production
    print(f"\n{POSTS} posts, {snapshots} snapshots, {DAYS} days, {len(channels)} channels")
    addresses = {
        "first page": "/r/cafe/",
        "numbers, 28 days": "/r/cafe/numbers/",
        "numbers, 90 days": "/r/cafe/numbers/?range=90",
        "numbers, 365 days": "/r/cafe/numbers/?range=365",
        "numbers, one channel": f"/r/cafe/numbers/?channel={channels[0].pk}",
        "live, nothing new": f"/r/cafe/numbers/live/?seen={(now + timedelta(days=1)).isoformat().replace('+', '%2B')}",
    }
    for name, address in addresses.items():
        client.get(address)
        with CaptureQueriesContext(connection):
            assert client.get(address).status_code in (200, 204)
            queries = len(connection.queries_log)  # the next request empties it
        times = []
        processor = time.process_time()
        for _ in range(ROUNDS):
            started = time.perf_counter()
            client.get(address)
            times.append((time.perf_counter() - started) * 1000)
        processor = (time.process_time() - processor) * 1000 / ROUNDS
        p95 = quantiles(times, n=20)[-1]
        print(
            f"  {name:22} p50 {median(times):6.1f} ms   p95 {p95:6.1f} ms   {queries} queries"
            f"   own processor time {processor:5.1f} ms"
        )
