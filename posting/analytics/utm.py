"""UTM tags, so that a restaurant's own web statistics know which post brought a guest. Off unless chosen."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from posting.measured import NumbersChoice


def tagged(link: str, *, platform: str, post_id: UUID, written: datetime) -> str:
    """The link with utm_source, utm_medium, utm_campaign (the month it was written) and utm_content (the post).

    Tags that somebody wrote by hand stay; a link that is none, or that nobody wants tagged, stays as it is.
    Inside the restaurant's schema; one query, and none without a link.
    """
    if not link.startswith(("https://", "http://")) or not choice().tag_links:
        return link
    parts = urlsplit(link)
    given = parse_qsl(parts.query, keep_blank_values=True)
    if any(name.lower().startswith("utm_") for name, _value in given):
        return link
    tags = {
        "utm_source": platform,
        "utm_medium": "social",
        "utm_campaign": f"{written:%Y-%m}",
        "utm_content": str(post_id)[:8],
    }
    query = "&".join(part for part in (parts.query, urlencode(tags)) if part)
    return urlunsplit(parts._replace(query=query))


def choice() -> NumbersChoice:
    """What this restaurant chose; unsaved defaults when it chose nothing."""
    return NumbersChoice.objects.first() or NumbersChoice()
