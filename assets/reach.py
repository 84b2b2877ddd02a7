"""Can Meta fetch our photos? Asked without the network (address alone) and with it (a pre-flight of one file)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import httpx2
from django.conf import settings
from django.utils.translation import gettext as _

from assets.shapes import MIB

HELP = "docs/public-url.md"
TIMEOUT = 5.0  # seconds
_NOT_PUBLIC = (".local", ".localhost", ".internal", ".lan", ".home", ".test", ".example", ".invalid")


def outside_problem() -> str:
    """Why Meta cannot reach this installation's photos, as a sentence with the remedy; "" when it should.

    Judged by PUBLIC_URL alone, so it may stand on every page. With S3, Meta fetches from the bucket; a
    Graph on this machine (sandbox or simulator) reaches what we reach.
    """
    if settings.AWS_STORAGE_BUCKET_NAME or is_inside(settings.FACEBOOK_GRAPH_URL):
        return ""
    if not is_inside(settings.PUBLIC_URL):
        return ""
    return _(
        "Facebook and Instagram fetch photos from %(url)s, which the internet cannot reach. Set PUBLIC_URL to a public "
        "https address, or keep photos in S3 (%(help)s)."
    ) % {"url": settings.PUBLIC_URL, "help": HELP}


def is_inside(url: str) -> bool:
    """Does this address only work on this machine or network?"""
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_NOT_PUBLIC)


def preflight(url: str, *, bytes_max: int = 8 * MIB) -> str:
    """Fetch the head of a media address as Meta will; the first thing that would stop it, or "".

    No cookies, no redirects, the right type, not too heavy. Runs where the network may be slow: in tasks and
    commands, never in a page.
    """
    try:
        answer = httpx2.head(url, timeout=TIMEOUT, follow_redirects=False)
    except httpx2.HTTPError as error:
        return _("%(url)s cannot be fetched (%(why)s).") % {"url": _short(url), "why": type(error).__name__}
    kind = answer.headers.get("Content-Type", "").split(";")[0]
    if answer.status_code != 200:
        return _("%(url)s answers with status %(status)s instead of the photo.") % {
            "url": _short(url),
            "status": answer.status_code,
        }
    if kind not in ("image/jpeg", "video/mp4"):
        return _("%(url)s answers with “%(kind)s” instead of a photo.") % {"url": _short(url), "kind": kind}
    weight = int(answer.headers.get("Content-Length") or 0)
    if not 0 < weight <= bytes_max:
        return _("%(url)s has a weight that Instagram does not take.") % {"url": _short(url)}
    return ""


def _short(url: str) -> str:
    """Without the token: it opens the file for whoever reads it in a log."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/…"
