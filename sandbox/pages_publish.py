"""Publishing to a Page: photos, feed posts, the flip, edits and deletion (Page reference v26; SDK
specification).

The road the product takes is unpublished photos -> unpublished post -> ``is_published=true``: three calls
whose objects are known before anything is visible. One-shot publishing works too, as at Meta, and is a
finding.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sandbox import clock, ledger, webhooks
from sandbox.call import Answer, Call, endpoint
from sandbox.errors import GraphError, invalid, missing_object
from sandbox.store import Node, the_store

POSTING = ("pages_manage_posts", "pages_read_engagement")
MESSAGE_MAX = 63_206
DRAFT_LIFE = 30 * 86_400


def post_empty() -> GraphError:
    return GraphError(197, "(#197) The post is empty. Please enter a message to share.")


# -- posts -----------------------------------------------------------------------------------------
@endpoint("page", "POST", "feed", label="page.feed.create", scopes=POSTING, task="CREATE_CONTENT")
def create_post(call: Call) -> Answer:
    """Needs ``message``, ``link`` or ``attached_media``; ``published=false`` makes an invisible post."""
    published = call.flag("published", True)
    message, link = call.text("message"), call.text("link")
    kind = (call.text("unpublished_content_type") or "").upper()
    if "message" in call.params and call.params["message"] is None:
        raise post_empty()
    check_message(message)
    check_link(link)
    when = schedule_time(call) if call.has("scheduled_publish_time") else None
    if when is not None and published:
        raise invalid("You cannot specify a scheduled publish time on a published post")
    if kind == "SCHEDULED" and when is None:
        raise invalid("The specified scheduled publish time is invalid", 1363055)
    with the_store().tx():
        photos = attached_photos(call, scheduled=when is not None)
        if not message and not link and not photos:
            raise post_empty()
        _check_repeated(call, message, published)
        post = new_post(call, message=message, photos=[p.id for p in photos], state="unpublished", link=link)
        attach(post, photos)
        if when is not None:
            post.state, post.due, post["scheduled"] = "scheduled", when, when
        elif kind == "DRAFT":
            post.state, post.due = "draft", call.now + DRAFT_LIFE
        the_store().save(post)
        if published:
            publish(post, "one_shot", call.lag("listing_lag"))
    call.object_id = post.id
    return {"id": post.id}


def new_post(
    call: Call, *, message: str | None, photos: list[str], state: str, link: str | None = None
) -> Node:
    store, page = the_store(), call.target
    backdated = call.instant("backdated_time")
    return store.add(
        Node(
            id=f"{page.id}_{store.new_id('122')}",
            kind="post",
            owner=page.id,
            state=state,
            created=call.now,
            data={
                "message": message,
                "link": link,
                "photos": photos,
                "app_id": call.bearer.app_id,
                "person_id": call.bearer.person_id,
                "backdated": backdated,
                "likes": 0,
                "shares": 0,
                "reach": 0,
                "hidden_until": call.now + call.lag("read_lag"),
                "updated": call.now,
                "place": call.text("place"),
                "cta": call.params.get("call_to_action"),
            },
        )
    )


def attached_photos(call: Call, scheduled: bool) -> list[Node]:
    """The photos of ``attached_media``, in order; refused unless they are unpublished photos of this Page."""
    items = call.listed("attached_media") or []
    found: list[Node] = []
    page = call.target if call.target.kind == "page" else the_store().get(str(call.target.owner), "page")
    for item in items:
        fbid = str(item.get("media_fbid", "")) if isinstance(item, dict) else str(item)
        if not fbid:
            raise invalid("Param attached_media must be a list of objects with media_fbid")
        photo = the_store().get(fbid, "photo", "video")
        if photo is None or page is None or photo.owner != page.id:
            raise missing_object(fbid, "POST")
        if photo.state == "published":
            raise invalid(
                "Photos must be unpublished to be attached to a post",
                1366051,
                title="Already Posted",
                user_msg="These photos were already posted.",
            )
        if photo["post"] and clock.conf("repeated_photo") == "1366051":
            raise invalid(
                "These photos were already posted.",
                1366051,
                title="Already Posted",
                user_msg="These photos were already posted.",
            )
        if scheduled and photo.kind == "photo" and not photo["temporary"]:
            raise invalid(
                "Photos of a scheduled post must be uploaded with temporary=true",
                1366046,
                title="Photo cannot be scheduled",
                user_msg="Upload the photo with published=false&temporary=true.",
            )
        found.append(photo)
    if len({p.id for p in found}) != len(found):
        raise invalid("Param attached_media must not repeat a photo", 1366051)
    if len(found) > int(clock.conf("attached_media_max")):
        raise invalid(f"You can attach at most {clock.conf('attached_media_max')} photos to a post")
    if len({p.kind for p in found}) > 1:
        raise invalid("You cannot mix photos and videos in one post")
    return found


def attach(post: Node, photos: list[Node]) -> None:
    for photo in photos:
        photo["post"], photo.due = post.id, None
        the_store().save(photo)


def check_message(message: str | None) -> None:
    if message is not None and len(message) > MESSAGE_MAX:
        raise invalid(f"Param message must be at most {MESSAGE_MAX} characters")


def check_link(link: str | None) -> None:
    if link is None:
        return
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise GraphError(100, "(#100) link URL is not properly formatted", subcode=1609005)
    if parts.hostname.endswith("facebook.com"):
        raise GraphError(100, "(#100) Links to facebook.com cannot be posted", subcode=1609008)


def schedule_time(call: Call) -> float:
    """10 minutes to 75 days ahead (the guide says 30: a finding beyond that)."""
    from sandbox import findings

    when = call.instant("scheduled_publish_time")
    ahead = (when or 0) - call.now
    if when is None or ahead < 600 - 1 or ahead > float(clock.conf("schedule_max_days")) * 86_400:
        raise invalid(
            "The specified scheduled publish time is invalid",
            1363055,
            title="Invalid scheduled time",
            user_msg="The time must be between 10 minutes and 75 days from now.",
        )
    if ahead > 30 * 86_400:
        findings.note(
            "schedule_beyond_30_days", call.label, f"{int(ahead / 86_400)} days ahead; the guide promises 30"
        )
    return when


def _check_repeated(call: Call, message: str | None, published: bool) -> None:
    if not (published and message) or clock.conf("duplicate_message") != "506":
        return
    last = the_store().find(
        "kind='post' AND owner=? AND visible_at IS NOT NULL AND state='published'",
        call.target.id,
        order="visible_at DESC, seq DESC",
        limit=1,
    )
    if last and last[0]["message"] == message:
        raise GraphError(506, "(#506) Duplicate status message")


def publish(post: Node, origin: str, listing_lag: float = 0.0) -> None:
    """Make the post visible: the only place that does. Photos, ledger and webhook belong to the same
    transaction.
    """
    store, now = the_store(), clock.now()
    with store.tx():
        post.state, post.due, post.visible_at = "published", None, now
        post["scheduled"], post["updated"], post["unlisted_until"] = None, now, now + listing_lag
        if clock.conf("flip_created_time") == "publication":
            post.created = now
        shas = []
        for photo_id in post["photos"]:
            photo = store.get(photo_id, "photo", "video")
            if photo is None:
                continue
            photo.state, photo.visible_at, photo.due, photo["page_story_id"] = "published", now, None, post.id
            store.save(photo)
            shas.append(str(photo["sha"]))
        store.save(post)
        ledger.record(
            post,
            platform="facebook",
            owner=str(post.owner),
            kind="post",
            message=post["message"],
            media=shas,
            app_id=post["app_id"],
            origin=origin,
        )
        webhooks.feed_event(str(post.owner), post_value(post))


def post_value(post: Node, verb: str = "add") -> dict[str, Any]:
    """The ``feed`` change of a post, as Page webhooks carry it."""
    page = the_store().get(str(post.owner), "page")
    photos = post["photos"] or []
    value: dict[str, Any] = {
        "from": {"id": post.owner, "name": page["name"] if page else ""},
        "post_id": post.id,
        "created_time": int(post.created),
        "item": "photo" if len(photos) == 1 else "status",
        "published": 1,
        "verb": verb,
    }
    if post["message"]:
        value["message"] = post["message"]
    if len(photos) == 1:
        value["photo_id"] = photos[0]
    if post["link"]:
        value["link"] = post["link"]
    return value


@endpoint("post", "POST", label="post.update", scopes=POSTING, task="CREATE_CONTENT")
def update_post(call: Call) -> Answer:
    """Edit, reschedule, unschedule (0), publish. Only posts of the same app; publication is one-way."""
    with the_store().tx():
        post = the_store().get(call.target.id, "post")
        if post is None:
            raise missing_object(call.target.id, "POST")
        if post["app_id"] != call.bearer.app_id:
            raise GraphError(200, "(#200) You can only edit posts created by your application", http=403)
        if call.has("message"):
            check_message(call.text("message"))
            post["message"] = call.text("message")
        if call.has("attached_media"):
            photos = attached_photos(call, scheduled=post.state == "scheduled")
            attach(post, photos)
            post["photos"] = [photo.id for photo in photos]
        for name in ("is_hidden", "is_pinned"):
            if call.has(name):
                post[name] = call.flag(name, False)
        post["updated"] = call.now
        the_store().save(post)
        _reschedule(call, post)
        if call.has("is_published"):
            _flip(call, post)
        elif post.state == "published" and call.has("message"):
            webhooks.feed_event(str(post.owner), post_value(post, "edited"))
    return {"success": True}


def _reschedule(call: Call, post: Node) -> None:
    if not call.has("scheduled_publish_time"):
        return
    if post.state == "published":
        raise invalid("You cannot schedule a post that is already published")
    if call.text("scheduled_publish_time") in ("0", "0.0"):
        post.state, post.due, post["scheduled"] = "unpublished", None, None
    else:
        when = schedule_time(call)
        post.state, post.due, post["scheduled"] = "scheduled", when, when
    the_store().save(post)


def _flip(call: Call, post: Node) -> None:
    if not call.flag("is_published", False):
        if post.state == "published":
            raise invalid("Unpublishing a post is not supported")
        return
    if post.state == "published":
        if clock.conf("second_flip") == "refuse":
            raise invalid("This post is already published")
        return
    if post.state == "draft" and clock.conf("flip_of_draft") == "refuse":
        raise invalid("This draft cannot be published")
    publish(post, "flip", call.lag("listing_lag"))


@endpoint("post", "DELETE", label="post.delete", scopes=POSTING, task="CREATE_CONTENT")
def delete_post(call: Call) -> Answer:
    with the_store().tx():
        post = the_store().get(call.target.id, "post")
        if post is None:
            raise missing_object(call.target.id, "DELETE")
        was_visible = post.state == "published"
        post.state, post.due = "deleted", None
        the_store().save(post)
        if was_visible:
            ledger.removed(post.id)
            webhooks.feed_event(str(post.owner), post_value(post, "remove"))
    return {"success": True}
