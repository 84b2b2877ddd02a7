"""What the public does: comments, likes, reactions, shares; and reading them back."""

from __future__ import annotations

from typing import Any

from sandbox import clock, fields, listing, webhooks
from sandbox.call import Answer, Call, at_text, endpoint
from sandbox.errors import invalid, missing_object
from sandbox.fields import Want, view
from sandbox.store import Node, the_store

COMMENTING = ("pages_manage_engagement",)
READING = ("pages_read_engagement",)
REACTIONS = ("LIKE", "LOVE", "CARE", "HAHA", "WOW", "SAD", "ANGRY")


def add_comment(post: Node, text: str, sender: dict[str, str], parent: str | None = None) -> Node:
    """A comment on a Facebook post or photo, with its webhook. ``sender`` is {id, name} (page-scoped id)."""
    store = the_store()
    number = store.new_id("122")
    node = store.add(
        Node(
            id=f"{post.id.rpartition('_')[2]}_{number}",
            kind="comment",
            owner=post.id,
            created=clock.now(),
            state="shown",
            data={"message": text, "from": sender, "parent": parent, "likes": 0},
        )
    )
    webhooks.feed_event(
        str(post.owner),
        {
            "from": sender,
            "item": "comment",
            "verb": "add",
            "comment_id": node.id,
            "post_id": post.id,
            "parent_id": parent or post.id,
            "created_time": int(node.created),
            "message": text,
            "post": {"id": post.id, "is_published": True},
        },
    )
    return node


def add_ig_comment(media: Node, text: str, username: str, user_id: str, parent: str | None = None) -> Node:
    store = the_store()
    node = store.add(
        Node(
            id=store.new_id("1785", 17),
            kind="ig_comment",
            owner=media.id,
            created=clock.now(),
            state="shown",
            data={"text": text, "username": username, "from_id": user_id, "parent": parent, "likes": 0},
        )
    )
    value: dict[str, Any] = {
        "from": {"id": user_id, "username": username},
        "id": node.id,
        "text": text,
        "media": {"id": media.id, "media_product_type": media["product"]},
    }
    if parent:
        value["parent_id"] = parent
    webhooks.instagram_event(str(media.owner), "comments", value)
    return node


def react(post: Node, kind: str, count: int, sender: dict[str, str]) -> None:
    """``count`` reactions of one kind (negative takes back); one webhook for the act."""
    reactions = dict(post["reactions"] or {})
    reactions[kind] = max(0, reactions.get(kind, 0) + count)
    post["reactions"] = reactions
    post["likes"] = sum(reactions.values())
    the_store().save(post)
    webhooks.feed_event(
        str(post.owner),
        {
            "from": sender,
            "item": "reaction",
            "verb": "add" if count > 0 else "remove",
            "reaction_type": kind.lower(),
            "post_id": post.id,
            "parent_id": post.id,
            "created_time": int(post.created),
        },
    )


# -- comments on Facebook --------------------------------------------------------------------------
def _comments(node: Node) -> list[Node]:
    return the_store().find("kind='comment' AND owner=? AND state!='deleted'", node.id, order="seq")


@endpoint("post", "GET", "comments", label="post.comments", scopes=READING)
@endpoint("photo", "GET", "comments", label="photo.comments", scopes=READING)
@endpoint("video", "GET", "comments", label="video.comments", scopes=READING)
def comments(call: Call) -> Answer:
    newest = (call.text("order") or "").lower() == "reverse_chronological"
    answer = listing.edge(
        call,
        "kind='comment' AND owner=? AND state!='deleted'",
        call.target.id,
        default="created_time,from,message,id",
        key="created",
        descending=newest,
    )
    if call.has("summary") and call.text("summary") != "false":
        answer["summary"] = _comment_summary(call.target)
    return answer


def _comment_summary(node: Node) -> dict[str, Any]:
    return {"order": "chronological", "total_count": len(_comments(node)), "can_comment": True}


def _summary_asked(want: Want) -> bool:
    return want.mods.get("summary", "false").lower() not in ("false", "0", "")


@view("post", "comments")
@view("photo", "comments")
@view("video", "comments")
def _comments_field(node: Node, want: Want, call: Call) -> Any:
    found = _comments(node)[: want.limit(25)]
    sub = want.sub or [Want("created_time"), Want("from"), Want("message")]
    answer: dict[str, Any] = {"data": [fields.project(one, sub, call) for one in found]}
    if _summary_asked(want):
        answer["summary"] = _comment_summary(node)
    return answer if found or _summary_asked(want) else None


@endpoint("post", "POST", "comments", label="post.comments.create", scopes=COMMENTING, task="MODERATE")
@endpoint("photo", "POST", "comments", label="photo.comments.create", scopes=COMMENTING, task="MODERATE")
@endpoint("video", "POST", "comments", label="video.comments.create", scopes=COMMENTING, task="MODERATE")
def create_comment(call: Call) -> Answer:
    """Write a comment as the Page."""
    text = call.text("message")
    if not text and not call.has("attachment_id") and not call.has("attachment_url"):
        raise invalid("A comment needs a message or an attachment")
    page = the_store().get(str(call.target.owner), "page")
    with the_store().tx():
        made = add_comment(
            call.target, text or "", {"id": str(call.target.owner), "name": page["name"] if page else ""}
        )
    return {"id": made.id}


@endpoint("comment", "GET", label="comment.get", scopes=READING)
def comment_get(call: Call) -> Answer:
    return fields.project(call.target, listing.wants(call, "created_time,from,message,id"), call)


@endpoint("comment", "POST", label="comment.update", scopes=COMMENTING)
def comment_update(call: Call) -> Answer:
    if call.has("message"):
        call.target["message"] = call.text("message")
    if call.has("is_hidden"):
        call.target["hidden"] = call.flag("is_hidden", False)
    the_store().save(call.target)
    return {"success": True}


@endpoint("comment", "DELETE", label="comment.delete", scopes=COMMENTING)
@endpoint(
    "ig_comment", "DELETE", label="ig_comment.delete", access="ig", scopes=("instagram_manage_comments",)
)
def comment_delete(call: Call) -> Answer:
    call.target.state = "deleted"
    the_store().save(call.target)
    return {"success": True}


@view("comment", "message", "from")
def _comment_plain(node: Node, want: Want, call: Call) -> Any:
    return fields.pick(node[want.name], want.sub)


@view("comment", "created_time")
@view("ig_comment", "timestamp")
def _comment_time(node: Node, want: Want, call: Call) -> Any:
    return at_text(node.created)


@view("comment", "like_count", "comment_count")
@view("ig_comment", "like_count")
def _comment_counts(node: Node, want: Want, call: Call) -> Any:
    return node["likes"] or 0 if want.name == "like_count" else 0


@view("comment", "is_hidden")
@view("ig_comment", "hidden")
def _comment_hidden(node: Node, want: Want, call: Call) -> Any:
    return bool(node["hidden"])


# -- reactions -------------------------------------------------------------------------------------
@view("post", "reactions", "likes")
@view("photo", "reactions", "likes")
@view("video", "likes")
def _reactions(node: Node, want: Want, call: Call) -> Any:
    counts = node["reactions"] or {}
    only = want.mods.get("type", "LIKE" if want.name == "likes" else "").upper()
    total = counts.get(only, 0) if only else sum(counts.values())
    answer: dict[str, Any] = {"data": []}
    if _summary_asked(want):
        answer["summary"] = {"total_count": total, "viewer_reaction": "NONE"}
    return answer if total or _summary_asked(want) else None


@endpoint("post", "GET", "reactions", label="post.reactions", scopes=READING)
def reactions(call: Call) -> Answer:
    counts = call.target["reactions"] or {}
    only = (call.text("type") or "").upper()
    total = counts.get(only, 0) if only else sum(counts.values())
    answer: Answer = {"data": []}
    if call.has("summary"):
        answer["summary"] = {"total_count": total, "viewer_reaction": "NONE"}
    return answer


@endpoint("post", "POST", "likes", label="post.likes.create", scopes=COMMENTING)
def like(call: Call) -> Answer:
    with the_store().tx():
        page = the_store().get(str(call.target.owner), "page")
        react(call.target, "LIKE", 1, {"id": str(call.target.owner), "name": page["name"] if page else ""})
    return {"success": True}


# -- comments on Instagram -------------------------------------------------------------------------
@endpoint("ig_media", "GET", "comments", label="media.comments", access="ig", scopes=("instagram_basic",))
def ig_comments(call: Call) -> Answer:
    return listing.edge(
        call,
        "kind='ig_comment' AND owner=? AND state!='deleted'",
        call.target.id,
        default="timestamp,text,id",
        key="created",
    )


@view("ig_media", "comments")
def _ig_comments_field(node: Node, want: Want, call: Call) -> Any:
    found = the_store().find(
        "kind='ig_comment' AND owner=? AND state!='deleted'", node.id, limit=want.limit(25)
    )
    sub = want.sub or [Want("timestamp"), Want("text")]
    return {"data": [fields.project(one, sub, call) for one in found]} if found else None


@endpoint(
    "ig_media",
    "POST",
    "comments",
    label="media.comments.create",
    access="ig",
    scopes=("instagram_manage_comments",),
)
def ig_comment_create(call: Call) -> Answer:
    if call.target["comment_enabled"] is False:
        raise missing_object(call.target.id, "POST")
    account = the_store().get(str(call.target.owner), "ig_user")
    with the_store().tx():
        made = add_ig_comment(
            call.target,
            call.required("message"),
            account["username"] if account else "",
            str(call.target.owner),
        )
    return {"id": made.id}


@endpoint("ig_comment", "GET", label="ig_comment.get", access="ig", scopes=("instagram_basic",))
def ig_comment_get(call: Call) -> Answer:
    return fields.project(call.target, listing.wants(call, "timestamp,text,id"), call)


@endpoint("ig_comment", "POST", label="ig_comment.update", access="ig", scopes=("instagram_manage_comments",))
def ig_comment_update(call: Call) -> Answer:
    call.target["hidden"] = call.flag("hide", False)
    the_store().save(call.target)
    return {"success": True}


@endpoint(
    "ig_comment",
    "POST",
    "replies",
    label="ig_comment.replies.create",
    access="ig",
    scopes=("instagram_manage_comments",),
)
def ig_reply(call: Call) -> Answer:
    media = the_store().get(str(call.target.owner), "ig_media")
    if media is None:
        raise missing_object(call.target.id, "POST")
    account = the_store().get(str(media.owner), "ig_user")
    with the_store().tx():
        made = add_ig_comment(
            media,
            call.required("message"),
            account["username"] if account else "",
            str(media.owner),
            parent=call.target.id,
        )
    return {"id": made.id}


@view("ig_comment", "text", "username")
def _ig_comment_plain(node: Node, want: Want, call: Call) -> Any:
    return node[want.name]


@view("ig_comment", "from", "user")
def _ig_comment_from(node: Node, want: Want, call: Call) -> Any:
    return {"id": node["from_id"], "username": node["username"]}


@view("ig_comment", "parent_id")
def _ig_parent(node: Node, want: Want, call: Call) -> Any:
    return node["parent"]


@view("ig_comment", "media")
def _ig_comment_media(node: Node, want: Want, call: Call) -> Any:
    return {"id": node.owner}
