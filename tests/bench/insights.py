"""`make bench-insights`: how many posts' numbers one collector reads while Meta answers slowly.

TENANTS=20 POSTS=60 LATENCY_MS=300 SLOTS=16 make bench-insights

Each restaurant has a Page and an Instagram account with half of its posts each, all due at once: the worst
hour. The pretend Meta answers an exchange (a batch of up to 50 reads) after LATENCY_MS. What is printed is
measured; the line about 1,000 restaurants multiplies it and says with what.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.models import Post
from posting.insights.collector import SLOTS, Collector
from posting.measured import Figures
from posting.models import Publication
from posting.pulse.models import ChannelReading, PostReading
from posting.states import State
from posting.surfaces import Kind
from social.models import Channel, Connection
from social.tokens import put_token
from social.vault import Secret
from tenants import provisioning
from tenants.models import Tenant
from tests.sandbox_process import free_port

ROOT = Path(__file__).parents[2]
TENANTS = int(os.environ.get("TENANTS", "20"))
POSTS = int(os.environ.get("POSTS", "60"))
LATENCY = int(os.environ.get("LATENCY_MS", "300"))
SLOTS_USED = int(os.environ.get("SLOTS", str(SLOTS)))
WANTED_TENANTS = 1000


@pytest.fixture
def meta(transactional_db: None, settings: Any) -> Iterator[list[Tenant]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.tiny_meta", str(port), str(LATENCY)], cwd=ROOT
    )
    settings.FACEBOOK_GRAPH_URL = f"http://127.0.0.1:{port}/graph"
    settings.FACEBOOK_APP_ID, settings.FACEBOOK_APP_SECRET = "1", "x"
    tenants = [_open() for _ in range(TENANTS)]
    time.sleep(1)
    yield tenants
    process.kill()
    process.wait()
    for tenant in tenants:
        provisioning.drop_schema(tenant)


def _open() -> Tenant:
    """A restaurant with two channels and POSTS published posts, everything due."""
    now, name = timezone.now(), f"b{uuid.uuid4().hex[:8]}"
    tenant = Tenant.objects.create(slug=name, name=name, schema_name=f"t_{name}", plan="enterprise")
    provisioning.create_schema(tenant)
    with tenant_context(tenant):
        person = Connection(facebook_user_id="7", connected_by="x", connected_at=now)
        put_token(person, Secret("EAAperson"))
        person.save()
        for platform, kind in (("facebook", Kind.FB_PHOTO), ("instagram", Kind.IG_PHOTO)):
            number = str(uuid.uuid4().int)[:15]
            channel = Channel(
                connection=person,
                platform=platform,
                remote_id=number,
                page_remote_id=number,
                name=number,
                connected_at=now,
            )
            put_token(channel, Secret(f"EAApage{number}"))
            channel.save()
            made = [_post(channel, kind, now - timedelta(hours=n)) for n in range(POSTS // 2)]
            ChannelReading.objects.create(
                channel_id=channel.pk,
                tenant_id=tenant.pk,
                schema_name=tenant.schema_name,
                platform=platform,
                next_at=now,
                own_next_at=now,
            )
            PostReading.objects.bulk_create(
                PostReading(
                    publication_id=item.pk,
                    channel_id=channel.pk,
                    tenant_id=tenant.pk,
                    published_at=item.published_at,
                    next_at=now,
                )
                for item in made
            )
    return tenant


def _post(channel: Channel, kind: Kind, at: Any) -> Publication:
    post = Post.objects.create(caption="Post", created_by="x", updated_by="x", created_at=at, updated_at=at)
    return Publication.objects.create(
        post=post,
        channel=channel,
        kind=kind,
        publish_at=at,
        local_at="2026-11-24T18:00",
        zone="UTC",
        not_after=at + timedelta(hours=2),
        state=State.PUBLISHED,
        snapshot={"caption": "Post"},
        created_by="x",
        created_at=at,
        published_at=at,
        remote_id=uuid.uuid4().hex,
    )


@pytest.mark.timeout(3600)
def test_bench(meta: list[Tenant]) -> None:
    posts = PostReading.objects.count()
    processor, started = time.process_time(), time.perf_counter()
    report = Collector(slots=SLOTS_USED).run(seconds=3000)
    took, processor = time.perf_counter() - started, time.process_time() - processor
    assert report.posts == posts and not report.stopped
    with tenant_context(meta[0]):
        assert Figures.objects.filter(reach=7).count() == POSTS // 2 * 2
    hour = WANTED_TENANTS * 60 / (posts / took)
    print(
        f"\n{posts} posts of {TENANTS} restaurants ({report.channels} channels) in {took:.1f} s:"
        f" {posts / took:.0f} posts/s, {report.calls} exchanges at {LATENCY} ms, {SLOTS_USED} slots,"
        f" {processor:.1f} s of processor time here\n"
        f"1,000 restaurants x 60 posts at that rate: {hour / 60:.1f} min"
        f" (60,000 posts / {posts / took:.0f} posts a second; measured on {TENANTS} restaurants)"
    )
