"""What will be said on one channel, frozen when it is scheduled: later edits of the post change nothing
until it is scheduled again. Plain JSON, so the publisher needs no content tables to know what to send.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from content.models import Post
from posting.analytics.utm import tagged
from posting.surfaces import NoSurface, Surface, surface_for
from social.models import Channel
from tenants.errors import Refused

_PORTRAIT, _WIDE = Fraction(4, 5), Fraction(191, 100)  # Instagram's outermost shapes (reference 4.1)


def snapshot_of(post: Post, channel: Channel) -> tuple[dict[str, Any], Surface]:
    """What goes out on this channel, and as what.

    {"caption", "link", "media": [{"asset", "kind", "rendition", "alt_text", "people"}], "comment", "place",
    "channel": {...}}. Snapshots from before may lack the last ones: read them with .get().
    Refused when this content cannot appear on this platform, with a sentence that says what to change.
    """
    placed = list(post.post_assets.select_related("asset").order_by("position"))
    caption = post.caption_for(channel.platform)
    link = tagged(post.link, platform=channel.platform, post_id=post.pk, written=post.created_at)
    try:
        wish = post.kind if post.kind in ("story", "reel") else ""
        surface = surface_for(channel.platform, [item.asset.kind for item in placed], link=link, wish=wish)
    except NoSurface as problem:
        raise Refused(_sentence(problem.code), code=problem.code, field="asset_ids") from None
    if not placed and not caption and not link:
        raise Refused(_("Write a caption or choose a photo first."), code="empty", field="caption")
    media = []
    for item in placed:
        if item.asset.deleted_at is not None or item.asset.state == "refused":
            raise Refused(
                _("“%(title)s” is no longer in the library. Choose another photo.")
                % {"title": item.asset.title},
                code="media_missing",
                field="asset_ids",
            )
        media.append(
            {
                "asset": str(item.asset_id),
                "kind": item.asset.kind,
                "rendition": _rendition(item, channel.platform),
                "alt_text": item.alt_text or item.asset.alt_text,
                "people": item.people,
            }
        )
    frozen = {
        "caption": caption,
        "link": link,
        "media": media,
        "comment": "" if surface.story else post.first_comment,  # stories have no comments
        "place": post.place,
        "channel": {"platform": channel.platform, "remote_id": channel.remote_id, "name": channel.name},
    }
    return frozen, surface


def _rendition(item: Any, platform: str) -> str:
    """Which file goes out: the owner's crop, else the photo's own shape, else the nearest legal one."""
    if item.asset.kind == "video":
        return "reel"
    if platform == "facebook":
        return "fb"
    if item.crop != "auto":
        return str(item.crop)
    if not item.asset.width or not item.asset.height:
        return "ig_original"
    own = Fraction(item.asset.width, item.asset.height)
    if own < _PORTRAIT * Fraction(99, 100):
        return "ig_4x5"
    return "ig_191x100" if own > _WIDE * Fraction(101, 100) else "ig_original"


def _sentence(code: str) -> str:
    return {
        "instagram_needs_media": _("Instagram needs a photo or a video. Add one, or leave Instagram out."),
        "too_many_media": _("At most 10 photos fit into one post. Take some out."),
        "facebook_mixed": _("Facebook takes photos or one video in a post, not both. Choose one of them."),
        "story_one_medium": _("A story shows exactly one photo or video. Choose one."),
    }[code]
