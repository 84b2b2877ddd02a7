"""Webhooks make numbers near real time: somebody reacted, so this post is read soon.

An event is a hint. It comes late, twice or out of order, so it is never counted: Meta is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from posting.insights import plan
from posting.insights.rhythm import NUDGE
from posting.models import Publication
from social.models import Channel
from social.signals import channel_changed, feed_event

_REACTIONS = frozenset({"comment", "reaction", "like", "share"})


@receiver(feed_event)
def on_feed_event(
    sender: Any, *, channel: Channel, field: str, value: Mapping[str, Any], now: datetime, **_: Any
) -> int:
    """How many posts are read sooner for it."""
    remote_id = _post_of(field, value)
    if not remote_id:
        return 0
    found = Publication.objects.published().filter(channel=channel, remote_id=remote_id)
    publications = list(found.values_list("pk", flat=True))
    if not publications:
        return 0
    return plan.bring_forward(channel_id=channel.pk, publication_ids=publications, at=now + NUDGE)


@receiver(channel_changed)
def on_channel_changed(sender: Any, *, channel: Channel, now: datetime, **_: Any) -> None:
    if channel.state in ("active", "paused"):
        plan.resume_channel(channel_id=channel.pk, now=now)


def _post_of(field: str, value: Mapping[str, Any]) -> str:
    if field == "feed" and value.get("item") in _REACTIONS:
        found = value.get("post_id")
    elif field == "comments":  # Instagram
        media = value.get("media")
        found = media.get("id") if isinstance(media, Mapping) else None
    else:
        return ""
    return found[:128] if isinstance(found, str) else ""
