"""Strict findings: things Meta lets pass today and that will hurt the caller one day.

Read them at ``GET /control/findings``. The gravest are about exactly-once publishing: a publishing POST sent
again after an answer that proved nothing, without a read in between, is how a restaurant posts twice.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Any

from sandbox import clock
from sandbox.call import Call
from sandbox.store import the_store

_doubts: dict[str, dict[str, Any]] | None = None
_lock = threading.Lock()


def note(rule: str, label: str, detail: str) -> None:
    with the_store().tx() as db:
        db.execute(
            "INSERT INTO findings (at, rule, label, detail) VALUES (?,?,?,?)",
            (clock.now(), rule, label, detail[:500]),
        )


def legacy(call: Call, version_asked: str, headers: Any) -> None:
    """Old versions and the five protocol features that ended on 2026-10-27."""
    if version_asked and int(version_asked[1:].split(".")[0]) < clock.conf("oldest_live_version"):
        note(
            "dead_version",
            call.label,
            f"{version_asked} is dead and was served as v{clock.conf('oldest_live_version')}.0",
        )
    for name in ("pretty", "debug", "date_format", "ids"):
        if name in call.params:
            note(name, call.label, f"{name}={str(call.params[name])[:80]} was removed on 2026-10-27")
    if headers.get("If-None-Match"):
        note("etag", call.label, "If-None-Match/ETag was removed on 2026-10-27")


def _fingerprint(call: Call) -> tuple[str, str | None] | None:
    """What makes two publishing calls the same deed: (fingerprint, object id), or None if harmless."""
    p = call.params
    match call.label:
        case "post.publish" | "video.publish":
            return f"flip:{call.target.id}", call.target.id
        case "ig.media_publish":
            return f"container:{p.get('creation_id')}", str(p.get("creation_id"))
        case "page.video_reels.finish" | "page.video_stories.finish":
            return f"reel:{p.get('video_id')}", str(p.get("video_id"))
        case "page.feed.create" | "page.photos.create" if call.flag("published", True):
            text = repr(
                sorted((k, str(v)) for k, v in p.items() if k not in ("access_token", "appsecret_proof"))
            )
            return f"{call.label}:{call.owner}:{hashlib.sha256(text.encode()).hexdigest()}", None
        case "page.photo_stories.create":
            return f"story:{p.get('photo_id')}", None
    return None


def _all() -> dict[str, dict[str, Any]]:
    global _doubts
    if _doubts is None:
        _doubts = {row["fingerprint"]: dict(row) for row in the_store().rows("SELECT * FROM doubts")}
    return _doubts


def before(call: Call) -> None:
    """Look at a call that is about to run: settle doubts by a read, or record a blind repetition."""
    if call.label == "page.photos.create" and call.flag("published", True):
        note("photos_published_true", call.label, "POST /photos published=true is one-shot and has no fence")
    doubts = _all()
    if not doubts:
        return
    with _lock:
        if call.method == "GET":
            ids = {call.target.id if call.node else None, call.owner}
            listing = call.label.endswith((".list", ".published_posts", ".feed"))
            settled = [
                f
                for f, d in doubts.items()
                if d["object_id"] in ids
                or (listing and d["owner"] == call.owner)
                or (call.label == "photo.get" and d["owner"] == call.owner)
            ]
            _drop(settled)
            return
        mark = _fingerprint(call)
        if mark is None:
            return
        if mark[0] in doubts:
            note(
                "blind_repeat",
                call.label,
                f"{mark[0]} was sent again after an unknown answer without a read between",
            )
        elif call.label == "ig.media_publish":
            others = [d for d in doubts.values() if d["label"] == call.label and d["owner"] == call.owner]
            new = the_store().get(str(mark[1]), "container")
            for doubt in others:
                old = the_store().get(str(doubt["object_id"]), "container")
                if new and old and (new["caption"], new["media"]) == (old["caption"], old["media"]):
                    note(
                        "new_container_in_doubt",
                        call.label,
                        f"{mark[1]} repeats {old.id}, whose publication is unclear",
                    )


def unknown(call: Call) -> None:
    """The caller got no proof about a publishing call."""
    mark = _fingerprint(call)
    if mark is None:
        return
    doubt = {
        "fingerprint": mark[0],
        "owner": call.owner or "",
        "object_id": mark[1],
        "label": call.label,
        "at": clock.now(),
    }
    with _lock:
        _all()[mark[0]] = doubt
        with the_store().tx() as db:
            db.execute(
                "INSERT OR REPLACE INTO doubts VALUES (:fingerprint,:owner,:object_id,:label,:at)", doubt
            )


def _drop(fingerprints: list[str]) -> None:
    for fingerprint in fingerprints:
        _all().pop(fingerprint, None)
        with the_store().tx() as db:
            db.execute("DELETE FROM doubts WHERE fingerprint = ?", (fingerprint,))


def forget() -> None:
    global _doubts
    _doubts = None
