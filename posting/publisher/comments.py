"""The first comment below a post that is out: written by the account itself, looked for by its exact words.

https://developers.facebook.com/docs/graph-api/reference/object/comments, and ig-media/comments for Instagram
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from posting.dispatch.terms import Answer, Call, Class, Finding
from posting.publisher.brief import Brief
from posting.surfaces import SURFACES
from social.graph import GraphClient


def write(client: GraphClient, brief: Brief) -> Answer:
    made = client.create_comment(_below(brief), message=brief.comment)
    return Answer(Call.COMMENT, Class.ACCEPTED, object_id=made.id)


def look(client: GraphClient, brief: Brief) -> Answer:
    """Ours is the one with exactly these words by the account itself. A fresh post has few others."""
    instagram = SURFACES[brief.kind].platform == "instagram"
    fields = "id,text,username,timestamp" if instagram else "id,message,from,created_time"
    found = client.comments(_below(brief), fields=fields)
    for item in found.items:
        if _is_ours(item, brief):
            return Answer(
                Call.COMMENTED, Class.ACCEPTED, Finding.VISIBLE, object_id=str(item.get("id") or "")
            )
    return Answer(Call.COMMENTED, Class.ACCEPTED, Finding.HIDDEN)


def _below(brief: Brief) -> str:
    return brief.media_id if SURFACES[brief.kind].platform == "instagram" else brief.object_id


def _is_ours(item: Mapping[str, Any], brief: Brief) -> bool:
    author = item.get("from")
    # Facebook names the author only where it may; a Page's own comment always says so.
    if isinstance(author, Mapping) and author.get("id") and str(author["id"]) != brief.account:
        return False
    return _plain(item.get("text") or item.get("message")) == _plain(brief.comment)


def _plain(text: Any) -> str:
    return " ".join(unicodedata.normalize("NFC", str(text or "")).split())
