"""Photos and videos: really fetched, really decoded, kept by content hash under DATA/media."""

from __future__ import annotations

import hashlib
import http.client
import io
import ipaddress
import socket
import urllib.error
import urllib.request
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from PIL import Image

from sandbox import clock
from sandbox.store import the_store

EXTENSIONS = {
    "JPEG": "jpg",
    "PNG": "png",
    "GIF": "gif",
    "BMP": "bmp",
    "TIFF": "tiff",
    "MPO": "jpg",
    "WEBP": "webp",
}
MAX_REDIRECTS = 3


class NotMedia(Exception):
    """The bytes or the address are no usable photo or video; the text says why (for logs, not for Graph)."""


class TooLarge(NotMedia):
    pass


@dataclass(frozen=True)
class Photo:
    sha: str
    format: str  # Pillow's name: JPEG, PNG, MPO, ...
    width: int
    height: int
    bytes: int

    @property
    def name(self) -> str:
        return f"{self.sha}.{EXTENSIONS.get(self.format, 'bin')}"


def url_of(name: str | None) -> str | None:
    """Absolute address of a stored file on this sandbox."""
    return f"{settings.PUBLIC_URL}/media/{name}" if name else None


def keep_photo(body: bytes) -> Photo:
    """Decode the whole picture and store it; NotMedia when Pillow cannot."""
    photo = _decode(hashlib.sha256(body).hexdigest(), body)
    path = the_store().media / photo.name
    if not path.exists():
        partial = path.with_suffix(f".{id(body)}.part")
        partial.write_bytes(body)
        partial.replace(path)
    return photo


_seen: dict[str, Photo] = {}


def _decode(sha: str, body: bytes) -> Photo:
    """Each distinct file is decoded once: benchmarks send one photo thousands of times."""
    if sha in _seen:
        return _seen[sha]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body)) as image:
                found, size = str(image.format), image.size
                image.load()
    except Exception as error:  # Pillow raises many kinds for broken files; all mean the same here
        raise NotMedia(f"not a readable image: {type(error).__name__}") from error
    if len(_seen) > 4096:
        _seen.clear()
    return _seen.setdefault(sha, Photo(sha, found, size[0], size[1], len(body)))


def keep_video(body: bytes) -> tuple[str, int]:
    """Store a video that has the signature of MP4/MOV; returns its file name and size."""
    if body[4:8] != b"ftyp":
        raise NotMedia("no MP4/MOV signature")
    name = f"{hashlib.sha256(body).hexdigest()}.mp4"
    path = the_store().media / name
    if not path.exists():
        path.write_bytes(body)
    return name, len(body)


def stored(name: str) -> Path | None:
    """The file behind a media name, or None; names cannot leave the folder."""
    if "/" in name or "\\" in name or name.startswith("."):
        return None
    path = the_store().media / name
    return path if path.is_file() else None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())


def fetch(url: str, cap: int) -> tuple[bytes, str]:
    """GET an address as Meta's fetcher does: no login, few redirects, a timeout, at most ``cap`` bytes.

    Returns body and content type. NotMedia when the address is not plain ASCII http(s), unreachable, not 200
    or an HTML page; TooLarge beyond the cap.
    """
    for _ in range(MAX_REDIRECTS + 1):
        _check_address(url)
        request = urllib.request.Request(url, headers={"User-Agent": "facebookexternalua", "Accept": "*/*"})
        try:
            with _opener.open(request, timeout=float(clock.conf("fetch_timeout_seconds"))) as answer:
                kind = answer.headers.get_content_type()
                if kind in ("text/html", "application/xhtml+xml"):
                    raise NotMedia("an HTML page, not a file")
                body: bytes = answer.read(cap + 1)
                if len(body) > cap:
                    raise TooLarge(f"more than {cap} bytes")
                return body, kind
        except urllib.error.HTTPError as error:
            location = error.headers.get("Location")
            if error.code in (301, 302, 303, 307, 308) and location:
                url = urljoin(url, location)
                continue
            raise NotMedia(f"the address answered {error.code}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotMedia(f"the address could not be fetched: {error}") from error
    raise NotMedia("too many redirects")


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if not url.isascii() or parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise NotMedia("only plain http(s) addresses in ASCII without a login")
    if not clock.conf("fetch_public_only"):
        return
    try:
        found = {ipaddress.ip_address(info[4][0]) for info in socket.getaddrinfo(parts.hostname, None)}
    except OSError as error:
        raise NotMedia("the host name does not resolve") from error
    if parts.scheme != "https" or any(not address.is_global for address in found):
        raise NotMedia("only public https addresses")
