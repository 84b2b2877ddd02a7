"""The pretend Pages and profiles as the public sees them: only what is visible, nothing of drafts or
schedules.
"""

from __future__ import annotations

import hashlib
import mimetypes
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from PIL import Image, ImageDraw, ImageFont

from sandbox import clock, media
from sandbox.instagram_read import children_of
from sandbox.store import Node, the_store

HERE = Path(__file__).resolve().parent
SHOWN = 60


def _file(node: Node | None) -> dict[str, Any] | None:
    if node is None or not (node["file"] or node["media"]):
        return None
    name = str(node["file"] or node["media"])
    size = {"width": node["width"] or 1080, "height": node["height"] or 1080}
    return {"url": f"/media/{name}", "video": name.endswith(".mp4"), "alt": node["alt"] or "", **size}


def _post_row(post: Node) -> dict[str, Any]:
    photos = [_file(the_store().get(i, "photo", "video")) for i in post["photos"] or []]
    comments = the_store().find(
        "kind='comment' AND owner=? AND state!='deleted'", post.id, order="seq", limit=50
    )
    return {
        "node": post,
        "number": post.id.partition("_")[2],
        "photos": [p for p in photos if p],
        "text": post["message"],
        "link": post["link"],
        "likes": sum((post["reactions"] or {}).values()),
        "shares": post["shares"],
        "at": post.created,
        "comments": [c for c in comments if not c["hidden"]],
        "url": None,
    }


def index(request: HttpRequest) -> HttpResponse:
    store = the_store()
    rows = []
    for page in store.find("kind='page'", order="seq", limit=200):
        row = store.row(
            "SELECT count(*) FROM nodes WHERE kind='post' AND owner=? AND visible_at IS NOT NULL AND "
            "state='published'",
            page.id,
        )
        account = store.get(str(page["ig"]), "ig_user") if page["ig"] else None
        shots = _media_count(account) if account else 0
        rows.append({"page": page, "posts": row[0] if row else 0, "ig": account, "shots": shots})
    return render(request, "index.html", {"rows": rows})


def _media_count(account: Node) -> int:
    row = the_store().row(
        "SELECT count(*) FROM nodes WHERE kind='ig_media' AND owner=? AND state='published'", account.id
    )
    return int(row[0]) if row else 0


def _find_page(name: str) -> Node:
    found = the_store().get(name, "page")
    if found is None:
        named = the_store().find("kind='page' AND json_extract(data,'$.username')=?", name, limit=1)
        found = named[0] if named else None
    if found is None:
        raise Http404("There is no such Page in the sandbox")
    return found


def page(request: HttpRequest, page: str) -> HttpResponse:
    found, store = _find_page(page), the_store()
    posts = store.find(
        "kind='post' AND owner=? AND visible_at IS NOT NULL AND state='published'",
        found.id,
        order="created DESC, seq DESC",
        limit=SHOWN,
    )
    reels = store.find(
        "kind='video' AND owner=? AND state='published' AND json_extract(data,'$.type')!='story'",
        found.id,
        limit=12,
    )
    stories = store.find("kind='story' AND owner=? AND state='published'", found.id, limit=12)
    account = store.get(str(found["ig"]), "ig_user") if found["ig"] else None
    return render(
        request,
        "page.html",
        {
            "page": found,
            "posts": [_post_row(p) for p in posts if not p["is_hidden"]],
            "ig": account,
            "reels": [{"node": r, "file": _file(r)} for r in reels],
            "stories": [_file(s) for s in stories],
        },
    )


def post(request: HttpRequest, page: str, number: str) -> HttpResponse:
    """A permalink; what is not published does not exist for the public."""
    owner = _find_page(page)
    found = the_store().get(f"{owner.id}_{number}", "post")
    if found is None or found.state != "published":
        return render(request, "gone.html", {"page": owner}, status=404)
    return render(request, "post.html", {"page": owner, "post": _post_row(found)})


def photo(request: HttpRequest, page: str, photo_id: str) -> HttpResponse:
    owner = _find_page(page)
    found = the_store().get(photo_id, "photo")
    if found is None or found.state != "published" or found.owner != owner.id:
        return render(request, "gone.html", {"page": owner}, status=404)
    story = the_store().get(str(found["page_story_id"]), "post")
    if story is not None and story.state == "published":
        return render(request, "post.html", {"page": owner, "post": _post_row(story)})
    return render(request, "gone.html", {"page": owner}, status=404)


def reel(request: HttpRequest, page: str, video_id: str) -> HttpResponse:
    owner = _find_page(page)
    found = the_store().get(video_id, "video")
    if found is None or found.state != "published" or found.owner != owner.id:
        return render(request, "gone.html", {"page": owner}, status=404)
    row = {
        "node": found,
        "photos": [_file(found)],
        "text": found["message"],
        "likes": found["likes"],
        "at": found.created,
        "comments": [],
        "shares": found["shares"],
        "number": "",
    }
    return render(request, "post.html", {"page": owner, "post": row})


# -- Instagram -------------------------------------------------------------------------------------
def _find_account(username: str) -> Node:
    found = the_store().find("kind='ig_user' AND json_extract(data,'$.username')=?", username, limit=1)
    account = found[0] if found else the_store().get(username, "ig_user")
    if account is None:
        raise Http404("There is no such profile in the sandbox")
    return account


def _shot(node: Node) -> dict[str, Any]:
    items = children_of(node) if node["children"] else [node]
    comments = the_store().find(
        "kind='ig_comment' AND owner=? AND state!='deleted'", node.id, order="seq", limit=50
    )
    return {
        "node": node,
        "files": [f for f in (_file(i) for i in items) if f],
        "caption": node["caption"],
        "likes": node["likes"] or 0,
        "at": node.created,
        "comments": [c for c in comments if not c["hidden"]],
        "album": len(items) > 1,
        "kind": "reel" if node["product"] == "REELS" else "p",
    }


def profile(request: HttpRequest, username: str) -> HttpResponse:
    account, store = _find_account(username), the_store()
    found = store.find(
        "kind='ig_media' AND owner=? AND state='published'",
        account.id,
        order="visible_at DESC, seq DESC",
        limit=SHOWN,
    )
    stories = [n for n in found if n["product"] == "STORY" and clock.now() - n.created < 86_400]
    page_node = store.get(str(account["page"]), "page")
    return render(
        request,
        "profile.html",
        {
            "account": account,
            "page": page_node,
            "shots": [_shot(n) for n in found if n["product"] != "STORY"],
            "stories": stories,
            "count": _media_count(account),
        },
    )


def ig_post(request: HttpRequest, username: str, shortcode: str) -> HttpResponse:
    account = _find_account(username)
    found = the_store().find(
        "kind='ig_media' AND owner=? AND state='published' AND json_extract(data,'$.shortcode')=?",
        account.id,
        shortcode,
        limit=1,
    )
    if not found:
        return render(request, "gone.html", {"account": account}, status=404)
    return render(request, "shot.html", {"account": account, "shot": _shot(found[0])})


def story(request: HttpRequest, username: str, media_id: str) -> HttpResponse:
    account = _find_account(username)
    found = the_store().get(media_id, "ig_media")
    if found is None or found.state != "published" or found["product"] != "STORY":
        return render(request, "gone.html", {"account": account}, status=404)
    return render(request, "shot.html", {"account": account, "shot": _shot(found)})


# -- files -----------------------------------------------------------------------------------------
def media_file(request: HttpRequest, name: str) -> HttpResponse | FileResponse:
    path = media.stored(name)
    if path is None:
        raise Http404("no such file")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    answer = FileResponse(path.open("rb"), content_type=kind)
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@lru_cache(maxsize=256)
def _avatar(name: str) -> bytes:
    hue = int(hashlib.sha256(name.encode()).hexdigest()[:4], 16) % 360
    image = Image.new("RGB", (160, 160), f"hsl({hue}, 55%, 42%)")
    letters = "".join(word[0] for word in name.split()[:2]).upper() or "?"
    ImageDraw.Draw(image).text((80, 80), letters, fill="white", anchor="mm", font=ImageFont.load_default(64))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def avatar(request: HttpRequest, node_id: str) -> HttpResponse:
    """A coloured disc with initials for every person, Page and profile."""
    node = the_store().get(node_id)
    name = str(node["name"] or node["username"] or "?") if node else "?"
    answer = HttpResponse(_avatar(name), content_type="image/png")
    answer["Cache-Control"] = "public, max-age=3600"
    return answer


def style(request: HttpRequest) -> HttpResponse:
    return HttpResponse((HERE / "static" / "style.css").read_text(), content_type="text/css; charset=utf-8")
