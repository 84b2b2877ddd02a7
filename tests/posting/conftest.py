"""A Page and an Instagram account of the cafe, without tokens: enough to plan, not to send."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from content.models import Post
from content.services import compose_post
from social.models import Channel, Connection
from tenants.access import Actor
from tenants.models import Tenant

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
