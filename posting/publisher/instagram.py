"""Instagram professional accounts. A container is invisible; media_publish shows it and gives another id.

https://developers.facebook.com/docs/instagram-platform/content-publishing and reference section 4, 8.3.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from posting.dispatch.terms import Answer, Call, Class, Finding, Why
from posting.publisher.brief import Brief, Twins
from posting.reasons import graph_code
from posting.surfaces import Kind
from social.graph import GraphClient, GraphRefused, GraphUnknown

_SLACK = timedelta(seconds=60)  # between Instagram's clock and PostgreSQL's
_MEDIA_FIELDS = "id,caption,media_type,media_product_type,timestamp,permalink,children{id}"
_TYPES = {
    Kind.IG_PHOTO: ("IMAGE", "FEED"),
    Kind.IG_CAROUSEL: ("CAROUSEL_ALBUM", "FEED"),
    Kind.IG_REEL: ("VIDEO", "REELS"),
    Kind.IG_PHOTO_STORY: ("IMAGE", "STORY"),
    Kind.IG_VIDEO_STORY: ("VIDEO", "STORY"),
}
_STORIES = (Kind.IG_PHOTO_STORY, Kind.IG_VIDEO_STORY)
_GONE = {(24, 2207006), (24, 2207008), (100, 33)}
# A failed container's status names the subcode alone; these are the codes that stand beside it in answers
# (reference 4.6). For some Instagram itself says: make a new one.
_CODE_OF = {
    2207003: -2, 2207004: 36000, 2207005: 36001, 2207009: 36003, 2207010: 36004, 2207020: -2, 2207023: 100,
    2207026: 352, 2207032: -1, 2207050: 25, 2207052: 9004, 2207053: -1, 2207057: 1,
}  # fmt: skip
_ANEW = {2207003, 2207020, 2207032, 2207053, 2207077, 2207082}


def prepare(client: GraphClient, brief: Brief) -> Answer:
    """Step `brief.step`: children, a look that all of them are finished, the parent; else one container."""
    account, caption = brief.account, brief.caption or None
    match brief.kind:
        case Kind.IG_PHOTO:
            photo = brief.media[0]
            made = client.create_photo_container(
                account,
                image_url=photo.url,
                caption=caption,
                alt_text=photo.alt_text or None,
                user_tags=photo.people or None,
                location_id=brief.place or None,
            )
        case Kind.IG_REEL:
            made = client.create_video_container(
                account,
                video_url=brief.media[0].url,
                caption=caption,
                share_to_feed=True,
                location_id=brief.place or None,
            )
        case Kind.IG_PHOTO_STORY:
            made = client.create_story_container(account, image_url=brief.media[0].url)
        case Kind.IG_VIDEO_STORY:
            made = client.create_video_container(account, media_type="STORIES", video_url=brief.media[0].url)
        case Kind.IG_CAROUSEL if brief.step < len(brief.media):
            made = _child(client, brief)
        case Kind.IG_CAROUSEL if brief.step == len(brief.media):
            return _children_ready(client, brief)
        case Kind.IG_CAROUSEL:
            children = brief.objects[: len(brief.media)]
            if len(children) != len(brief.media) or not all(children):
                raise AssertionError("a child is missing")
            made = client.create_carousel_container(
                account, children=children, caption=caption, location_id=brief.place or None
            )
        case _:
            raise AssertionError(f"{brief.kind} is not Instagram's")
    return Answer(Call.PREPARE, Class.ACCEPTED, object_id=made.id)


def _child(client: GraphClient, brief: Brief) -> Any:
    medium = brief.media[brief.step]
    if medium.kind == "video":
        return client.create_video_container(
            brief.account, media_type="VIDEO", video_url=medium.url, is_carousel_item=True
        )
    return client.create_photo_container(
        brief.account,
        image_url=medium.url,
        alt_text=medium.alt_text or None,
        is_carousel_item=True,
        user_tags=medium.people or None,
    )


def _children_ready(client: GraphClient, brief: Brief) -> Answer:
    """A parent made of an unfinished child goes out without it (seen in the wild), so each one is asked."""
    for child in brief.objects:
        found, why = _ready(client.container_status(child))
        if found is not Finding.READY:
            return Answer(Call.PREPARE, Class.ACCEPTED, found, why=why)
    return Answer(Call.PREPARE, Class.ACCEPTED)


def _ready(container: Mapping[str, Any]) -> tuple[Finding, Why | None]:
    match container.get("status_code"):
        case "FINISHED" | "PUBLISHED":
            return Finding.READY, None
        case "ERROR":
            number = _subcode(str(container.get("status") or ""))
            why = Why(graph_code(_CODE_OF.get(number), number)) if number else Why("media")
            return (Finding.EXPIRED if number in _ANEW else Finding.FAILED), why
        case "EXPIRED":
            return Finding.EXPIRED, None
        case _:
            return Finding.WAIT, None


def _subcode(text: str) -> int | None:
    """ "Error: Media upload has failed with error code 2207052": the number is a subcode of section 4.6."""
    number = next((int(word) for word in text.replace(".", " ").split() if word.isdigit()), None)
    return number if number and number > 2_000_000 else None


def status(client: GraphClient, brief: Brief) -> Answer:
    found, why = _ready(client.container_status(brief.object_id))
    return Answer(Call.STATUS, Class.ACCEPTED, found, why=why)


def flip(client: GraphClient, brief: Brief) -> Answer:
    media = client.publish_container(brief.account, brief.object_id)
    return Answer(Call.FLIP, Class.ACCEPTED, media_id=media.id, evidence={"flip": "accepted"})


def read(client: GraphClient, brief: Brief) -> Answer:
    """The container says PUBLISHED, or the account shows a medium that can only be this one."""
    try:
        word = str(client.container_status(brief.object_id)["status_code"])
    except GraphUnknown as error:
        if (error.code, error.subcode) not in _GONE:
            raise
        word = "GONE"
    evidence = {"read": {"status_code": word}}
    if word == "PUBLISHED":
        return Answer(Call.READ, Class.ACCEPTED, Finding.VISIBLE, evidence=evidence)
    # The status lags behind the truth; the list of media may already show it. What twins account for
    # proves nothing; what is more than that is ours, unless a twin is in doubt, too.
    matches = _matches(client, brief)
    ours = len(matches) - brief.twins.out
    if ours > 0 and (ours > 1 or brief.twins.doubtful):
        return Answer(Call.READ, Class.ACCEPTED, Finding.WAIT, evidence=evidence)
    if ours == 1:
        found: dict[str, Any] = {} if brief.twins.out else _names(matches[0])
        return Answer(Call.READ, Class.ACCEPTED, Finding.VISIBLE, evidence=evidence, **found)
    hidden = word in ("FINISHED", "IN_PROGRESS")
    return Answer(Call.READ, Class.ACCEPTED, Finding.HIDDEN if hidden else Finding.GONE, evidence=evidence)


def _names(medium: Mapping[str, Any]) -> dict[str, str]:
    return {"media_id": str(medium["id"]), "permalink": str(medium.get("permalink") or "")}


def details(client: GraphClient, brief: Brief) -> Answer:
    """Media id (when the flip's answer was lost), link and count. By unique match, never the first found."""
    media_id = brief.media_id
    if not media_id:
        matches = _matches(client, brief)
        if len(matches) != 1 or brief.twins != Twins():
            return Answer(Call.DETAILS, Class.ACCEPTED, Finding.PENDING)
        media_id = str(matches[0]["id"])
    try:
        media = client.read_media(media_id, fields=_MEDIA_FIELDS)
    except GraphRefused:  # a field that this version no longer knows
        media = client.read_media(media_id, fields="id,permalink")
    permalink = str(media.get("permalink") or "")
    if not permalink:
        return Answer(Call.DETAILS, Class.ACCEPTED, Finding.PENDING, media_id=media_id)
    shown = _children(media)
    if brief.kind is Kind.IG_CAROUSEL and shown is not None and shown < len(brief.media):
        counts = {"sent": len(brief.media), "shown": shown}
        return Answer(
            Call.DETAILS,
            Class.ACCEPTED,
            Finding.SHORT,
            media_id=media_id,
            permalink=permalink,
            evidence=counts,
        )
    return Answer(Call.DETAILS, Class.ACCEPTED, Finding.VISIBLE, media_id=media_id, permalink=permalink)


def _matches(client: GraphClient, brief: Brief) -> list[dict[str, Any]]:
    """Media of the account that can be this post: type, exact caption, time, and no other post's."""
    if brief.kind in _STORIES:
        items = client.ig_stories(brief.account, fields=_MEDIA_FIELDS).items
    else:
        since = _since(brief)
        unix = int(since.timestamp()) if since else None
        items = client.ig_media(brief.account, since=unix, fields=_MEDIA_FIELDS).items
    return [item for item in items if _is_ours(item, brief)]


def _is_ours(item: Mapping[str, Any], brief: Brief) -> bool:
    kind, product = _TYPES[brief.kind]
    if str(item.get("id")) in brief.known_media or item.get("media_type") != kind:
        return False
    if item.get("media_product_type", product) != product:
        return False
    moment, since = _time(item.get("timestamp")), _since(brief)
    if since and (moment is None or moment < since):
        return False
    return brief.kind in _STORIES or _same_words(str(item.get("caption") or ""), brief.caption)


def _since(brief: Brief) -> datetime | None:
    moments = [moment for moment in (brief.flip_at, brief.twins.since) if moment]
    return min(moments) - _SLACK if moments else None


def _same_words(one: str, other: str) -> bool:
    return unicodedata.normalize("NFC", one).strip() == unicodedata.normalize("NFC", other).strip()


def _time(value: Any) -> datetime | None:
    """Graph writes "2026-11-23T10:00:00+0000"."""
    try:
        return datetime.strptime(str(value), "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return None


def _children(media: Mapping[str, Any]) -> int | None:
    children = media.get("children")
    data = children.get("data") if isinstance(children, Mapping) else None
    return len(data) if isinstance(data, list) else None
