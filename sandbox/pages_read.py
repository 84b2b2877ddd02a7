"""Reading a Page: feed and its siblings, post and photo fields, attachments, reactions, comments."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from sandbox import clock, fields, listing, media
from sandbox.call import Answer, Call, at_text, endpoint
from sandbox.fields import Want, view
from sandbox.store import Node, the_store

READING = ("pages_read_engagement",)
FEED_DEFAULT = "created_time,message,story,id"


def permalink(post: Node) -> str:
    return f"{settings.PUBLIC_URL}/p/{post.owner}/posts/{post.id.partition('_')[2]}/"


def _listed(call: Call) -> Any:
    return lambda node: float(node["unlisted_until"] or 0) <= call.now


@endpoint("page", "GET", "feed", label="page.feed.list", scopes=READING)
def feed(call: Call) -> Answer:
    """Published posts; unpublished ones too when the switch follows Meta's other sentence."""
    if clock.conf("feed_includes_unpublished"):
        return listing.edge(
            call,
            "kind='post' AND owner=? AND state!='deleted'",
            call.target.id,
            default=FEED_DEFAULT,
            key="created",
            keep=_listed(call),
        )
    return published(call)


@endpoint("page", "GET", "posts", label="page.posts.list", scopes=READING)
def posts(call: Call) -> Answer:
    return published(call)


@endpoint("page", "GET", "published_posts", label="page.published_posts.list", scopes=READING)
def published(call: Call) -> Answer:
    return listing.edge(
        call,
        "kind='post' AND owner=? AND visible_at IS NOT NULL AND state='published'",
        call.target.id,
        default=FEED_DEFAULT,
        key="created",
        keep=_listed(call),
    )


@endpoint("page", "GET", "scheduled_posts", label="page.scheduled_posts.list", scopes=READING)
def scheduled(call: Call) -> Answer:
    return listing.edge(
        call,
        "kind='post' AND owner=? AND state='scheduled'",
        call.target.id,
        default=FEED_DEFAULT,
        key="created",
        keep=_listed(call),
    )


@endpoint("page", "GET", "ads_posts", label="page.ads_posts.list", scopes=READING)
def ads_posts(call: Call) -> Answer:
    """Dark posts: created and not published, not scheduled."""
    return listing.edge(
        call,
        "kind='post' AND owner=? AND state='unpublished'",
        call.target.id,
        default=FEED_DEFAULT,
        key="created",
        keep=_listed(call),
    )


@endpoint("page", "GET", "photos", label="page.photos.list", scopes=READING)
def photos(call: Call) -> Answer:
    """Default type is ``profile``, so uploads show only with ``type=uploaded`` (published ones)."""
    kind = (call.text("type") or "profile").lower()
    where = "state='published'" if kind == "uploaded" else "0"
    return listing.edge(
        call,
        f"kind='photo' AND owner=? AND {where}",
        call.target.id,
        default="created_time,name,id",
        key="created",
    )


@endpoint("page", "GET", "tagged", label="page.tagged.list", scopes=READING)
@endpoint("page", "GET", "visitor_posts", label="page.visitor_posts.list", scopes=READING)
def nothing(call: Call) -> Answer:
    return {"data": []}


# -- one post --------------------------------------------------------------------------------------
@endpoint("post", "GET", label="post.get", scopes=READING)
def post_get(call: Call) -> Answer:
    return fields.project(call.target, listing.wants(call, FEED_DEFAULT), call)


@view("post", "message", "link")
def _plain(node: Node, want: Want, call: Call) -> Any:
    return node[want.name]


@view("post", "created_time", "updated_time", "backdated_time")
def _times(node: Node, want: Want, call: Call) -> Any:
    return at_text(
        {"created_time": node.created, "updated_time": node["updated"], "backdated_time": node["backdated"]}[
            want.name
        ]
    )


@view(
    "post",
    "is_published",
    "is_hidden",
    "is_expired",
    "is_popular",
    "is_eligible_for_promotion",
    "is_instagram_eligible",
    "is_inline_created",
    "is_spherical",
    "can_reply_privately",
    "subscribed",
    "is_app_share",
)
def _flags(node: Node, want: Want, call: Call) -> Any:
    return {"is_published": node.state == "published", "is_hidden": bool(node["is_hidden"])}.get(
        want.name, False
    )


@view("post", "scheduled_publish_time")
def _scheduled(node: Node, want: Want, call: Call) -> Any:
    return node["scheduled"]


@view("post", "permalink_url")
def _permalink(node: Node, want: Want, call: Call) -> Any:
    return permalink(node)


@view("post", "from")
def _from(node: Node, want: Want, call: Call) -> Any:
    page = the_store().get(str(node.owner), "page")
    return {"name": page["name"] if page else "", "id": node.owner}


@view("post", "application")
def _application(node: Node, want: Want, call: Call) -> Any:
    app = the_store().get(str(node["app_id"]), "app")
    return fields.pick({"name": app["name"], "id": app.id}, want.sub) if app else None


@view("post", "admin_creator")
def _creator(node: Node, want: Want, call: Call) -> Any:
    person = the_store().get(str(node["person_id"]), "user")
    return {"id": person.id, "name": person["name"]} if person else None


@view("post", "status_type")
def _status_type(node: Node, want: Want, call: Call) -> Any:
    return "added_photos" if node["photos"] else "shared_story" if node["link"] else "mobile_status_update"


@view("post", "story")
def _story(node: Node, want: Want, call: Call) -> Any:
    return None


@view("post", "timeline_visibility")
def _timeline(node: Node, want: Want, call: Call) -> Any:
    return "hidden" if node["is_hidden"] else "normal"


@view("post", "shares")
def _shares(node: Node, want: Want, call: Call) -> Any:
    """Absent, not zero, while nobody shared."""
    return {"count": node["shares"]} if node["shares"] else None


@view("post", "full_picture", "picture")
def _picture(node: Node, want: Want, call: Call) -> Any:
    photos = node["photos"] or []
    photo = the_store().get(photos[0], "photo") if photos else None
    return media.url_of(photo["media"]) if photo else None


def attachments_of(post: Node) -> list[dict[str, Any]]:
    """Graph's attachments: one photo, or an album whose ``subattachments`` hold each photo's fbid in
    ``target``.
    """
    found = [p for p in (the_store().get(i, "photo", "video") for i in post["photos"] or []) if p is not None]
    if not found:
        if not post["link"]:
            return []
        return [
            {
                "media_type": "link",
                "title": post["link"],
                "type": "share",
                "url": post["link"],
                "unshimmed_url": post["link"],
                "target": {"url": post["link"]},
            }
        ]

    def one(photo: Node) -> dict[str, Any]:
        url = f"{settings.PUBLIC_URL}/p/{post.owner}/photos/{photo.id}/"
        return {
            "media_type": photo.kind,
            "type": photo.kind,
            "url": url,
            "target": {"id": photo.id, "url": url},
            "description": photo["name"] or "",
            "media": {
                "image": {
                    "height": photo["height"],
                    "width": photo["width"],
                    "src": media.url_of(photo["media"]),
                }
            },
        }

    if len(found) == 1:
        return [one(found[0])]
    subs = [{k: v for k, v in one(photo).items() if k != "description"} for photo in found]
    return [
        {
            **one(found[0]),
            "media_type": "album",
            "type": "album",
            "title": "Photos from the Page's post",
            "target": {"id": post.id.partition("_")[2], "url": permalink(post)},
            "url": permalink(post),
            "subattachments": {"data": subs},
        }
    ]


@view("post", "attachments")
def _attachments(node: Node, want: Want, call: Call) -> Any:
    items = attachments_of(node)
    if not items:
        return None
    default = [
        Want("media_type"),
        Want("media"),
        Want("target"),
        Want("type"),
        Want("url"),
        Want("subattachments"),
    ]
    sub = want.sub or default
    limit = next((w.limit(12) for w in sub if w.name == "subattachments"), 12)
    for item in items:
        if "subattachments" in item:
            item["subattachments"] = {"data": item["subattachments"]["data"][:limit]}
    return {"data": [fields.pick(item, sub) for item in items]}


@endpoint("post", "GET", "attachments", label="post.attachments", scopes=READING)
def attachments(call: Call) -> Answer:
    want = Want(
        "attachments",
        {},
        listing.wants(call, "description,media,media_type,target,title,type,url,subattachments"),
    )
    return _attachments(call.target, want, call) or {"data": []}


# -- photos ----------------------------------------------------------------------------------------
@endpoint("photo", "GET", label="photo.get", scopes=READING)
def photo_get(call: Call) -> Answer:
    return fields.project(call.target, listing.wants(call, "created_time,name,id"), call)


@view("photo", "width", "height", "name")
def _photo_plain(node: Node, want: Want, call: Call) -> Any:
    return node[want.name]


@view("photo", "alt_text", "alt_text_custom")
def _alt(node: Node, want: Want, call: Call) -> Any:
    return node["alt"] or ("May be an image of food" if want.name == "alt_text" else None)


@view("photo", "page_story_id")
def _story_id(node: Node, want: Want, call: Call) -> Any:
    return node["page_story_id"]


@view("photo", "created_time", "updated_time")
def _photo_time(node: Node, want: Want, call: Call) -> Any:
    return at_text(node.created)


@view("photo", "link")
def _photo_link(node: Node, want: Want, call: Call) -> Any:
    return f"{settings.PUBLIC_URL}/p/{node.owner}/photos/{node.id}/"


@view("photo", "source", "picture")
def _photo_source(node: Node, want: Want, call: Call) -> Any:
    return media.url_of(node["media"])


@view("photo", "images", "webp_images")
def _images(node: Node, want: Want, call: Call) -> Any:
    return [{"height": node["height"], "width": node["width"], "source": media.url_of(node["media"])}]


@view("photo", "from")
def _photo_from(node: Node, want: Want, call: Call) -> Any:
    return _from(node, want, call)
