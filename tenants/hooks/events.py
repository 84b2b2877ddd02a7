"""What we tell others about, as data: the names, what each means and an example of its `data`.

A name is a promise: it is never renamed and its data only grows (docs/api.md, "What will not change").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PUBLISHED = "publication.published"
NEEDS_OWNER = "publication.needs_owner"
FAILED = "publication.failed"
NEEDS_RECONNECT = "channel.needs_reconnect"
GENERATION_FINISHED = "generation.finished"
CALENDAR_READY = "calendar.ready"
TEST = "webhook.test"  # sent on request only; nobody subscribes to it


@dataclass(frozen=True)
class Kind:
    """One sort of event."""

    name: str
    meaning: str | Promise
    example: dict[str, Any]


_PUBLICATION = {
    "publication_id": "5a6b7c8d-1111-4222-8333-444455556666",
    "account_id": "7c1f6a52-0a51-4d6f-9b0e-1f2c3d4e5f60",
    "platform": "facebook",
    "publish_at": "2026-12-24T17:00:00Z",
}
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            PUBLISHED,
            _("A post is live."),
            _PUBLICATION
            | {
                "status": "published",
                "reason": "",
                "reason_code": "",
                "published_at": "2026-12-24T17:00:02Z",
                "permalink": "https://www.facebook.com/1/posts/2",
            },
        ),
        Kind(
            NEEDS_OWNER,
            _("A post stopped until somebody at the restaurant decides."),
            _PUBLICATION
            | {
                "status": "needs_you",
                "reason": "The page is no longer connected.",
                "reason_code": "token_dead",
                "published_at": None,
                "permalink": "",
            },
        ),
        Kind(
            FAILED,
            _("A post was refused and will not go out as it is."),
            _PUBLICATION
            | {
                "status": "failed",
                "reason": "Facebook refused the photo.",
                "reason_code": "refused",
                "published_at": None,
                "permalink": "",
            },
        ),
        Kind(
            NEEDS_RECONNECT,
            _("A Page or Instagram account must be connected again."),
            {
                "account_id": "7c1f6a52-0a51-4d6f-9b0e-1f2c3d4e5f60",
                "platform": "facebook",
                "name": "Krusty Pizza",
                "reason_code": "password",
            },
        ),
        Kind(
            GENERATION_FINISHED,
            _("A caption was written, or could not be."),
            {
                "generation_id": "11112222-3333-4444-8555-666677778888",
                "status": "answered",
                "kind": "caption",
                "source": "ai",
                "reason_code": "",
            },
        ),
        Kind(
            CALENDAR_READY,
            _("A month of posts was planned and waits for review."),
            {
                "calendar_id": "99990000-1111-4222-8333-444455556666",
                "month": "2026-12",
                "days": 31,
                "failed_days": 0,
            },
        ),
    )
}
TEST_KIND = Kind(TEST, _("Sent when you ask for a test."), {"message": "It works."})


def wants(subscribed: list[str], name: str) -> bool:
    """Whether an endpoint with these names ("*" is all) is told about `name`."""
    return name == TEST or "*" in subscribed or name in subscribed
