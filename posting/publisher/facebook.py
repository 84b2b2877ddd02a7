"""Facebook Pages. Everything is made unpublished; one call on the object we hold makes it visible.

https://developers.facebook.com/docs/pages-api/posts and reference section 3, 8.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posting.dispatch.terms import Answer, Call, Class, Finding, Why
from posting.publisher.brief import Brief
from posting.surfaces import Kind
from social.graph import GraphClient, GraphRefused

_POST_FIELDS = (
    "id,is_published,permalink_url,created_time,"
    "attachments{media_type,target{id},subattachments.limit(20){media_type,target{id}}}"
)
_FEWER_FIELDS = "id,is_published,permalink_url"  # should Graph ever refuse one of the others
_VIDEO_FIELDS = "id,status,published,permalink_url,post_id"


def prepare(client: GraphClient, brief: Brief) -> Answer:
    """Step `brief.step`. The last one's id is the object that the flip will show."""
    page, step = brief.account, brief.step
    match brief.kind:
        case Kind.FB_TEXT | Kind.FB_LINK:
            return _made(
                client.create_unpublished_post(
                    page, message=brief.caption, link=brief.link or None, place=brief.place or None
                ).id
            )
        case Kind.FB_PHOTO | Kind.FB_PHOTOS | Kind.FB_PHOTO_STORY if step < len(brief.media):
            photo = brief.media[step]
            return _made(client.upload_photo(page, url=photo.url, alt_text=photo.alt_text or None).id)
        case Kind.FB_PHOTO | Kind.FB_PHOTOS:
            # All photos or nothing: a post never goes out with one missing.
            if len(brief.objects) != len(brief.media):
                raise AssertionError("a photo is missing")
            return _made(
                client.create_unpublished_post(
                    page, message=brief.caption, media_fbids=brief.objects, place=brief.place or None
                ).id
            )
        case Kind.FB_VIDEO:
            video = brief.media[0]
            return _made(client.create_video(page, file_url=video.url, description=brief.caption or None).id)
        case Kind.FB_REEL if step == 0:
            return _started(client.start_reel(page))
        case Kind.FB_VIDEO_STORY if step == 0:
            return _started(client.start_video_story(page))
        case Kind.FB_REEL | Kind.FB_VIDEO_STORY:
            video_id, _, upload_url = brief.objects[0].partition(" ")
            client.upload_from_url({"video_id": video_id, "upload_url": upload_url}, brief.media[0].url)
            return _made(video_id)
        case _:
            raise AssertionError(f"{brief.kind} is not Facebook's")


def _started(answer: Mapping[str, Any]) -> Answer:
    """The id, and where Facebook wants the file: the next step may be another process's."""
    return _made(f"{answer['video_id']} {answer.get('upload_url') or ''}".strip())


def _made(object_id: str) -> Answer:
    return Answer(Call.PREPARE, Class.ACCEPTED, object_id=object_id)


def status(client: GraphClient, brief: Brief) -> Answer:
    """May the object be shown? Looks at what was made before anybody can see it."""
    match brief.kind:
        case Kind.FB_PHOTO_STORY:
            client.read_photo(brief.object_id, fields="id")
            return _found(Call.STATUS, Finding.READY)
        case Kind.FB_VIDEO | Kind.FB_REEL | Kind.FB_VIDEO_STORY:
            return _found(
                Call.STATUS, *_video_ready(brief, client.read_video(brief.object_id, fields=_VIDEO_FIELDS))
            )
        case _:
            post = _post(client, brief)
            shown = _photos(post)
            if shown is not None and shown < len(brief.media):
                return _found(Call.STATUS, Finding.INCOMPLETE)
            return _found(Call.STATUS, Finding.READY)


def _video_ready(brief: Brief, video: Mapping[str, Any]) -> tuple[Finding, Why | None]:
    state = _part(video, "status")
    word = state.get("video_status")
    phases = [_part(state, f"{name}_phase").get("status") for name in ("uploading", "processing")]
    if word in ("error", "upload_failed") or "error" in phases:
        return Finding.FAILED, Why("media")
    if word == "expired":
        return Finding.EXPIRED, None
    # A reel is transcoded after its finish call, which is the flip; a plain video before.
    uploaded = phases[0] == "complete" or word in ("upload_complete", "processing")
    if word == "ready" or (brief.kind is not Kind.FB_VIDEO and uploaded):
        return Finding.READY, None
    return Finding.WAIT, None


def flip(client: GraphClient, brief: Brief) -> Answer:
    """The one call that makes it visible."""
    media_id = ""
    match brief.kind:
        case Kind.FB_VIDEO:
            client.publish_video(brief.object_id)
        case Kind.FB_REEL:
            answer = client.finish_reel(
                brief.account,
                brief.object_id,
                description=brief.caption or None,
                place=brief.place or None,  # plain videos take none (their endpoint knows no such parameter)
            )
            media_id = str(answer.get("post_id") or "")
        case Kind.FB_PHOTO_STORY:
            media_id = str(client.photo_story(brief.account, brief.object_id).get("post_id") or "")
        case Kind.FB_VIDEO_STORY:
            media_id = str(client.finish_video_story(brief.account, brief.object_id).get("post_id") or "")
        case _:
            client.flip_post(brief.object_id)
    return Answer(Call.FLIP, Class.ACCEPTED, media_id=media_id, evidence={"flip": "accepted"})


def read(client: GraphClient, brief: Brief) -> Answer:
    """Is it visible? Only an explicit yes or no of Facebook's counts."""
    if brief.kind in (Kind.FB_VIDEO, Kind.FB_REEL):
        video = client.read_video(brief.object_id, fields=_VIDEO_FIELDS)
        visible = _video_visible(video)
        permalink = str(video.get("permalink_url") or "")
        seen: Mapping[str, Any] = {"published": video.get("published"), "status": video.get("status")}
    else:
        post = _post(client, brief)
        visible = post.get("is_published") if isinstance(post.get("is_published"), bool) else None
        permalink = str(post.get("permalink_url") or "")
        seen = {"is_published": post.get("is_published")}
    if visible is None:
        return _found(Call.READ, Finding.WAIT)
    finding = Finding.VISIBLE if visible else Finding.HIDDEN
    return Answer(
        Call.READ,
        Class.ACCEPTED,
        finding,
        permalink=permalink if visible else "",
        evidence={"read": dict(seen)},
    )


def _video_visible(video: Mapping[str, Any]) -> bool | None:
    phase = _part(_part(video, "status"), "publishing_phase")
    word = phase.get("publish_status")
    if word == "published" or video.get("published") is True:
        return True
    # While Facebook transcodes a finished reel it says neither; that is no "no".
    if phase.get("status") == "in_progress":
        return None
    return False if word in ("draft", "error") or video.get("published") is False else None


def details(client: GraphClient, brief: Brief) -> Answer:
    """The link to it, and whether all photos are there."""
    match brief.kind:
        case Kind.FB_PHOTO_STORY | Kind.FB_VIDEO_STORY:
            return _found(Call.DETAILS, Finding.VISIBLE)
        case Kind.FB_VIDEO | Kind.FB_REEL:
            video = client.read_video(brief.object_id, fields=_VIDEO_FIELDS)
            link = str(video.get("permalink_url") or "")
            post = str(video.get("post_id") or "")
            done = _video_done(video, link)
            return Answer(Call.DETAILS, Class.ACCEPTED, done, permalink=_absolute(link), media_id=post)
        case _:
            found = _post(client, brief)
            link = str(found.get("permalink_url") or "")
            shown = _photos(found)
            if not link:
                return _found(Call.DETAILS, Finding.PENDING)
            if shown is not None and shown < len(brief.media):
                counts = {"sent": len(brief.media), "shown": shown}
                return Answer(
                    Call.DETAILS, Class.ACCEPTED, Finding.SHORT, permalink=_absolute(link), evidence=counts
                )
            return Answer(Call.DETAILS, Class.ACCEPTED, Finding.VISIBLE, permalink=_absolute(link))


def _video_done(video: Mapping[str, Any], link: str) -> Finding:
    """A reel is transcoded after it was shown; until Facebook says "ready" nobody may be able to play it."""
    word = _part(video, "status").get("video_status")
    if word in ("error", "upload_failed"):
        return Finding.FAILED
    return Finding.VISIBLE if link and word in ("ready", None) else Finding.PENDING


def _post(client: GraphClient, brief: Brief) -> Mapping[str, Any]:
    """The post as Facebook shows it. A field that a version no longer knows fails the whole read, and not
    being able to look is worse than not seeing how many photos there are.
    """
    try:
        return client.read_post(brief.object_id, fields=_POST_FIELDS)
    except GraphRefused:
        return client.read_post(brief.object_id, fields=_FEWER_FIELDS)


def _absolute(link: str) -> str:
    return f"https://www.facebook.com{link}" if link.startswith("/") else link  # videos answer with a path


def _found(call: Call, finding: Finding, why: Why | None = None) -> Answer:
    return Answer(call, Class.ACCEPTED, finding, why=why)


def _part(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = value.get(key)
    return part if isinstance(part, Mapping) else {}


def _photos(post: Mapping[str, Any]) -> int | None:
    """How many photos a post shows; None when Facebook did not say."""
    attachments = _part(post, "attachments").get("data")
    if not isinstance(attachments, list):
        return None
    count = 0
    for attachment in attachments:
        if not isinstance(attachment, Mapping):
            continue
        inner = _part(attachment, "subattachments").get("data")
        count += len(inner) if isinstance(inner, list) and inner else 1
    return count
