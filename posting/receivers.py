"""News that travels up from the social room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from content.signals import dish_availability_changed
from posting import alarms, preflight, services, telling
from posting.dispatch.ledger import Change
from posting.dispatch.signals import publications_moved
from social.models import Channel
from social.signals import channel_changed, feed_event
from tenants.models import Tenant
from tenants.notices.signals import digest_lines


@receiver(channel_changed)
def on_channel_changed(sender: Any, *, channel: Channel, before: str, now: datetime, **_: Any) -> None:
    services.channel_changed(channel=channel, now=now)
    if channel.state == "needs_reconnect" and before != channel.state:
        telling.channel_needs_reconnect(channel, now=now)


@receiver(publications_moved)
def on_publications_moved(sender: Any, *, moved: list[Change], now: datetime, **_: Any) -> None:
    telling.publications_moved(moved, now=now)
    alarms.publications_moved(moved, now=now)
    preflight.over(moved, now=now)


@receiver(digest_lines)
def on_digest(sender: Any, *, tenant: Tenant, since: datetime, now: datetime, **_: Any) -> list[str]:
    return alarms.digest(tenant, since=since, now=now)


@receiver(dish_availability_changed)
def on_dish_changed(sender: Any, *, available: bool, post_ids: list[Any], **_: Any) -> None:
    services.dish_changed(post_ids=post_ids, available=available, now=timezone.now())


@receiver(feed_event)
def on_feed_event(
    sender: Any, *, channel: Channel, field: str, value: Mapping[str, Any], now: datetime, **_: Any
) -> None:
    """Only "something of ours was added to the Page's feed" is a proof; the rest is for others."""
    added = value.get("verb") == "add" and value.get("published", 1) in (1, "1", True)
    if field != "feed" or not added:
        return
    # A video is known here by its own id, the one that exists before it is visible: only an explicit
    # "published" proves anything about it.
    for name in ("post_id", "video_id") if "published" in value else ("post_id",):
        if isinstance(value.get(name), str) and value[name]:
            services.feed_event(channel=channel, remote_id=value[name], now=now)
