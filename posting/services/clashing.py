"""Is the same thing planned twice, or two things at once? A warning for the composer, never a refusal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from content.models import Post
from posting.models import Publication
from posting.states import State
from social.models import Channel
from tenants.context import current_tenant
from tenants.times import moment_text

SAME_WITHIN = timedelta(days=14)
CLOSE_WITHIN = timedelta(minutes=30)
_MOST = 300  # posts of a channel in those four weeks


@dataclass(frozen=True, slots=True)
class Clash:
    """`code` is "same" (these words or photos stand there already, or will) or "close" (another post then)."""

    code: str
    sentence: str
    publication: Publication


def clashes(
    *, post: Post, channels: Iterable[Channel], publish_at: datetime | None, now: datetime
) -> list[Clash]:
    """What stands against putting `post` on these channels at that time (None: now), worst first. Two queries."""
    at = publish_at or now
    channels = list(channels)
    photos = [str(pk) for pk in post.post_assets.order_by("position").values_list("asset_id", flat=True)]
    near: dict[UUID, list[Publication]] = {channel.pk: [] for channel in channels}
    others = (
        Publication.objects.living()
        .filter(channel__in=channels, publish_at__gte=at - SAME_WITHIN, publish_at__lte=at + SAME_WITHIN)
        .exclude(post=post)
        .exclude(state__in=[State.REJECTED, State.MISSED])
        .select_related("channel")
        .order_by("publish_at")
    )
    for other in others[: _MOST * len(channels)]:
        near[other.channel_id].append(other)
    found: list[Clash] = []
    for channel in channels:
        words = post.caption_for(channel.platform)
        same = next((other for other in near[channel.pk] if _same(other, words, photos)), None)
        if same is not None:
            found.append(_clash("same", same, now))
        close = next((one for one in near[channel.pk] if abs(one.publish_at - at) <= CLOSE_WITHIN), None)
        if close is not None and close != same:
            found.append(_clash("close", close, now))
    return sorted(found, key=lambda clash: clash.code != "same")


def _same(other: Publication, words: str, photos: list[str]) -> bool:
    """The same words (not just no words on both), or exactly the same photos."""
    theirs = [item["asset"] for item in other.snapshot["media"]]
    return bool(words and other.snapshot["caption"] == words) or bool(photos and theirs == photos)


def _clash(code: str, other: Publication, now: datetime) -> Clash:
    when = moment_text(other.publish_at, current_tenant().timezone, now=now)
    values = {"place": other.channel.name, "when": when}
    if code == "close":
        sentence = _("Another post goes out on %(place)s close to it: %(when)s.")
    elif other.publish_at <= now:
        sentence = _("The same words or photos went out on %(place)s already: %(when)s.")
    else:
        sentence = _("The same words or photos are planned for %(place)s already: %(when)s.")
    return Clash(code, sentence % values, other)
