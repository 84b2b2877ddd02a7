"""The upload host: bytes of reels and of resumable Instagram containers, by body or by the ``file_url``
header.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from sandbox import clock, faults, films, graph, media, tokens
from sandbox.errors import GraphError
from sandbox.store import Node, the_store

CAP = 400 * 1024 * 1024


class UploadRefused(Exception):
    """rupload's own error shape, which is not Graph's."""

    def __init__(self, kind: str, message: str, retriable: bool = False, status: int = 400) -> None:
        super().__init__(message)
        self.kind, self.message, self.retriable, self.status = kind, message, retriable, status


def view(request: HttpRequest, path: str) -> HttpResponse:
    """``POST /rupload/{video-upload|ig-api-upload}/{version}/{id}`` with Authorization, offset, file_size or
    file_url.
    """
    surface, _, rest = path.partition("/")
    node_id = rest.rstrip("/").rpartition("/")[2]
    kind = {"video-upload": "video", "ig-api-upload": "container"}.get(surface)
    node = the_store().get(node_id, kind) if kind else None
    if request.method != "POST" or node is None:
        return graph.reply(404, _body("NotFoundError", "Unknown upload", False), "v26.0", {})
    label = f"rupload.{surface}"
    fault = faults.take(label, "POST", f"/{path}", node.owner, {}, None)
    try:
        if fault is not None and fault.mode == "lost_before":
            raise faults.Cut
        if fault is not None and fault.mode.endswith("_before"):
            raise UploadRefused("ServiceUnavailable", "Please retry", True, 500)
        _authorize(request)
        body = _receive(request, node)
        if fault is not None and fault.mode == "lost_after_commit":
            raise faults.Cut
        if fault is not None and fault.mode.endswith("_after"):
            raise UploadRefused("ServiceUnavailable", "Please retry", True, 500)
    except faults.Cut:
        return graph.cut_connection(request, None)
    except GraphError as error:
        return graph.reply(error.http, error.body(), "v26.0", {})
    except UploadRefused as refused:
        return graph.reply(
            refused.status, _body(refused.kind, refused.message, refused.retriable), "v26.0", {}
        )
    return graph.reply(200, body, "v26.0", {})


def _body(kind: str, message: str, retriable: bool) -> dict[str, Any]:
    return {"debug_info": {"retriable": retriable, "type": kind, "message": message}}


def _authorize(request: HttpRequest) -> None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    token = tokens.find(text.strip()) if scheme.lower() == "oauth" else None
    if token is None:
        raise tokens.unknown_token(text or "?")
    tokens.check_alive(token)


def _receive(request: HttpRequest, node: Node) -> dict[str, Any]:
    """Whole files only: the offset must be the number of bytes already here, and the size must fit."""
    address = (
        request.headers.get("file_url")
        or request.headers.get("File-Url")
        or request.META.get("HTTP_FILE_URL")
    )
    if address:
        try:
            body, _ = media.fetch(address, CAP)
        except media.NotMedia as problem:
            raise UploadRefused("ProcessingFailedError", f"Cannot fetch file_url: {problem}") from None
    else:
        body = request.read()
        _check_size(request, body)
    try:
        films.check(body, str(node["media_type"] or node["type"]), f"rupload.{node.kind}")
        name, size = media.keep_video(body)
    except media.NotMedia as problem:
        raise UploadRefused(
            "ProcessingFailedError", f"Request processing failed: not a supported video: {problem}"
        ) from None
    with the_store().tx():
        fresh = the_store().get(node.id)
        assert fresh is not None
        fresh.data.update(file=name, bytes=size, sha=name.partition(".")[0], media=name.partition(".")[0])
        if fresh.kind == "container":
            fresh["status"] = "FINISHED"
            fresh["ready_at"] = clock.now() + float(clock.conf("ig_video_processing_seconds"))
        the_store().save(fresh)
    return {"success": True, "message": "Upload successful."}


def _check_size(request: HttpRequest, body: bytes) -> None:
    offset = str(request.headers.get("offset", request.META.get("HTTP_OFFSET", "0")))
    size = str(request.META.get("HTTP_FILE_SIZE") or request.headers.get("file-size") or len(body))
    if offset != "0":
        raise UploadRefused(
            "OffsetInvalidError", f"Offset {offset} does not match the 0 bytes received", True
        )
    if not size.isdigit() or int(size) != len(body):
        raise UploadRefused("PartialRequestError", f"Expected {size} bytes, received {len(body)}", True)
