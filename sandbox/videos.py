"""Page videos, reels and stories: three phases through rupload, or one call with a file or an address."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from sandbox import clock, fields, films, ledger, listing, media, pages_publish, webhooks
from sandbox.call import Answer, Call, at_text, endpoint
from sandbox.errors import GraphError, invalid, missing_object
from sandbox.fields import Want, view
from sandbox.store import Node, the_store

POSTING = ("pages_manage_posts", "pages_read_engagement")
READING = ("pages_read_engagement",)
DAY = 86_400
VIDEO_CAP = 400 * 1024 * 1024


def _new(call: Call, kind: str, **data: Any) -> Node:
    store = the_store()
    return store.add(
        Node(
            id=store.new_id("1150", 16),
            kind="video",
            owner=call.target.id,
            state="uploading",
            created=call.now,
            data={
                "type": kind,
                "app_id": call.bearer.app_id,
                "bytes": 0,
                "file": None,
                "title": call.text("title"),
                "message": call.text("description"),
                "likes": 0,
                "reach": 0,
                "shares": 0,
                **data,
            },
        )
    )


# -- POST /{page}/videos ---------------------------------------------------------------------------
@endpoint("page", "POST", "videos", label="page.videos.create", scopes=POSTING, task="CREATE_CONTENT")
def create_video(call: Call) -> Answer:
    """One call: ``source`` or ``file_url``; ``published=false`` can be flipped on the video itself."""
    if call.has("upload_phase"):
        raise invalid(
            "The legacy upload_phase protocol is not available in the sandbox; use source, file_url or reels"
        )
    published = call.flag("published", True)
    when = pages_publish.schedule_time(call) if call.has("scheduled_publish_time") else None
    body = _body(call)
    try:
        films.check(body, "video", call.label)
        name, size = media.keep_video(body)
    except media.NotMedia:
        raise GraphError(
            352,
            "(#352) Sorry, the video file you selected is in a format that we don't support.",
            subcode=1363024,
        ) from None
    with the_store().tx():
        video = _new(call, "video", file=name, sha=name.partition(".")[0], bytes=size)
        video.state = "unpublished"
        video["ready_at"] = call.now + float(clock.conf("fb_video_processing_seconds"))
        if when is not None:
            video.state, video.due, video["scheduled"] = "scheduled", when, when
        the_store().save(video)
        if published and when is None:
            publish_video(video, "one_shot")
    return {"id": video.id}


def _body(call: Call) -> bytes:
    if "source" in call.files:
        return bytes(call.files["source"].read(VIDEO_CAP))
    if not call.has("file_url"):
        raise GraphError(
            6000, "(#6000) There was a problem uploading your video file. Please try again with another file."
        )
    try:
        return media.fetch(call.required("file_url"), VIDEO_CAP)[0]
    except media.NotMedia:
        raise GraphError(389, "(#389) Unable to fetch video file from URL.", subcode=1363057) from None


# -- reels and video stories -----------------------------------------------------------------------
@endpoint("page", "POST", "video_reels", label="page.video_reels", scopes=POSTING, task="CREATE_CONTENT")
def video_reels(call: Call) -> Answer:
    return _phases(call, "reel")


@endpoint("page", "POST", "video_stories", label="page.video_stories", scopes=POSTING, task="CREATE_CONTENT")
def video_stories(call: Call) -> Answer:
    return _phases(call, "story")


def _phases(call: Call, kind: str) -> Answer:
    phase = call.required("upload_phase").lower()
    if phase == "start":
        with the_store().tx():
            video = _new(call, kind)
        return {
            "video_id": video.id,
            "upload_url": f"{settings.PUBLIC_URL}/rupload/video-upload/{call.version}/{video.id}",
        }
    if phase != "finish":
        raise invalid("Param upload_phase must be one of {START, FINISH}")
    state = (call.text("video_state") or ("PUBLISHED" if kind == "story" else "DRAFT")).upper()
    with the_store().tx():
        found = the_store().get(call.required("video_id"), "video")
        if found is None or found.owner != call.target.id or found["type"] != kind:
            raise missing_object(call.required("video_id"), "POST")
        call.object_id = found.id
        if found.state == "published":
            return {"success": True, "post_id": found["post_id"]}
        if not found["file"]:
            raise GraphError(6000, "(#6000) There was a problem uploading your video file.", subcode=1363130)
        found["title"], found["message"] = call.text("title"), call.text("description")
        found["ready_at"] = (
            call.now + float(clock.conf("fb_video_processing_seconds")) + call.lag("processing")
        )
        if state == "SCHEDULED":
            when = pages_publish.schedule_time(call)
            found.state, found.due, found["scheduled"] = "scheduled", when, when
        else:
            found.state = "draft"
        the_store().save(found)
        if state == "PUBLISHED":
            publish_video(found, f"{kind}_finish", call.lag("listing_lag"))
            return {"success": True, "post_id": found["post_id"]}
    return {"success": True}


def publish_video(video: Node, origin: str, listing_lag: float = 0.0) -> None:
    """Make a video, reel or story visible once; reels are not in /feed and not readable as posts."""
    with the_store().tx():
        now = clock.now()
        video.state, video.visible_at, video.due = (
            "published",
            now,
            now + DAY if video["type"] == "story" else None,
        )
        video["unlisted_until"], video["scheduled"] = now + listing_lag, None
        video["post_id"] = video["post_id"] or the_store().new_id("122")
        the_store().save(video)
        ledger.record(
            video,
            platform="facebook",
            owner=str(video.owner),
            kind=str(video["type"]),
            message=video["message"],
            media=[str(video["sha"])],
            app_id=video["app_id"],
            origin=origin,
        )
        page = the_store().get(str(video.owner), "page")
        webhooks.feed_event(
            str(video.owner),
            {
                "from": {"id": video.owner, "name": page["name"] if page else ""},
                "item": "video",
                "verb": "add",
                "video_id": video.id,
                "post_id": f"{video.owner}_{video['post_id']}",
                "published": 1,
                "created_time": int(now),
                "message": video["message"] or "",
            },
        )


@endpoint(
    "page", "POST", "photo_stories", label="page.photo_stories.create", scopes=POSTING, task="CREATE_CONTENT"
)
def photo_stories(call: Call) -> Answer:
    """A story of a photo that was uploaded ``published=false``; there is no way to ask afterwards."""
    with the_store().tx():
        photo = the_store().get(call.required("photo_id"), "photo")
        if photo is None or photo.owner != call.target.id:
            raise missing_object(call.required("photo_id"), "POST")
        if photo.state == "published":
            raise invalid("These photos were already posted.", 1366051)
        story = the_store().add(
            Node(
                id=the_store().new_id("122"),
                kind="story",
                owner=call.target.id,
                state="published",
                created=call.now,
                visible_at=call.now,
                due=call.now + DAY,
                data={"photo": photo.id, "file": photo["media"]},
            )
        )
        photo.state, photo.visible_at, photo.due = "published", call.now, None
        the_store().save(photo)
        ledger.record(
            story,
            platform="facebook",
            owner=call.target.id,
            kind="story",
            message=None,
            media=[str(photo["sha"])],
            app_id=call.bearer.app_id,
            origin="photo_story",
        )
    call.object_id = story.id
    return {"success": True, "post_id": story.id}


# -- reading ---------------------------------------------------------------------------------------
@endpoint("page", "GET", "videos", label="page.videos.list", scopes=READING)
def videos(call: Call) -> Answer:
    return listing.edge(
        call,
        "kind='video' AND owner=? AND state='published' AND json_extract(data,'$.type')='video'",
        call.target.id,
        default="description,updated_time,id",
        key="created",
    )


@endpoint("page", "GET", "video_reels", label="page.video_reels.list", scopes=READING)
def reels(call: Call) -> Answer:
    return listing.edge(
        call,
        "kind='video' AND owner=? AND state='published' AND json_extract(data,'$.type')='reel'",
        call.target.id,
        default="description,updated_time,id",
        key="created",
        keep=lambda n: float(n["unlisted_until"] or 0) <= call.now,
    )


@endpoint("page", "GET", "stories", label="page.stories.list", scopes=READING)
def stories(call: Call) -> Answer:
    found = the_store().find("kind='story' AND owner=? AND state='published'", call.target.id)
    return {
        "data": [
            {
                "post_id": s.id,
                "status": "published",
                "creation_time": str(int(s.created)),
                "media_type": "photo",
                "media_id": s["photo"],
                "url": f"{settings.PUBLIC_URL}/p/{s.owner}/",
            }
            for s in found
        ]
    }


@endpoint("video", "GET", label="video.get", scopes=READING)
def video_get(call: Call) -> Answer:
    return fields.project(call.target, listing.wants(call, "description,updated_time,id"), call)


@view("video", "title")
def _title(node: Node, want: Want, call: Call) -> Any:
    return node["title"]


@view("video", "description")
def _description(node: Node, want: Want, call: Call) -> Any:
    return node["message"]


@view("video", "created_time", "updated_time")
def _time(node: Node, want: Want, call: Call) -> Any:
    return at_text(node.created)


@view("video", "published")
def _published(node: Node, want: Want, call: Call) -> Any:
    return node.state == "published"


@view("video", "post_id")
def _post_id(node: Node, want: Want, call: Call) -> Any:
    return node["post_id"]


@view("video", "permalink_url")
def _permalink(node: Node, want: Want, call: Call) -> Any:
    return f"{settings.PUBLIC_URL}/p/{node.owner}/reel/{node.id}/"


@view("video", "source")
def _source(node: Node, want: Want, call: Call) -> Any:
    return media.url_of(node["file"])


@view("video", "scheduled_publish_time")
def _scheduled(node: Node, want: Want, call: Call) -> Any:
    return at_text(node["scheduled"])


@view("video", "status")
def _status(node: Node, want: Want, call: Call) -> Any:
    """The three phases as the reels guide prints them (with Meta's own ``bytes_transfered``)."""
    uploaded = bool(node["file"])
    ready = uploaded and call.now >= float(node["ready_at"] or 0) and node.state != "uploading"
    publishing: dict[str, Any] = {"status": "complete" if node.state == "published" else "not_started"}
    if node.state in ("published", "draft", "scheduled"):
        publishing["publish_status"] = node.state
    if node.state == "published":
        publishing["publish_time"] = at_text(node.visible_at)
    return {
        "video_status": "ready"
        if ready
        else "processing"
        if uploaded and node.state != "uploading"
        else "upload_complete"
        if uploaded
        else "uploading",
        "uploading_phase": {
            "status": "complete" if uploaded else "in_progress",
            "bytes_transfered": node["bytes"],
        },
        "processing_phase": {"status": "complete" if ready else "in_progress" if uploaded else "not_started"},
        "publishing_phase": publishing,
    }


@endpoint("video", "POST", label="video.update", scopes=POSTING, task="CREATE_CONTENT")
def video_update(call: Call) -> Answer:
    with the_store().tx():
        video = the_store().get(call.target.id, "video")
        if video is None:
            raise missing_object(call.target.id, "POST")
        for name, key in (("description", "message"), ("name", "title"), ("title", "title")):
            if call.has(name):
                video[key] = call.text(name)
        the_store().save(video)
        if call.flag("published", False) and video.state != "published":
            publish_video(video, "flip", call.lag("listing_lag"))
    return {"success": True}


@endpoint("video", "DELETE", label="video.delete", scopes=POSTING, task="CREATE_CONTENT")
def video_delete(call: Call) -> Answer:
    with the_store().tx():
        call.target.state, call.target.due = "deleted", None
        the_store().save(call.target)
        ledger.removed(call.target.id)
    return {"success": True}
