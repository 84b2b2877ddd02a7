"""The composer's warning that the same thing is planned twice, or two posts at once. It never stops anybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from content.models import Post
from posting import services
from posting.composer_forms import NEXT, Entry
from posting.services import Clash
from posting.slots.finding import next_free
from social.models import Channel
from social.platforms import Problem
from tenants.models import Tenant
from tenants.urls_of import tenant_url


@dataclass(frozen=True, slots=True)
class Clashing(Problem):
    """A check with the address of the other post."""

    url: str = ""


def find(
    post: Post | None,
    entry: Entry,
    channels: Iterable[Channel],
    *,
    tenant: Tenant,
    at: datetime,
    now: datetime,
) -> list[Clash]:
    """What this post would collide with. An unsaved one collides with nothing yet.

    At the weekly times each channel has a moment of its own, and that one counts.
    """
    channels = list(channels)
    if post is None or not channels:
        return []
    if entry.when != NEXT:
        return services.clashes(post=post, channels=channels, publish_at=at, now=now)
    times = next_free([channel.pk for channel in channels], zone=tenant.timezone, now=now)
    return [
        clash
        for channel in channels
        if channel.pk in times
        for clash in services.clashes(post=post, channels=[channel], publish_at=times[channel.pk], now=now)
    ]


def problems(found: Iterable[Clash], tenant: Tenant) -> list[Problem]:
    return [
        Clashing(
            "warning", f"clash_{clash.code}", clash.sentence, "publish_at",
            tenant_url(tenant, "post", clash.publication.post_id),
        )
        for clash in found
    ]  # fmt: skip
