"""What the page itself shows now: its newest posts, read from Meta because somebody asked.

A look decides nothing. It puts the evidence beside the question; the person answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from posting.models import Publication
from social.graph import GraphError
from social.tokens import channel_client

SHOWN = 6
SECONDS = 8.0  # a person waits for it
_FIELDS = "id,message,created_time,permalink_url"


@dataclass(frozen=True, slots=True)
class Seen:
    """One post of the page."""

    id: str
    text: str
    at: datetime | None
    link: str
    alike: bool  # it is, or reads like, the one in question


@dataclass(frozen=True, slots=True)
class Look:
    posts: list[Seen]
    problem: str = ""  # why nothing could be read, for the owner

    @property
    def found(self) -> bool:
        return any(post.alike for post in self.posts)


def look(publication: Publication) -> Look:
    """The channel's newest posts (its stories, for a story). Never raises for what Meta answers."""
    channel = publication.channel
    try:
        client = channel_client(channel, seconds=SECONDS)
        if channel.platform == "facebook":
            answer = client.published_posts(channel.remote_id, limit=SHOWN, fields=_FIELDS)
        elif publication.surface.story:
            answer = client.ig_stories(channel.remote_id)
        else:
            answer = client.ig_media(channel.remote_id, limit=SHOWN)
    except GraphError as error:
        return Look([], problem=error.sentence)
    return Look(list(_seen(answer.items, publication))[:SHOWN])


def _seen(rows: Iterable[Mapping[str, Any]], publication: Publication) -> Iterable[Seen]:
    said = _plain(str(publication.snapshot.get("caption", "")))
    known = {name for name in (publication.remote_id,) if name}
    for row in rows:
        text = str(row.get("message") or row.get("caption") or "")
        identity = str(row.get("id", ""))
        stamp = str(row.get("created_time") or row.get("timestamp") or "")
        try:
            at = parse_datetime(stamp.replace("+0000", "+00:00"))
        except ValueError:
            at = None
        link = str(row.get("permalink_url") or row.get("permalink") or "")
        yield Seen(
            identity,
            text,
            at if at and at.tzinfo else None,
            link if link.startswith(("https://", "http://127.0.0.1")) else "",
            identity in known or bool(said and _plain(text) == said),
        )


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
