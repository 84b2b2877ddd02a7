"""Sending a stored file: right type, nosniff, a harmless disposition, byte ranges for videos."""

from __future__ import annotations

import re
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

from assets import storage

_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


class _Slice:
    """The first `length` bytes from where the file stands."""

    def __init__(self, file: Any, length: int) -> None:
        self.file, self.left = file, length

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(min(size if size > 0 else self.left, self.left))
        self.left -= len(data)
        return data

    def close(self) -> None:
        self.file.close()


def send(
    request: HttpRequest, *, name: str, mime: str, size: int, cache: str, download_as: str = ""
) -> HttpResponseBase:
    """The stored file as a response; 206 for one byte range, 416 for one outside, 404 when it is gone."""
    wanted = _RANGE.match(request.headers.get("Range", ""))
    start, end = _span(wanted, size) if wanted else (0, size - 1)
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers = {
        "Cache-Control": cache,
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    headers["Content-Length"] = str(end - start + 1)
    if request.method == "HEAD" and storage.storage().exists(name):
        return HttpResponse(status=206 if wanted else 200, content_type=mime, headers=headers)
    try:
        file = storage.open_file(name)  # also for a HEAD of a file that is gone: 404
    except FileNotFoundError:
        return HttpResponse(status=404, content_type="text/plain")
    if wanted:
        file.seek(start)
        file = _Slice(file, end - start + 1)  # type: ignore[assignment]
    return FileResponse(
        file,
        status=206 if wanted else 200,
        content_type=mime,
        as_attachment=bool(download_as),
        filename=download_as or name.rsplit("/", 1)[-1],
        headers=headers,
    )


def _span(wanted: re.Match[str], size: int) -> tuple[int, int]:
    first, last = wanted.groups()
    if not first:  # the last N bytes
        return (max(size - int(last), 0), size - 1) if last and int(last) else (1, 0)
    return int(first), min(int(last), size - 1) if last else size - 1
