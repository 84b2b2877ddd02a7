"""Reading Instagram: the account, its media, stories, quota, comments."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from sandbox import clock, fields, instagram_publish, ledger, listing, media, people
from sandbox.call import Answer, Call, at_text, endpoint
from sandbox.errors import missing_object
from sandbox.fields import Want, view
from sandbox.store import Node, the_store

BASIC = ("instagram_basic",)
DAY = 86_400


@endpoint("ig_user", "GET", label="ig.get", access="ig", scopes=BASIC)
def ig_get(call: Call) -> Answer:
    return fields.project(call.target, listing.wants(call, "id"), call)


@view("ig_user", "username", "name", "biography", "website", "followers_count", "follows_count")
def _plain(node: Node, want: Want, call: Call) -> Any:
    return node[want.name]


@view("ig_user", "profile_picture_url")
def _picture(node: Node, want: Want, call: Call) -> Any:
    return people.picture_url(node)


@view("ig_user", "media_count")
def _count(node: Node, want: Want, call: Call) -> Any:
    row = the_store().row(
        "SELECT count(*) FROM nodes WHERE kind='ig_media' AND owner=? AND state='published'", node.id
    )
    return int(row[0]) if row else 0


@view("ig_user", "ig_id")
def _ig_id(node: Node, want: Want, call: Call) -> Any:
    return int(node.id) % 10_000_000_000


@view("ig_user", "has_profile_pic", "is_published")
def _yes(node: Node, want: Want, call: Call) -> Any:
    return True


@endpoint("ig_user", "GET", "media", label="ig.media.list", access="ig", scopes=BASIC)
def media_list(call: Call) -> Answer:
    """Newest first; stories are not here but under /stories."""
    return listing.edge(
        call,
        "kind='ig_media' AND owner=? AND state='published' AND json_extract(data,'$.product') != 'STORY'",
        call.target.id,
        default="id",
        key="visible_at",
        keep=lambda n: float(n["unlisted_until"] or 0) <= call.now,
    )


@endpoint("ig_user", "GET", "stories", label="ig.stories.list", access="ig", scopes=BASIC)
def stories(call: Call) -> Answer:
    return listing.edge(
        call,
        "kind='ig_media' AND owner=? AND state='published' AND json_extract(data,'$.product') = 'STORY' "
        "AND visible_at > ?",
        call.target.id,
        call.now - DAY,
        default="id",
        key="visible_at",
        keep=lambda n: float(n["unlisted_until"] or 0) <= call.now,
    )


@endpoint("ig_user", "GET", "scheduled_media", label="ig.scheduled_media.list", access="ig", scopes=BASIC)
@endpoint("ig_user", "GET", "tags", label="ig.tags.list", access="ig", scopes=BASIC)
def nothing(call: Call) -> Answer:
    return {"data": []}


@endpoint(
    "ig_user",
    "GET",
    "content_publishing_limit",
    label="ig.content_publishing_limit",
    access="ig",
    scopes=("instagram_basic", "instagram_content_publish"),
)
def limit(call: Call) -> Answer:
    wanted = {want.name for want in listing.wants(call, "quota_usage")}
    known = {
        "quota_usage": instagram_publish.quota_used(call.target.id, call.now),
        "config": {"quota_total": clock.conf("ig_quota_total"), "quota_duration": DAY},
    }
    return {"data": [{name: value for name, value in known.items() if name in wanted}]}


# -- one media -------------------------------------------------------------------------------------
@endpoint("ig_media", "GET", label="media.get", access="ig", scopes=BASIC)
def media_get(call: Call) -> Answer:
    return fields.project(call.target, listing.wants(call, "id"), call)


@view("ig_media", "caption", "shortcode", "media_type")
def _media_plain(node: Node, want: Want, call: Call) -> Any:
    return node[want.name]


@view("ig_media", "media_product_type")
def _product(node: Node, want: Want, call: Call) -> Any:
    return node["product"]


@view("ig_media", "ig_id")
def _media_ig_id(node: Node, want: Want, call: Call) -> Any:
    return str(3_200_000_000_000_000_000 + int(node.id) % 10**12)


@view("ig_media", "media_url")
def _media_url(node: Node, want: Want, call: Call) -> Any:
    if node["children"]:
        first = the_store().get(node["children"][0], "ig_media")
        return media.url_of(first["file"]) if first else None
    return media.url_of(node["file"])


@view("ig_media", "thumbnail_url")
def _thumbnail(node: Node, want: Want, call: Call) -> Any:
    return f"{settings.PUBLIC_URL}/avatar/{node.id}.png" if node["media_type"] == "VIDEO" else None


def permalink(node: Node) -> str:
    """Instagram's three kinds of address, on the sandbox's host."""
    account = the_store().get(str(node.owner), "ig_user")
    username = account["username"] if account else node.owner
    if node["product"] == "STORY":
        return f"{settings.PUBLIC_URL}/ig/{username}/stories/{node.id}/"
    kind = "reel" if node["product"] == "REELS" else "p"
    return f"{settings.PUBLIC_URL}/ig/{username}/{kind}/{node['shortcode']}/"


@view("ig_media", "permalink")
def _permalink(node: Node, want: Want, call: Call) -> Any:
    return permalink(node)


@view("ig_media", "timestamp")
def _timestamp(node: Node, want: Want, call: Call) -> Any:
    return at_text(node.created)


@view("ig_media", "username")
def _username(node: Node, want: Want, call: Call) -> Any:
    account = the_store().get(str(node.owner), "ig_user")
    return account["username"] if account else None


@view("ig_media", "owner")
def _owner(node: Node, want: Want, call: Call) -> Any:
    return {"id": node.owner}


@view("ig_media", "like_count", "comments_count", "view_count")
def _counts(node: Node, want: Want, call: Call) -> Any:
    if want.name == "comments_count":
        row = the_store().row(
            "SELECT count(*) FROM nodes WHERE kind='ig_comment' AND owner=? AND state!='deleted'", node.id
        )
        return int(row[0]) if row else 0
    if want.name == "view_count":
        return node["views"] if node["media_type"] == "VIDEO" else None
    return node["likes"] or 0


@view("ig_media", "alt_text")
def _alt(node: Node, want: Want, call: Call) -> Any:
    return node["alt"]


@view("ig_media", "is_comment_enabled", "is_shared_to_feed")
def _flags(node: Node, want: Want, call: Call) -> Any:
    return (
        node["comment_enabled"] is not False
        if want.name == "is_comment_enabled"
        else node["product"] == "REELS" or None
    )


def children_of(node: Node) -> list[Node]:
    found = (the_store().get(one, "ig_media") for one in node["children"] or [])
    return [one for one in found if one is not None]


@view("ig_media", "children")
def _children(node: Node, want: Want, call: Call) -> Any:
    if node["media_type"] != "CAROUSEL_ALBUM":
        return None
    return {"data": [fields.project(one, want.sub or [Want("id")], call) for one in children_of(node)]}


@endpoint("ig_media", "GET", "children", label="media.children", access="ig", scopes=BASIC)
def children(call: Call) -> Answer:
    asked = listing.wants(call, "id")
    return {"data": [fields.project(one, asked, call) for one in children_of(call.target)]}


@endpoint("ig_media", "POST", label="media.update", access="ig", scopes=("instagram_manage_comments",))
def media_update(call: Call) -> Answer:
    """Only comments can be switched; captions cannot be edited."""
    node = call.target
    node["comment_enabled"] = call.flag("comment_enabled", True)
    the_store().save(node)
    return {"success": True}


@endpoint(
    "ig_media",
    "DELETE",
    label="media.delete",
    access="ig",
    scopes=("instagram_basic", "instagram_manage_contents"),
)
def media_delete(call: Call) -> Answer:
    with the_store().tx():
        node = the_store().get(call.target.id, "ig_media")
        if node is None:
            raise missing_object(call.target.id, "DELETE")
        node.state, node.due = "deleted", None
        the_store().save(node)
        ledger.removed(node.id)
    return {"success": True}
