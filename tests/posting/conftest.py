"""A Page and an Instagram account of the cafe, without tokens: enough to plan, not to send."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from content.models import Post
from content.services import compose_post
from social.graph import GraphClient
from social.models import Channel, Connection
from tenants.access import Actor
from tenants.models import Tenant
from tests.posting.kitchen import Kitchen, photo_server
from tests.sandbox_process import APP_ID, APP_SECRET, Sandbox, start

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ALICE = Actor("user", "1", "Alice")


def make_channel(platform: str = "facebook", remote_id: str = "100200300", **fields: Any) -> Channel:
    connection, _ = Connection.objects.get_or_create(
        facebook_user_id="7",
        defaults={"name": "Alice", "token_sealed": b"x", "connected_by": "Alice", "connected_at": NOW},
    )
    values = {
        "connection": connection,
        "platform": platform,
        "remote_id": remote_id,
        "name": f"Krusty on {platform}",
        "page_remote_id": "100200300",
        "token_sealed": b"x",
        "connected_at": NOW,
    }
    return Channel.objects.create(**(values | fields))


@pytest.fixture
def page(cafe: Tenant) -> Channel:
    return make_channel()


@pytest.fixture
def write(cafe: Tenant) -> Callable[..., Post]:
    def compose(caption: str = "Pizza day", **fields: Any) -> Post:
        return compose_post(caption=caption, by=ALICE, now=NOW, **fields)

    return compose


@pytest.fixture(scope="session")
def meta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The real sandbox process; each test begins with a fresh world."""
    running = start(data=tmp_path_factory.mktemp("sandbox"))
    yield running
    running.stop()


@pytest.fixture
def kitchen(committed_cast: Any, meta: Sandbox, settings: Any) -> Iterator[Kitchen]:
    meta.reset()
    settings.FACEBOOK_APP_ID, settings.FACEBOOK_APP_SECRET = APP_ID, APP_SECRET
    settings.FACEBOOK_GRAPH_URL, settings.FACEBOOK_VIDEO_URL = meta.graph, meta.video
    settings.FACEBOOK_RUPLOAD_URL = meta.rupload
    settings.POST_LIMITS = dict.fromkeys(settings.POST_LIMITS, 1000)
    with photo_server() as photos:
        settings.PUBLIC_URL = photos
        yield Kitchen(committed_cast.cafe, meta, photos)
    GraphClient._reads_header.clear()
    GraphClient._reads_query.clear()
