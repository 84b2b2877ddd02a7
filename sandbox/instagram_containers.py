"""Instagram containers, which really fetch and check their media (Graph reference, IG user).

A container is invisible, lives 24 hours on the virtual clock, and may become at most one media, except under
the adversarial switch ``second_media_publish=duplicate``.
"""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings

from sandbox import clock, fields, listing, media
from sandbox.call import Answer, Call, endpoint
from sandbox.errors import GraphError, ig, ig_not_ready, invalid, missing_object
from sandbox.fields import Want, view
from sandbox.store import Node, the_store

PUBLISHING = ("instagram_basic", "instagram_content_publish", "pages_read_engagement")
IMAGE_MAX = 8 * 1024 * 1024
VIDEO_MAX = {"REELS": 300 * 1024 * 1024, "STORIES": 100 * 1024 * 1024, "VIDEO": 300 * 1024 * 1024}
DAY = 86_400
HASHTAG, MENTION = re.compile(r"#\w"), re.compile(r"(?<![\w.])@\w")
STATUS_TEXT = {
    "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    "IN_PROGRESS": "In Progress: Media is still being processed.",
    "PUBLISHED": "Published: Media has been published.",
    "EXPIRED": "Expired: The container was not published within 24 hours and has expired.",
}


# -- errors of Meta's table ------------------------------------------------------------------------
def not_media() -> GraphError:
    return ig(
        9004,
        2207052,
        "Only photo or video can be accepted as media type.",
        "Media download has failed",
        "The media could not be fetched from this URI: Only photo or video can be accepted as media type.",
    )


def too_large() -> GraphError:
    return ig(
        36000,
        2207004,
        "The image size is too large.",
        "Image size too large",
        "The image is too large to download. It should be less than 8 MiB.",
    )


def wrong_format() -> GraphError:
    return ig(
        36001,
        2207005,
        "The image format is not supported.",
        "Unsupported image format",
        "The image format is not supported. Please check spec for supported formats.",
    )


def wrong_ratio(width: int, height: int) -> GraphError:
    return ig(
        36003,
        2207009,
        "The aspect ratio is not supported.",
        "Unsupported aspect ratio",
        f"The submitted image with aspect ratio ('{width}/{height}',) cannot be published. Please submit an "
        "image with a valid aspect ratio.",
    )


def caption_too_long() -> GraphError:
    return ig(
        36004,
        2207010,
        "The caption was too long.",
        "Caption too long",
        "The caption is too long: at most 2200 characters, 30 hashtags and 20 mentions.",
    )


# -- POST /{ig}/media ------------------------------------------------------------------------------
@endpoint("ig_user", "POST", "media", label="ig.media.create", access="ig", scopes=PUBLISHING)
def create_container(call: Call) -> Answer:
    kind, child = (call.text("media_type") or "").upper(), call.flag("is_carousel_item", False)
    if kind not in ("", "IMAGE", "REELS", "STORIES", "CAROUSEL", "VIDEO"):
        raise ig(100, 2207023, f"The media type {kind} is unknown.", "Unknown media type")
    if kind == "VIDEO" and not child:
        raise ig(
            100,
            2207023,
            "The VIDEO value for media_type is no longer supported. Use the REELS media type.",
            "Unknown media type",
        )
    if child and kind in ("REELS", "STORIES", "CAROUSEL"):
        raise invalid(f"is_carousel_item cannot be used with media_type {kind}", 2207023)
    check_caption(call, kind, child)
    _check_tags(call, kind)
    made_today = call.store.row(
        "SELECT count(*) FROM nodes WHERE kind='container' AND owner=? AND created > ?",
        call.target.id,
        call.now - DAY,
    )
    if made_today and made_today[0] >= int(clock.conf("ig_containers_per_day")):
        raise ig(
            9,
            2207042,
            "You have reached the maximum number of containers that can be created in 24 hours.",
            "Application request limit reached",
        )
    data: dict[str, Any] = {
        "media_type": kind or "IMAGE",
        "caption": call.text("caption"),
        "child": child,
        "app_id": call.bearer.app_id,
        "alt": call.text("alt_text"),
        "status": "FINISHED",
        "children": [],
        "media": None,
        "file": None,
        "share_to_feed": call.flag("share_to_feed", True),
        "location_id": call.text("location_id"),
        "hidden_until": call.now + call.lag("read_lag"),
    }
    if kind == "CAROUSEL":
        data["children"] = [node.id for node in _children(call)]
    elif kind in ("REELS", "VIDEO") or (kind == "STORIES" and not call.has("image_url")):
        _video_source(call, data)
    else:
        _image_source(call, data)
    return _store_container(call, data)


def _store_container(call: Call, data: dict[str, Any]) -> Answer:
    store = the_store()
    wait = call.lag("processing")
    wait = wait or float(
        clock.conf(
            "ig_video_processing_seconds" if data["status"] == "FETCH" else "ig_image_processing_seconds"
        )
    )
    data["ready_at"] = call.now + wait
    if call.fault is not None and call.fault.mode == "container_error":
        data["status"], data["error"] = "ERROR", int(call.fault.options.get("subcode", 2207052))
    with store.tx():
        node = store.add(
            Node(
                id=store.new_id("1788", 17),
                kind="container",
                owner=call.target.id,
                state="open",
                created=call.now,
                due=call.now if data["status"] == "FETCH" else None,
                data=data,
            )
        )
    call.object_id = node.id
    if data["status"] == "UPLOAD":
        return {"id": node.id, "uri": f"{settings.PUBLIC_URL}/rupload/ig-api-upload/{call.version}/{node.id}"}
    return {"id": node.id}


def check_caption(call: Call, kind: str, child: bool) -> None:
    caption = call.text("caption")
    if caption is None:
        return
    if child:
        raise invalid("caption is not supported on carousel items", 2207010)
    if len(caption) > 2200 or len(HASHTAG.findall(caption)) > 30:
        raise caption_too_long()
    if len(MENTION.findall(caption)) > 20:
        raise ig(100, 2207040, "You can use at most 20 @ tags.", "Too many tags")


def _check_tags(call: Call, kind: str) -> None:
    tags = call.listed("user_tags") or []
    for tag in tags:
        if not isinstance(tag, dict) or not tag.get("username"):
            raise invalid("Param user_tags must be a list of objects with username, x and y")
        if kind not in ("REELS", "STORIES") and not all(0 <= float(tag.get(axis, -1)) <= 1 for axis in "xy"):
            raise invalid("user_tags need x and y between 0 and 1")
    if len(tags) > 20:
        raise ig(100, 2207040, "You can tag at most 20 accounts.", "Too many tags")
    if len(call.listed("collaborators") or []) > 3:
        raise invalid("At most 3 collaborators can be invited")
    if len(call.listed("product_tags") or []) > 5:
        raise ig(100, 2207035, "You can tag at most 5 products.", "Too many product tags")
    alt = call.text("alt_text")
    if alt is not None and (len(alt) > 1000 or kind in ("REELS", "STORIES")):
        raise invalid("alt_text is for images only and at most 1000 characters")
    if call.has("location_id"):
        place = the_store().get(call.required("location_id"), "page")
        if place is None or not place["single_line_address"]:
            raise invalid("INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID")


def _children(call: Call) -> list[Node]:
    ids = [str(item) for item in call.listed("children") or []]
    if not 2 <= len(ids) <= 10:
        raise ig(
            100,
            2207028,
            "Your post won't work as a carousel. Carousels need at least 2 photos/videos and no more "
            "than 10 photos/videos.",
            "Carousel validation failed",
        )
    found = []
    for one in ids:
        node = the_store().get(one, "container")
        if node is None or node.owner != call.target.id or not node["child"]:
            raise ig(
                100,
                2207028,
                f"The carousel item {one} is not a carousel item of this account.",
                "Carousel validation failed",
            )
        if status_of(node, call.now) != "FINISHED":
            raise ig_not_ready()
        found.append(node)
    return found


def _image_source(call: Call, data: dict[str, Any]) -> None:
    """The real check: GET the address, decode the photo, JPEG, 8 MiB, ratio 4:5 to 1.91:1."""
    if not call.has("image_url"):
        raise invalid("The parameter image_url is required")
    try:
        body, _ = media.fetch(call.required("image_url"), IMAGE_MAX)
        photo = media.keep_photo(body)
    except media.TooLarge:
        raise too_large() from None
    except media.NotMedia:
        raise not_media() from None
    if photo.format != "JPEG":
        raise wrong_format()
    if data["media_type"] != "STORIES" and not 0.8 - 0.005 <= photo.width / photo.height <= 1.91 + 0.005:
        raise wrong_ratio(photo.width, photo.height)
    data.update(media=photo.sha, file=photo.name, width=photo.width, height=photo.height, visual="IMAGE")


def _video_source(call: Call, data: dict[str, Any]) -> None:
    data["visual"] = "VIDEO"
    if call.text("upload_type") == "resumable":
        data["status"] = "UPLOAD"
        return
    if not call.has("video_url"):
        raise invalid("The parameter video_url is required")
    data["status"], data["video_url"] = "FETCH", call.required("video_url")


# -- status ----------------------------------------------------------------------------------------
def status_of(node: Node, now: float) -> str:
    """EXPIRED, ERROR, FINISHED, IN_PROGRESS or PUBLISHED as the API shows it at this moment."""
    lag = float(node["status_lag_until"] or 0)
    if node["published_id"]:
        if now >= node.created + DAY:
            return "EXPIRED"
        return "FINISHED" if now < lag else "PUBLISHED"
    if now >= node.created + DAY:
        return "EXPIRED"
    if node["status"] == "ERROR":
        return "ERROR" if now >= node["ready_at"] else "IN_PROGRESS"
    if node["status"] in ("FETCH", "UPLOAD") or now < node["ready_at"]:
        return "IN_PROGRESS"
    return "FINISHED"


@endpoint("container", "GET", label="container.get", access="ig", scopes=("instagram_basic",))
def container_get(call: Call) -> Answer:
    node = call.target
    gone = node["published_id"] and call.now >= node.created + DAY
    if gone and clock.conf("published_container_after_24h") == "gone":
        raise missing_object(node.id)
    return fields.project(node, listing.wants(call, "id"), call)


@view("container", "status_code")
def _status_code(node: Node, want: Want, call: Call) -> Any:
    return status_of(node, call.now)


@view("container", "status")
def _status(node: Node, want: Want, call: Call) -> Any:
    state = status_of(node, call.now)
    return (
        f"Error: Media upload has failed with error code {node['error']}"
        if state == "ERROR"
        else STATUS_TEXT[state]
    )


@view("container", "copyright_check_status")
def _copyright(node: Node, want: Want, call: Call) -> Any:
    return {"status": "completed", "matches_found": False} if node["visual"] == "VIDEO" else None


@view("container", "video_status")
def _video_status(node: Node, want: Want, call: Call) -> Any:
    if node["visual"] != "VIDEO":
        return None
    done = node["status"] not in ("FETCH", "UPLOAD")
    if node["status"] == "ERROR":
        failed = {"status": "error", "errors": [{"code": node["error"], "message": node["why"] or ""}]}
        return {"uploading_phase": {"status": "complete"}, "processing_phase": failed}
    return {
        "uploading_phase": {"status": "complete" if done else "in_progress"},
        "processing_phase": {"status": "complete" if done else "not_started"},
    }
