"""media_publish: one container becomes one visible media (Graph reference, IG user).

Second calls with the same container are undocumented and therefore a switch (``second_media_publish``).
"""

from __future__ import annotations

from sandbox import clock, ledger
from sandbox.call import Answer, Call, endpoint
from sandbox.errors import ig, ig_no_builder, ig_not_ready
from sandbox.instagram_containers import DAY, PUBLISHING, status_of
from sandbox.store import Node, the_store


@endpoint("ig_user", "POST", "media_publish", label="ig.media_publish", access="ig", scopes=PUBLISHING)
def media_publish(call: Call) -> Answer:
    creation_id = call.required("creation_id")
    with the_store().tx():
        box = the_store().get(creation_id, "container")
        if box is None or box.owner != call.target.id or box["child"]:
            raise ig_no_builder(creation_id)
        if box["published_id"] and not _again(box, call):
            return {"id": box["published_id"]}
        state = status_of(box, call.now)
        if state == "EXPIRED":
            raise ig_no_builder(creation_id)
        if state not in ("FINISHED", "PUBLISHED"):
            raise ig_not_ready()
        if quota_used(call.target.id, call.now) >= int(clock.conf("ig_quota_total")):
            raise ig(
                9,
                2207042,
                "You have reached the maximum number of posts that can be published by Content "
                "Publishing API.",
                "Application request limit reached",
                "You reached maximum number of posts that is allowed to be published by Content Publishing "
                "API.",
            )
        made = _make_media(call, box)
        box["published_id"] = box["published_id"] or made.id
        box["status_lag_until"] = call.now + call.lag("status_lag")
        the_store().save(box)
    call.object_id = made.id
    return {"id": made.id}


def _again(box: Node, call: Call) -> bool:
    """A second call for a published container, by the switch; True only for the adversarial one."""
    mode = clock.conf("second_media_publish")
    call.object_id = box["published_id"]
    if mode == "2207008":
        raise ig_no_builder(box.id)
    if mode == "9007":
        raise ig_not_ready()
    return bool(mode == "duplicate")


def quota_used(ig_id: str, now: float) -> int:
    row = the_store().row(
        "SELECT count(*) FROM ledger WHERE owner=? AND first_visible_at > ?", ig_id, now - DAY
    )
    return int(row[0]) if row else 0


def _make_media(call: Call, box: Node) -> Node:
    store, now = the_store(), call.now
    kind = box["media_type"]
    product = {"REELS": "REELS", "STORIES": "STORY"}.get(kind, "FEED")
    media_type = "CAROUSEL_ALBUM" if kind == "CAROUSEL" else "VIDEO" if box["visual"] == "VIDEO" else "IMAGE"
    parts = [store.get(one, "container") for one in box["children"]]
    items = [p for p in parts if p is not None]
    if call.fault is not None and call.fault.mode == "drop_carousel_child":
        items = items[:-1]
    made_id, number = store.new_id("1792", 17), store.counter("shortcode")
    made = store.add(
        Node(
            id=made_id,
            kind="ig_media",
            owner=box.owner,
            state="published",
            created=now,
            visible_at=now,
            due=now + DAY if product == "STORY" else None,
            data={
                "media_type": media_type,
                "product": product,
                "caption": box["caption"],
                "file": box["file"],
                "alt": box["alt"],
                "sha": box["media"],
                "width": box["width"],
                "height": box["height"],
                "shortcode": shortcode(number),
                "container": box.id,
                "app_id": box["app_id"],
                "likes": 0,
                "reach": 0,
                "shares": 0,
                "saved": 0,
                "comment_enabled": True,
                "unlisted_until": now + call.lag("listing_lag"),
                "children": [],
                "hidden_until": now + call.lag("read_lag"),
            },
        )
    )
    for item in items:
        child = store.add(
            Node(
                id=store.new_id("1792", 17),
                kind="ig_media",
                owner=box.owner,
                state="child",
                created=now,
                visible_at=now,
                data={
                    "media_type": "VIDEO" if item["visual"] == "VIDEO" else "IMAGE",
                    "product": "FEED",
                    "file": item["file"],
                    "sha": item["media"],
                    "width": item["width"],
                    "height": item["height"],
                    "alt": item["alt"],
                    "parent": made.id,
                    "shortcode": shortcode(store.counter("shortcode")),
                },
            )
        )
        made["children"].append(child.id)
    store.save(made)
    shas = [str(item["media"]) for item in items] or [str(box["media"])]
    ledger.record(
        made,
        platform="instagram",
        owner=str(box.owner),
        kind=product.lower(),
        message=box["caption"],
        media=shas,
        app_id=box["app_id"],
        origin=f"container:{box.id}",
    )
    return made


def shortcode(number: int) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    number, text = number * 7_919 + 1_300_000_000, ""
    while number:
        number, digit = divmod(number, 64)
        text = alphabet[digit] + text
    return f"C{text:A>10}"
