"""What happens without a call: scheduled posts come out, containers process, photos and drafts decay,
webhooks leave.
"""

from __future__ import annotations

import logging
import threading
import time

from sandbox import calls, clock, films, lively, media, pages_publish, webhooks
from sandbox.instagram_containers import VIDEO_MAX
from sandbox.store import Node, the_store

log = logging.getLogger("sandbox.worker")
TICK = 0.1


def tick() -> int:
    """Handle every node whose time has come; returns how many."""
    calls.flush()
    store = the_store()
    due = store.find("due IS NOT NULL AND due <= ?", clock.now(), order="due", limit=200)
    for node in due:
        if node.kind == "container":
            process_container(node)
            continue
        with store.tx():
            fresh = store.get(node.id)
            if fresh is not None and fresh.due is not None and fresh.due <= clock.now():
                _come_due(fresh)
    return len(due)


def _come_due(node: Node) -> None:
    """Inside a transaction: a scheduled post is published; what was only held for a while is dropped."""
    if node.kind == "post" and node.state == "scheduled":
        pages_publish.publish(node, "schedule")
    elif node.kind == "video" and node.state == "scheduled":
        from sandbox import videos

        videos.publish_video(node, "schedule")
    elif node.kind == "ig_media":
        node.state, node.due = "archived", None
        the_store().save(node)
    else:
        node.state, node.due = "deleted", None
        the_store().save(node)


def process_container(node: Node) -> None:
    """Fetch the video of a container; the outcome shows in its status, not in the call that made it."""
    store = the_store()
    outcome: dict[str, object] = {"status": "FINISHED"}
    try:
        body, _ = media.fetch(
            str(node["video_url"]), VIDEO_MAX.get(str(node["media_type"]), VIDEO_MAX["REELS"])
        )
        name, _ = media.keep_video(body)
        outcome |= _judged(body, node)
        outcome |= {"file": name, "media": name.partition(".")[0]}
    except media.TooLarge:
        outcome = {"status": "ERROR", "error": 2207026}
    except media.NotMedia:
        outcome = {"status": "ERROR", "error": 2207052}
    with store.tx():
        fresh = store.get(node.id, "container")
        if fresh is not None:
            fresh.data.update(outcome)
            fresh.due = None
            store.save(fresh)


def _judged(body: bytes, node: Node) -> dict[str, object]:
    """What a video that was fetched is told: nothing, or Meta's one code for all that is wrong with a video."""
    try:
        films.check(body, str(node["media_type"]), "ig.media.create")
    except media.NotMedia as problem:
        return {"status": "ERROR", "error": 2207026, "why": str(problem)}
    return {}


def _forever(name: str, step: object, pause: object) -> None:
    while True:
        try:
            step()  # type: ignore[operator]
        except Exception:  # a broken row must not end the thread; it is logged and looked at again
            log.exception("%s failed", name)
            time.sleep(1)
        pause()  # type: ignore[operator]


def start() -> None:
    """Start the daemon threads of this process."""
    for name, step, pause in (
        ("worker", tick, lambda: time.sleep(TICK)),
        ("public", lively.act, lambda: time.sleep(lively.SECONDS)),
        ("webhooks", webhooks.deliver_due, lambda: webhooks.wait(0.5)),
    ):
        threading.Thread(target=_forever, args=(name, step, pause), name=name, daemon=True).start()
